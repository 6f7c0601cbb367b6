# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What libvirt, QEMU, containers and Nova are told of real devices.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/vf.sh
. "${BASH_SOURCE[0]%/*}/vf.sh"

by_name=/dev/vhost-vdpa/by-name

test_what_libvirt_and_qemu_are_told() {
	load vdpa_sim_net vdpa_sim_blk vhost_vdpa virtio_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --driver vhost_vdpa
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver vhost_vdpa
	must vdpactl info n0 --format libvirt-xml
	expect_match "^<interface type='vdpa'>"
	expect_match "<source dev='$by_name/n0'/>"
	expect_match "<mac address='02:00:00:00:00:01'/>"
	must vdpactl info b0 --format libvirt-xml
	expect_match "^<disk type='vhostvdpa'"
	expect_match "$by_name/b0"
	must vdpactl info n0 --format qemu
	expect_match "vhost-vdpa,.*vhostdev=$by_name/n0"
	expect_match 'mac=02:00:00:00:00:01'
	# They open what vhost_vdpa gives, and nothing else.
	must vdpactl bind n0 virtio_vdpa
	for format in libvirt-xml qemu cdi; do
		refused 5 wrong-driver info n0 --format "$format"
	done
}

test_what_containers_are_told() {
	load vdpa_sim_net vhost_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl info n0 --format cdi
	expect_json '.devices[0].containerEdits.deviceNodes[0] | .hostPath // .path' "$(vdpactl path n0)"
	must vdpactl --json info n0 --format device-info
	expect_json '.version' 1.1.0
	expect_json '.vdpa.path' "$(vdpactl path n0)"
}

# Of the VFs those that a machine can be given.
test_what_nova_is_told() {
	card
	test_nic
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	refused 5 wrong-driver info "$pf" --format nova
	must vdpactl create v0 --mgmtdev "pci/$vf0" --driver vhost_vdpa
	must vdpactl --json info "$pf" --format nova
	expect_json '[.device_spec[].address]' "[\"$vf0\"]"
	must vdpactl info "$pf" --format nova
	expect_match "device_spec = .*\"$vf0\""
}

test_what_is_refused() {
	load vdpa_sim_net
	refused 64 usage info n0
	refused 64 invalid-value info n0 --format html
	refused 4 no-such-device info n9 --format cdi
}
