# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl and the habits of the drivers whose hardware is not at hand: from nothing to a
# device and back with each of them, and what each refuses. The flows before this one meet
# mlx5's in all else.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

pf=pci/$igb
pf_dir=/sys/bus/pci/devices/$igb
vf0=0000:01:10.0
modern=VERSION_1,ACCESS_PLATFORM

# card PERSONA: the card with SR-IOV has the test NIC's driver, which does not touch it.
card() {
	test_nic persona="$1"
	load vhost_vdpa
	[ ! -e "$pf_dir/driver" ] || echo "$igb" >"$pf_dir/driver/unbind"
	pci_driver "$igb" vdpatest
}

# one_vf: and one VF; $parent is the management device that has come of it.
one_vf() {
	must vdpactl vf count "$pf" 1 --driver vdpatest-vf
	must vdpactl list functions --json
	parent=$(jq -r ".functions[] | select(.handle == \"pci/$vf0\") | .mgmtdev" <<<"$out")
}

# there_and_back ARGUMENT…: a device on vhost_vdpa, and nothing.
there_and_back() {
	must vdpactl create v0 --mgmtdev "$parent" --driver vhost_vdpa "$@"
	must vdpa -j dev show v0
	expect_json .dev.v0.mgmtdev "$parent"
	expect_eq "$(driver_of v0)" vhost_vdpa
	must vdpactl destroy v0
	expect_eq "$(vdpa_devices)" ''
}

no_vf() {
	must vdpactl vf count "$pf" 0 --force
	[ ! -e "/sys/bus/pci/devices/$vf0" ]
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
}

test_mlx5() {
	card mlx5
	one_vf
	expect_eq "$parent" "pci/$vf0"
	refused 1 kernel create v0 --mgmtdev "$parent" --max-vqp 9
	run vdpactl create v0 --mgmtdev "$parent" --features VERSION_1
	expect_rc 1
	must vdpactl create v0 --mgmtdev "$parent" --features "$modern" --driver vhost_vdpa
	must vdpactl show v0 --json
	expect_json '.config.max_vq_pairs // 1' 1
	refused 1 mgmtdev-full create v1 --mgmtdev "$parent"
	must vdpactl destroy v0
	there_and_back --max-vqp 2 --mtu 9000 --mac 02:00:00:00:00:07
	no_vf
}

# The PF is told to make vDPA functions of its VFs, which it does not by itself.
test_pds() {
	card pds
	must devlink -j dev param show "$pf" name enable_vnet
	expect_json '.param[][0].values[0].value' false
	one_vf
	expect_match '^auxiliary/vdpatest.vDPA.[0-9]+$' "$parent"
	must devlink -j dev param show "$pf" name enable_vnet
	expect_json '.param[][0].values[0].value' true
	must vdpactl show "$parent" --json
	expect_json '[.function, .pf, .vf_index]' "[\"vf\",\"$pf\",0]"
	run vdpactl create v0 --mgmtdev "$parent" --mtu 1500
	expect_rc 1
	must vdpactl create v0 --mgmtdev "$parent" --driver vhost_vdpa
	refused 1 unsupported create v1 --mgmtdev "$parent"
	start_ready open holder /dev/vhost-vdpa-0
	refused 5 in-use vf count "$pf" 0 --force
	refused 5 in-use function unbind "pci/$vf0"
	stop "$started"
	must vdpactl destroy v0
	there_and_back --max-vqp 2
	must vdpactl function unbind "pci/$vf0"
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
	# A parameter of the function itself, where the PF is not the test NIC's.
	no_vf
	pci_driver "$igb"
	igb_vfs 1
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | length' 1
}

test_octep() {
	card octep
	one_vf
	expect_eq "$parent" "pci/$vf0"
	run vdpactl create v0 --mgmtdev "$parent" --mac 02:00:00:00:00:07
	expect_rc 1
	there_and_back --features "$modern,NOTIFICATION_DATA,RING_PACKED"
	# What was not provisioned then is lost until the driver is bound anew.
	run vdpactl create v0 --mgmtdev "$parent" \
		--features "$modern,NOTIFICATION_DATA,RING_PACKED,STATUS"
	expect_rc 1
	run vdpactl create v0 --mgmtdev "$parent" --features "$modern"
	expect_rc 1
	must vdpactl function unbind "$parent"
	must vdpactl function bind "$parent" vdpatest-vf
	there_and_back --features "$modern,NOTIFICATION_DATA,RING_PACKED,STATUS"
	no_vf
}

test_ifcvf() {
	card ifcvf
	one_vf
	run vdpactl create v0 --mgmtdev "$parent" --max-vqp 1
	expect_rc 1
	there_and_back
	no_vf
}

# Their devices are there from the probe on, no management device is, netlink has neither.
test_eni_and_snet() {
	local name persona
	for persona in eni snet; do
		card "$persona"
		must vdpactl vf count "$pf" 1 --driver vdpatest-vf
		name=$(vdpa_devices)
		[ -z "$(driver_of "$name")" ] || must vdpactl unbind "$name"
		must vdpactl show "$name" --json
		expect_json '[.name, .mgmtdev, .driver]' "[\"$name\",null,null]"
		must vdpactl list functions --json
		expect_json ".functions[] | select(.handle == \"pci/$vf0\") | .mgmtdev" null
		must vdpactl bind "$name" vhost_vdpa
		[ -c "/dev/vhost-vdpa/by-name/$name" ]
		must vdpactl tree
		expect_match "pci/$vf0 \\(VF 0, vdpatest-vf\\)
   \`- $name
      \`- vhost_vdpa"
		refused 1 unsupported destroy "$name"
		expect_eq "$(driver_of "$name")" vhost_vdpa
		start_ready open holder "$(vdpactl path "$name")"
		refused 5 in-use unbind "$name"
		refused 5 in-use vf count "$pf" 0 --force
		stop "$started"
		must vdpactl unbind "$name"
		must vdpactl vf count "$pf" 0 --force
		expect_eq "$out" "removing pci/$vf0
removing $name
$pf has 0 VFs"
		expect_eq "$(vdpa_devices)" ''
		pci_driver "$igb"
		modprobe -r vdpatest
	done
}
