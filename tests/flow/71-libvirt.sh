# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# needs: libvirt
# timeout: 600
#
# A real libvirt and QEMU: what they see of devices, and guests that hold them.

# shellcheck source=tests/flow/libvirt.sh
. "${BASH_SOURCE[0]%/*}/libvirt.sh"

test_a_device_that_is_bound_is_seen() {
	load vdpa_sim_net vhost_vdpa
	fresh_libvirt
	add_vdpa probe vdpasim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	wait_until 60 has_view n0 ''
	start stdbuf -oL virsh nodedev-event --event update --loop
	wait_until 60 tells_of_probe
	must vdpactl bind n0 vhost_vdpa
	wait_until 60 has_view n0 vhost_vdpa "$(vdpactl path n0)"
	# What comes after it has come, so nothing of it is on its way.
	wait_until 60 tells_of_probe
	expect_eq "$(grep -c vdpa_n0 "$started_out")" 1
}

# One more event of another device is caused, and seen.
tells_of_probe() {
	local before
	before=$(grep -c vdpa_probe "$started_out" || true)
	echo change >/sys/bus/vdpa/devices/probe/uevent
	poll 5 more_than "$before"
}

more_than() { [ "$(grep -c vdpa_probe "$started_out")" -gt "$1" ]; }

# switch DRIVER: one of the two, or none; libvirt sees it.
switch() {
	case $1 in
	vhost_vdpa) must vdpactl bind n0 vhost_vdpa; wait_until 60 has_view n0 "$1" "$(vdpactl path n0)";;
	virtio_vdpa) must vdpactl bind n0 virtio_vdpa; wait_until 60 has_view n0 "$1";;
	none) must vdpactl unbind n0; wait_until 60 has_view n0 '';;
	esac
}

# And no more than one event for each thing that happened: whoever listens has work with each.
test_no_view_is_stale_after_twenty_switches() {
	local i driver events=()
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	fresh_libvirt
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	wait_until 60 has_view n0 ''
	start_ready ready uevents
	for i in 1 2 3 4 5; do
		for driver in vhost_vdpa virtio_vdpa vhost_vdpa none; do
			switch "$driver"
		done
		events+=(bind change unbind change bind change unbind change bind change unbind change)
	done
	must vdpactl destroy n0
	wait_until 60 grep -qx 'remove /devices/n0' "$started_out"
	expect_eq "$(sed -n 's, /devices/n0$,,p' "$started_out" | paste -sd' ')" "${events[*]} remove"
}

test_a_guest_holds_its_network_device() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	fresh_libvirt
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	guest web "$(interface "$by_name/n0")"
	begin web
	is_held_by_guest n0
	must virsh destroy web
	must vdpactl bind n0 virtio_vdpa
}

test_a_guest_of_the_element_that_is_printed() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	fresh_libvirt
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa --mac 02:00:00:00:00:01
	guest web "$(vdpactl info n0 --format libvirt-xml)"
	begin web
	is_held_by_guest n0
}

# Debian's QEMU is built without libblkio, and so cannot have such a disk: this is as far as libvirt
# goes without one.
test_the_element_of_a_disk_is_known_to_libvirt() {
	load vdpa_sim_blk vhost_vdpa
	fresh_libvirt
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver vhost_vdpa
	guest db "$(vdpactl info b0 --format libvirt-xml)"
	sed -i "s/type='qemu'/type='test'/" guest.xml
	must virsh -c test:///default 'define guest.xml --validate; dumpxml db'
	expect_match "<disk type='vhostvdpa' device='disk'>"
	expect_match "<source dev='$(vdpactl path b0)'/>|<source dev='$by_name/b0'/>"
}

# libvirt shows its user what our hook says.
test_a_guest_without_its_device() {
	load vdpa_sim_net vhost_vdpa
	fresh_libvirt
	guest web "$(interface "$by_name/n9")"
	run virsh create --paused guest.xml
	expect_rc 1
	expect_match "vdpad: domain web cannot use $by_name/n9: there is no such vDPA device" "$err"
	expect_match "hooks/qemu.d/50-vdpad web prepare begin" "$err"
	must virsh list --all --name
	expect_eq "$out" ''
	# With it the same guest starts.
	must vdpactl create n9 --mgmtdev vdpasim_net --driver vhost_vdpa
	begin web
	# Nobody else gets it.
	guest other "$(interface "$by_name/n9")"
	run virsh create --paused guest.xml
	expect_rc 1
	expect_match "vdpad: domain other cannot use $by_name/n9: it is in use: pid $qemu " "$err"
}

test_a_device_on_demand() {
	load vdpa_sim_net vhost_vdpa
	fresh_libvirt
	document n0 02:00:00:00:00:01 | jq '.devices[0].on_demand = true' >d.json
	must vdpactl apply d.json
	is_gone n0
	guest web "$(interface "$by_name/n0")"
	begin web
	expect_eq "$(driver_of n0)" vhost_vdpa
	must virsh destroy web
	wait_until 60 is_gone n0
}
