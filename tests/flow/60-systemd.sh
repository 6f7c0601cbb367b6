# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# The machine with systemd itself: what the flows on the daemon stand on is real.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

test_systemd_is_process_1() {
	expect_eq "$(</proc/1/comm)" systemd
	must systemctl --failed --no-legend
	expect_eq "$out" ''
}

# polkit takes unique names alone.
owner_of() {
	busctl --json=short call org.freedesktop.DBus /org/freedesktop/DBus \
		org.freedesktop.DBus GetNameOwner s "$1" | jq -r '.data[0]'
}

test_polkit_decides() {
	subject=('system-bus-name' 1 name s "$(owner_of org.freedesktop.systemd1)")
	ask=(busctl call org.freedesktop.PolicyKit1 /org/freedesktop/PolicyKit1/Authority
		org.freedesktop.PolicyKit1.Authority CheckAuthorization '(sa{sv})sa{ss}us')
	must "${ask[@]}" "${subject[@]}" org.vdpad1.driver-bind 0 0 ''
	expect_match ' true '
	# An action that no policy has.
	run "${ask[@]}" "${subject[@]}" org.vdpad1.fly 0 0 ''
	[ "$rc" -ne 0 ]
	expect_match 'not registered' "$err"
}

# polkit answers the user of the daemon, with details, about actions that are its own.
test_polkit_answers_the_daemons_user() {
	ask=(busctl call org.freedesktop.PolicyKit1 /org/freedesktop/PolicyKit1/Authority
		org.freedesktop.PolicyKit1.Authority CheckAuthorization '(sa{sv})sa{ss}us'
		system-bus-name 1 name s "$(owner_of org.freedesktop.systemd1)"
		org.vdpad1.driver-bind 1 device n0 0 '')
	getent passwd vdpad || systemd-sysusers --inline 'u vdpad - "vDPA management" -'
	must setpriv --reuid=vdpad --regid=nogroup --clear-groups "${ask[@]}"
	expect_match ' true '
	run as_user "${ask[@]}"
	[ "$rc" -ne 0 ]
}

properties_of() { udevadm info --query=property "--path=/sys/bus/vdpa/devices/$1"; }

test_a_device_wants_the_daemon() {
	load vdpa_sim_net
	add_vdpa n0 vdpasim_net
	udevadm settle
	must properties_of n0
	expect_match SYSTEMD_WANTS=vdpad.service
	expect_match 'TAGS=.*:systemd:'
}
