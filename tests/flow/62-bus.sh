# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# The daemon on the bus: who may do what, and that a verb does the same by it and without it.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

test_it_is_on_the_bus_as_its_own_user() {
	fresh_daemon
	must busctl --json=short call org.freedesktop.DBus /org/freedesktop/DBus \
		org.freedesktop.DBus GetConnectionUnixUser s org.vdpad1
	expect_json '.data[0]' "$(id -u vdpad)"
	must busctl introspect --xml-interface org.vdpad1 /org/vdpad1
	expect_match 'interface name="org.vdpad1.Manager"'
}

test_an_ordinary_user_reads() {
	load vdpa_sim_net
	add_vdpa n0 vdpasim_net
	fresh_daemon
	must as_user vdpactl -j list
	expect_json '.devices[0].name' n0
	expect_json '.devices[0].state' foreign
	must as_user vdpactl -j show n0
	expect_json .holders null
	must as_user vdpactl -j status
	expect_json .devices 1
	must as_user vdpactl metrics
	must as_user busctl get-property org.vdpad1 /org/vdpad1/device/n0 org.vdpad1.Device State
	expect_eq "$out" 's "foreign"'
}

test_an_ordinary_user_changes_nothing() {
	load vdpa_sim_net vhost_vdpa
	add_vdpa n0 vdpasim_net
	fresh_daemon
	document n1 02:00:00:00:00:02 >d.json
	for words in 'bind n0 vhost_vdpa' 'unbind n0' 'destroy n0' 'set n0 --mac 02:00:00:00:00:09' \
		'create n1 --mgmtdev vdpasim_net' 'apply d.json' 'stats n0' 'adopt n0' \
		'document remove d' "vf count pci/$igb 1"; do
		# shellcheck disable=SC2086  # words
		run as_user vdpactl $words
		expect_rc 77
		expect_match 'org.vdpad1' "$err"
	done
	expect_eq "$(vdpa_devices)" n0
	expect_eq "$(driver_of n0)" ''
}

test_a_rule_allows_what_it_names() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	add_vdpa kvm-0 vdpasim_net
	add_vdpa n0 vdpasim_net
	fresh_daemon
	user vmuser kvm
	install -D -m 644 /usr/share/doc/vdpad/examples/vdpad-kvm.rules \
		/etc/polkit-1/rules.d/60-vdpad-kvm.rules
	systemctl try-restart polkit.service
	must as vmuser vdpactl bind kvm-0 vhost_vdpa
	expect_eq "$(driver_of kvm-0)" vhost_vdpa
	must as vmuser vdpactl unbind kvm-0
	expect_eq "$(driver_of kvm-0)" ''
	for words in 'bind kvm-0 virtio_vdpa' 'bind n0 vhost_vdpa' 'unbind kvm-0 --force' \
		'bind kvm-0 vhost_vdpa --persist' 'destroy kvm-0'; do
		# shellcheck disable=SC2086  # words
		run as vmuser vdpactl $words
		expect_rc 77
	done
	run as_user vdpactl bind kvm-0 vhost_vdpa
	expect_rc 77
	expect_eq "$(driver_of kvm-0)" ''
	rm /etc/polkit-1/rules.d/60-vdpad-kvm.rules
}

# The same with the daemon and without it, to the letter of what is printed.
verbs_do_the_same() {
	run vdpactl "$@" create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 \
		--driver vhost_vdpa
	expect_rc 0
	expect_eq "$out" 'created n0 on vdpasim_net, bound to vhost_vdpa: /dev/vhost-vdpa-0'
	expect_eq "$(mac_of n0)" 02:00:00:00:00:01
	[ -c /dev/vhost-vdpa/by-name/n0 ]
	run vdpactl "$@" -j create n0 --mgmtdev vdpasim_net
	expect_rc 1
	expect_eq "$(jq -r .error.code <<<"$err")" exists
	run vdpactl "$@" bind n0 vhost_vdpa
	expect_eq "$out" 'n0 is already bound to vhost_vdpa: /dev/vhost-vdpa-0'
	start_ready open holder /dev/vhost-vdpa-0
	run vdpactl "$@" -j unbind n0
	expect_rc 5
	expect_eq "$(jq -r .error.code <<<"$err")" in-use
	expect_eq "$(driver_of n0)" vhost_vdpa
	stop "$started"
	run vdpactl "$@" unbind n0
	expect_rc 0
	expect_eq "$out" 'n0 is without a driver'
	run vdpactl "$@" -j bind n0 vhost
	expect_rc 0
	expect_json '.results[0].operation' driver-bind
	expect_json '.results[0].status' 'done'
	run vdpactl "$@" destroy n0 n9
	expect_rc 3
	expect_eq "$out" 'destroyed n0'
	expect_match 'n9' "$err"
	run vdpactl "$@" bind n0 vhost_vdpa
	expect_rc 4
	expect_eq "$(vdpa_devices)" ''
}

test_verbs_do_the_same_by_the_daemon() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	verbs_do_the_same
}

test_verbs_do_the_same_without_it() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	verbs_do_the_same --direct
}

monitor_said() { grep -q "$1" "$started_out"; }

test_monitor_tells_what_happens() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	start as_user vdpactl -j monitor
	sleep 2
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	wait_until 60 monitor_said '"event":"added".*"n0"'
	vdpa dev del n0
	wait_until 60 monitor_said '"event":"removed".*"n0"'
	jq -se 'map(select(.kind == "device").object.name) | index("n0")' "$started_out"
	stop "$started"
}

test_only_what_is_the_daemons_starts_it() {
	load vdpa_sim_net vhost_vdpa
	add_vdpa n0 vdpasim_net
	fresh_daemon
	systemctl stop vdpad.service
	must vdpactl list
	must vdpactl bind n0 vhost_vdpa
	run vdpactl metrics
	expect_rc 69
	run vdpactl --direct adopt n0
	expect_rc 69
	! on_bus
	must vdpactl document list
	on_bus
}

test_documents_are_kept_shown_and_removed() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	document n0 02:00:00:00:00:01 >d.json
	must vdpactl apply d.json
	expect_eq "$(driver_of n0)" vhost_vdpa
	wait_until 60 has_state n0 ready
	must vdpactl document show d
	expect_eq "$out" "$(<d.json)"
	must vdpactl -j document list
	expect_json '.documents[0].name' d
	# What the document keeps is not changed by the way.
	run vdpactl -j unbind n0
	expect_rc 5
	expect_eq "$(jq -r .error.code <<<"$err")" managed
	# What others do to it is mended.
	vdpa dev set name n0 mac 02:00:00:00:00:99
	wait_until 60 has_mac n0 02:00:00:00:00:01
	must vdpactl document remove d
	wait_until 60 has_state n0 foreign
	exists n0
	run vdpactl document show d
	expect_rc 4
}

test_persist_and_adopt_write_documents() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa --persist
	wait_until 60 has_state n0 ready
	# What is changed later is changed in its document.
	must vdpactl unbind n0 --persist
	must vdpactl document show n0
	expect_json '[.devices[] | [.name, .driver]]' '[["n0","none"]]'
	wait_until 60 has_state n0 ready
	expect_eq "$(driver_of n0)" ''
	add_vdpa n1 vdpasim_net
	must vdpactl adopt n1
	wait_until 60 has_state n1 ready
	must vdpactl -j document list
	expect_eq "$(jq -r '[.documents[].name] | sort | join(" ")' <<<"$out")" 'n0 n1'
	run vdpactl adopt n9
	expect_rc 4
}

test_status_waits_until_it_has_converged() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	must vdpactl --timeout 30 status --wait converged
	document n0 02:00:00:00:00:01 | sed 's/vdpasim_net/pci\/0000:99:00.0/' >d.json
	run vdpactl apply d.json
	expect_rc 0
	run vdpactl --timeout 30 status --wait converged
	expect_rc 3
}
