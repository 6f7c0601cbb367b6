# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# The hook that libvirt runs before a guest starts and after it has ended.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

by_name=/dev/vhost-vdpa/by-name
name=edge	# of the guest

# hook OPERATION SUB-OPERATION [FILE]: as libvirt runs it.
hook() {
	/etc/libvirt/hooks/qemu.d/50-vdpad "$name" "$1" "$2" - <"${3-domain.xml}"
}

# It has looked at the kernel: on a slow machine that takes longer than the hook waits.
ready_daemon() {
	fresh_daemon
	must vdpactl --timeout 60 status --wait converged
}

# domain PATH…: a guest with these devices, the last of them a disk, is domain.xml.
domain() {
	domain_xml "$@" >domain.xml
}

domain_xml() {
	local path
	printf "<domain type='kvm'>\n  <name>%s</name>\n  <devices>\n" "$name"
	for path in "${@:1:$#-1}"; do
		printf "    <interface type='vdpa'><source dev='%s'/></interface>\n" "$path"
	done
	printf "    <disk type='vhostvdpa' device='disk'><source dev='%s'/></disk>\n" "${@: -1}"
	printf "  </devices>\n</domain>\n"
}

starts() {
	run hook prepare begin
	expect_rc 0
	expect_eq "$out$err" ''
}

# refuses REASON: with one sentence, that names the domain too.
refuses() {
	run hook prepare begin
	expect_rc 1
	expect_eq "$out" ''
	expect_match $'^vdpad: domain edge cannot use [^\n]+$' "$err"
	expect_match "$1" "$err"
}

# on_demand NAME: a document that has it so, applied as d.
on_demand() {
	printf '{"version":1,"devices":[{"name":"%s","mgmtdev":"vdpasim_net","driver":"vhost_vdpa","on_demand":true}]}\n' \
		"$1" >d.json
	must vdpactl apply d.json
}

test_a_free_device() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	domain "$(vdpactl path n0)" "$by_name/n1"
	starts
	run hook release end
	expect_rc 0
	expect_eq "$out$err" ''
	exists n0
	exists n1
}

test_a_held_device() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder "$(vdpactl path n1)"
	domain "$by_name/n0" "$by_name/n1"
	refuses "by-name/n1: it is in use: pid $started \\(holder\\) has it open"
	domain "$by_name/n0" "$(vdpactl path n1)"
	refuses "n1 \\($(vdpactl path n1)\\): it is in use: pid $started \\(holder\\)"
	stop "$started"
	starts
}

test_another_driver() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	add_vdpa n0 vdpasim_net virtio_vdpa
	add_vdpa n1 vdpasim_net
	ready_daemon
	domain "$by_name/n0"
	refuses 'by-name/n0: it is bound to virtio_vdpa'
	expect_eq "$(driver_of n0)" virtio_vdpa
	domain "$by_name/n1"
	refuses 'by-name/n1: it is not bound to vhost_vdpa'
	expect_eq "$(driver_of n1)" ''
}

test_no_device() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	domain "$by_name/n9"
	refuses 'by-name/n9: there is no such vDPA device'
	domain /dev/vhost-vdpa-7
	refuses '/dev/vhost-vdpa-7: there is no such vDPA device'
}

# What a document keeps is mended first, even if that had to wait.
test_a_device_that_a_document_keeps() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	ready_daemon
	document n0 02:00:00:00:00:01 >d.json
	must vdpactl apply d.json
	unbind_vdpa n0
	vdpa dev del n0
	domain "$by_name/n0"
	starts
	expect_eq "$(driver_of n0)" vhost_vdpa
	# It is there without a guest, too.
	must hook release end
	expect_eq "$err$(driver_of n0)" vhost_vdpa
	# One that somebody wants to be otherwise is not touched.
	must vdpactl bind n0 virtio_vdpa --force
	refuses 'by-name/n0: it is bound to virtio_vdpa'
	# One whose parent is not there.
	document n1 02:00:00:00:00:02 | sed 's/vdpasim_net/pci\/0000:99:00.0/' >e.json
	run vdpactl apply e.json
	domain "$by_name/n1"
	refuses 'by-name/n1: .*management device'
}

test_a_device_on_demand() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	on_demand n0
	domain "$by_name/n0"
	is_gone n0
	starts
	expect_eq "$(driver_of n0)" vhost_vdpa
	start_ready open holder "$by_name/n0"
	# Another guest that cannot have it does not take it away.
	refuses "pid $started"
	must hook release end
	exists n0
	stop "$started"
	must hook release end
	expect_eq "$err" ''
	wait_until 60 is_gone n0
	starts
	exists n0
}

# Both were told that it is free, before either had it open: it is the first one's.
test_two_guests_for_a_device_on_demand() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	on_demand n0
	domain "$by_name/n0"
	starts
	name=other
	domain "$by_name/n0"
	starts
	must hook release end
	expect_eq "$err$(driver_of n0)" vhost_vdpa
	name=edge
	must hook release end
	expect_eq "$err" ''
	wait_until 60 is_gone n0
}

# A profile has it so, and no document names it by itself.
test_a_device_of_a_profile_on_demand() {
	load vhost_vdpa igb vdpatest
	ready_daemon
	cat >profile.json <<-END
		{ "version": 1, "profiles": [ { "name": "card", "match": { "pciAddresses": ["$igb"] },
		  "functions": [ { "type": "vf", "count": 1, "driver": "vdpatest-vf" } ],
		  "devices": [ { "name": "card-{n}", "count": 1, "mgmtdev": { "vf": "{n}" },
		    "driver": "vhost_vdpa", "on_demand": true } ] } ] }
	END
	must vdpactl --timeout 120 apply profile.json
	must vdpactl --timeout 60 status --wait converged
	is_gone card-0
	domain "$by_name/card-0"
	starts
	expect_eq "$(driver_of card-0)" vhost_vdpa
	must hook release end
	expect_eq "$err" ''
	wait_until 60 is_gone card-0
}

test_without_the_daemon() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	domain "$by_name/n9"
	refuses 'no such vDPA device'
	systemctl stop vdpad.service
	starts
	expect_within 1000
	must hook release end
	! on_bus
	export DBUS_SYSTEM_BUS_ADDRESS=unix:path=/run/there-is-none
	starts
	expect_within 1000
}

# It is on the bus, and says nothing.
test_a_daemon_that_does_not_answer() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	domain "$by_name/n9"
	kill -STOP "$(main_pid)"
	refuses 'vdpad does not answer'
	[ "$took" -lt 20000 ] || fail "took $took ms"
	kill -CONT "$(main_pid)"
}

# Such a guest is libvirt's to refuse.
test_what_is_no_domain() {
	load vdpa_sim_net vhost_vdpa
	ready_daemon
	domain "$by_name/n9"
	: >empty
	head -c 100 domain.xml >short
	head -c 5000000 /dev/zero | tr '\0' ' ' | cat domain.xml - >large
	{ echo '<!DOCTYPE domain [<!ENTITY x SYSTEM "file:///etc/passwd">]>'; cat domain.xml; } >entity
	for file in empty short large entity; do
		run hook prepare begin "$file"
		expect_rc 0
		expect_eq "$out" ''
		expect_match $'^vdpad: the XML of domain edge is not looked at: [^\n]+$' "$err"
	done
	# What it is not asked about it does not read.
	for words in 'start begin' 'started begin' 'stopped end' 'prepare end' 'release begin' \
		'migrate begin' 'reconnect begin'; do
		# shellcheck disable=SC2086  # words
		run hook $words short
		expect_rc 0
		expect_eq "$out$err" ''
	done
}
