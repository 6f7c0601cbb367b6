# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# Those who look at neither "bind" nor "unbind", libvirt first of all, hear one "change" after each.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

drivers=/sys/bus/vdpa/drivers
by_name=/dev/vhost-vdpa/by-name

# What a second "change" would come after, if there were one.
settle() { sleep 2; }

# heard ACTION: how often the kernel has said so of n0 since the listener was started.
heard() { grep -c "^$1 .*/n0\$" "$started_out" || true; }

has_heard() { [ "$(heard "$1")" -ge "$2" ]; }

listener() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	add_vdpa n0 vdpasim_net
	wait_until 60 has_state n0 foreign
	start_ready ready uevents
}

test_a_change_from_outside_is_announced_once() {
	local round
	fresh_daemon
	listener
	for round in 1 2 3; do
		echo n0 >"$drivers"/vhost_vdpa/bind
		wait_until 30 has_heard change $((2 * round - 1))
		wait_until 30 test -c "$by_name"/n0
		settle
		expect_eq "$(heard change)" $((2 * round - 1))
		echo n0 >"$drivers"/vhost_vdpa/unbind
		wait_until 30 has_heard change $((2 * round))
		settle
		expect_eq "$(heard change)" $((2 * round))
		[ ! -e "$by_name"/n0 ]
	done
	expect_eq "$(heard bind) $(heard unbind)" '3 3'
}

test_a_change_of_ours_is_announced_once() {
	local round
	fresh_daemon
	listener
	for round in 1 2 3 4 5 6 7 8 9 10; do
		must vdpactl bind n0 vhost_vdpa
		must vdpactl bind n0 virtio_vdpa
		must vdpactl unbind n0
	done
	settle
	expect_eq "$(heard bind) $(heard unbind) $(heard change)" '20 20 40'
}

# Whoever announces his change himself, such as vdpactl without the daemon, is left to it.
test_a_change_that_is_announced_is_left_alone() {
	fresh_daemon
	listener
	must vdpactl --direct bind n0 vhost_vdpa
	must vdpactl --direct unbind n0
	settle
	expect_eq "$(heard bind) $(heard unbind) $(heard change)" '1 1 2'
}

test_a_rule_alone_announces() {
	fresh_daemon
	listener
	systemctl stop vdpad.service
	cp /usr/share/doc/vdpad/examples/vdpad-announce.rules /etc/udev/rules.d/61-vdpad-announce.rules
	udevadm control --reload
	# The other rule starts the daemon when there is a device: it is not to be what announces.
	systemctl mask --runtime vdpad.service
	echo n0 >"$drivers"/vhost_vdpa/bind
	wait_until 30 has_heard change 1
	echo n0 >"$drivers"/vhost_vdpa/unbind
	wait_until 30 has_heard change 2
	settle
	expect_eq "$(heard bind) $(heard unbind) $(heard change)" '1 1 2'
	systemctl unmask --runtime vdpad.service
	rm /etc/udev/rules.d/61-vdpad-announce.rules
	udevadm control --reload
}

announce() {
	run "$@" busctl call org.vdpad1 /org/vdpad1/device/n0 org.vdpad1.Device Announce t 0
}

test_who_may_ask_for_it() {
	fresh_daemon
	listener
	announce as vdpad-libvirt
	expect_rc 0
	expect_eq "$(heard change)" 1
	announce as_user
	expect_rc 1
	expect_match 'org.vdpad1.device-announce' "$err"
	# And it may do no more than that.
	for words in 'bind n0 vhost_vdpa' 'set n0 --mac 02:00:00:00:00:09' 'destroy n0'; do
		# shellcheck disable=SC2086  # words
		run as vdpad-libvirt vdpactl $words
		expect_rc 77
	done
	run as_user busctl call org.vdpad1 /org/vdpad1/device/n0 org.vdpad1.Device SetConsumer \
		ss vdpa_n0 edge
	expect_rc 1
	run busctl call org.vdpad1 /org/vdpad1/device/n0 org.vdpad1.Device SetConsumer \
		ss ../n0 edge
	expect_rc 1
	expect_match 'an argument is none that it takes' "$err"
	run busctl call org.vdpad1 /org/vdpad1/device/n9 org.vdpad1.Device SetConsumer \
		ss vdpa_n9 edge
	expect_rc 1
	expect_match 'no such device' "$err"
	expect_eq "$(heard change)" 1
}

test_systemctl_reload_ends_when_all_is_read() {
	fresh_daemon
	load vdpa_sim_net vhost_vdpa
	mkdir -p /etc/vdpad/documents.d
	document n0 02:00:00:00:00:01 >/etc/vdpad/documents.d/n0.json
	must systemctl reload vdpad.service
	expect_eq "$(vdpactl -j document list | jq -r '.documents[0].name')" n0
	wait_until 60 has_state n0 ready
}
