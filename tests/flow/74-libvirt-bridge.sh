# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# needs: libvirt
# timeout: 900
#
# The bridge: what vdpad knows of libvirt, and what libvirt is told again, whoever of the two is
# started anew.

# shellcheck source=tests/flow/libvirt.sh
. "${BASH_SOURCE[0]%/*}/libvirt.sh"

property() {
	busctl --json=short get-property org.vdpad1 "/org/vdpad1/device/$1" org.vdpad1.Device "$2" |
		jq -r .data
}

is_told() { [ "$(property "$1" LibvirtName) $(property "$1" Domain)" = "$2 $3" ]; }

# The bridge beside a libvirt and a vdpad that know of nothing.
fresh_bridge() {
	load vdpa_sim_net vhost_vdpa
	systemctl stop vdpad-libvirt.service
	fresh_libvirt
	must systemctl start vdpad-libvirt.service
}

# bridge_says SENTENCE [TIMES]
bridge_says() {
	[ "$(journalctl -u vdpad-libvirt.service --no-pager -o cat --since "$since" | grep -c "$1")" -ge "${2-1}" ]
}

test_a_device_has_the_name_that_libvirt_gives_it() {
	fresh_bridge
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	wait_until 60 is_told n0 vdpa_n0 ''
	must vdpactl -j show n0
	expect_json '[.libvirt_name, .domain]' '["vdpa_n0",null]'
	expect_eq "$(ps -o user:20= -C vdpad-libvirt)" vdpad-libvirt
}

test_a_device_has_the_domain_that_uses_it() {
	fresh_bridge
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	guest web "$(interface "$by_name/n1")"
	begin web
	wait_until 60 is_told n1 vdpa_n1 web
	is_told n0 vdpa_n0 ''
	must vdpactl list --holders
	expect_match "n1 .* ${qemu} .* web"
	must vdpactl show n1
	expect_match 'domain +web'
	must virsh destroy web
	wait_until 60 is_told n1 vdpa_n1 ''
}

# With its sockets: the bridge tries to connect, and would start it again.
libvirt_is_gone() { systemctl stop 'libvirtd*.socket' libvirtd.service && ! pgrep -x libvirtd; }

test_both_may_go_and_come_back() {
	fresh_bridge
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	wait_until 60 is_told n0 vdpa_n0 ''
	must systemctl kill --signal=KILL libvirtd.service
	wait_until 60 libvirt_is_gone
	wait_until 60 is_told n0 '' ''
	begin_libvirt
	wait_until 120 is_told n0 vdpa_n0 ''
	must systemctl restart vdpad.service
	wait_until 60 is_told n0 vdpa_n0 ''
	# What it has said goes with it.
	must systemctl stop vdpad-libvirt.service
	wait_until 30 is_told n0 '' ''
	expect_eq "$(systemctl show -P Result vdpad-libvirt.service)" success
}

shows_char_device() { virsh nodedev-dumpxml "vdpa_$1" | grep -q '<chardev>'; }

shows_none() { virsh nodedev-dumpxml "vdpa_$1" >view.xml && ! grep -q '<chardev>' view.xml; }

# Somebody changes a driver while nobody who would announce it is there.
test_what_libvirt_missed_is_announced() {
	fresh_bridge
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	wait_until 60 shows_char_device n0
	systemctl stop vdpad.service
	echo n0 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind
	udevadm settle
	shows_char_device n0
	since=$(date '+%F %T')
	systemctl start vdpad.service
	wait_until 60 shows_none n0
	wait_until 60 bridge_says 'libvirt sees n0 otherwise than the kernel'
}

test_two_names_that_are_one_are_warned_of() {
	fresh_bridge
	since=$(date '+%F %T')
	must vdpactl create a-b --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create a_b --mgmtdev vdpasim_net --driver vhost_vdpa
	wait_until 60 bridge_says 'a-b and a_b are one name to libvirt'
}

# It hears of the guest's end when nobody can be told: what it has heard makes it ask twice, and no more
# often. systemd's watchdog would start vdpad anew.
test_a_vdpad_that_did_not_answer_is_asked_again() {
	local vdpad
	fresh_bridge
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	guest web "$(interface "$by_name/n0")"
	begin web
	wait_until 60 is_told n0 vdpa_n0 web
	since=$(date '+%F %T')
	vdpad=$(main_pid)
	must systemctl service-watchdogs no
	kill -STOP "$vdpad"
	must virsh destroy web
	wait_until 120 bridge_says "vdpad's devices: vdpad does not answer" 4
	kill -CONT "$vdpad"
	wait_until 60 is_told n0 vdpa_n0 ''
	expect_eq "$(main_pid)" "$vdpad"
	must systemctl service-watchdogs yes
}
