# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test NIC has the habits of the real drivers, seen by devlink, vdpa and sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

mac=02:00:00:00:88:88
# The VFs that igb_vfs makes.
vf0=0000:01:10.0
vf1=0000:01:10.2
modern=0x300000000		# VERSION_1, ACCESS_PLATFORM

test_mlx5_persona() {
	test_nic
	igb_vfs 1
	vf "$vf0"
	denied 'Operation not supported' vdpa dev add name v0 mgmtdev "$parent" device_features 0x20
	wait_until 60 logged "vdpatest-vf $vf0: at least these features must be provisioned: $modern"
	denied 'Invalid argument' vdpa dev add name v0 mgmtdev "$parent" device_features 0x8000000300000020
	denied 'Invalid argument' vdpa dev add name v0 mgmtdev "$parent" device_features 0x300000020
	must vdpa dev add name v0 mgmtdev "$parent" device_features 0x300000020 mac "$mac"
	denied 'No space left' vdpa dev add name v1 mgmtdev "$parent"
	wait_until 60 logged "vdpatest-vf $vf0: this function has its vDPA device already"
	must vdpa dev del v0
	must vdpa dev add name v1 mgmtdev "$parent" mac "$mac"
	works v1 "$vf0"
	must vdpa -j dev config show v1
	# MRG_RXBUF is for those who ask.
	expect_json '.config.v1.negotiated_features | index("MRG_RXBUF")' null
	expect_json '.config.v1.max_vq_pairs' 1
}

test_pds_persona() {
	test_nic
	persona pds
	igb_vfs 1
	vf "$vf0"
	run has_mgmtdev "pci/$vf0"
	expect_rc 1
	must devlink -j dev param show "pci/$vf0" name enable_vnet
	expect_json '.param[][0].values' '[{"cmode":"runtime","value":false}]'
	denied 'not supported' devlink dev reload "pci/$vf0"
	must devlink dev param set "pci/$vf0" name enable_vnet value true cmode runtime
	must vdpa -j mgmtdev show
	parent=$(jq -r '.mgmtdev | keys[0]' <<<"$out")
	expect_match '^auxiliary/vdpatest.vDPA.[0-9]+$' "$parent"
	denied 'Operation not supported' vdpa dev add name v0 mgmtdev "$parent" mtu 1500
	denied 'No space left' vdpa dev add name v0 mgmtdev "$parent" max_vqp 5
	denied 'Operation not supported' vdpa dev add name v0 mgmtdev "$parent" device_features 0x8000000300000000
	must vdpa dev add name v0 mgmtdev "$parent"
	denied 'Operation not supported' vdpa dev add name v1 mgmtdev "$parent"
	wait_until 60 logged 'Multiple vDPA devices on a VF is not supported'
	must vdpa -j dev config show v0
	[ "$(jq -r .config.v0.mac <<<"$out")" != 00:00:00:00:00:00 ]
	expect_json .config.v0.max_vq_pairs 4
	works v0 "$vf0"
	denied 'not supported by the device' vdpa dev set name v0 mac "$mac"
	denied 'Operation not supported' vdpa dev vstats show v0 qidx 0
	must devlink dev param set "pci/$vf0" name enable_vnet value false cmode runtime
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	expect_eq "$(compgen -G '/sys/bus/auxiliary/devices/vdpatest.vDPA.*' || true)" ''
}

test_pds_persona_on_a_pf_of_ours() {
	test_nic persona=pds
	pci_driver "$igb" vdpatest
	echo 2 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	vf "$vf0"
	must devlink -j dev param show "pci/$igb" name enable_vnet
	run devlink dev param show "pci/$vf0" name enable_vnet
	[ "$rc" -ne 0 ]
	must devlink dev param set "pci/$igb" name enable_vnet value true cmode runtime
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | length' 1
	# Who comes later has it too.
	vf "$vf1"
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | length' 2
	compgen -G "/sys/bus/pci/devices/$vf1/vdpatest.vDPA.*"
	must devlink dev param set "pci/$igb" name enable_vnet value false cmode runtime
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
}

test_octep_persona() {
	test_nic
	persona octep
	igb_vfs 1
	vf "$vf0"
	run has_mgmtdev "$parent"
	expect_rc 1
	wait_until 60 has_mgmtdev "$parent"
	denied 'not supported: 0x400' vdpa dev add name v0 mgmtdev "$parent" mac "$mac"
	must vdpa dev add name v0 mgmtdev "$parent" device_features 0x4700000020
	works v0 "$vf0"
	must vdpa -j dev config show v0
	expect_json '.config.v0.negotiated_features | contains(["RING_PACKED", "NOTIFICATION_DATA"])' true
	must ip link set "$interface" up
	# Another one; but what was not provisioned then is lost.
	must vdpa dev add name v1 mgmtdev "$parent"
	denied 'Invalid argument' vdpa dev add name v2 mgmtdev "$parent" device_features 0x4700010020
	denied 'Operation not supported' vdpa dev add name v2 mgmtdev "$parent" device_features "$modern"
	denied 'Invalid argument' vdpa dev add name v2 mgmtdev "$parent" device_features 0x4700000020
	vf "$vf0"
	wait_until 60 has_mgmtdev "$parent"
	must vdpa dev add name v2 mgmtdev "$parent" device_features 0x4700010020
}

test_ifcvf_persona() {
	test_nic
	persona ifcvf
	igb_vfs 1
	vf "$vf0"
	local i
	for i in 0 1 2; do
		add_vdpa "v$i" "$parent"
	done
	must vdpa -j dev config show
	expect_json .config.v2.max_vq_pairs 2
	# The one hardware is behind all of them.
	expect_json '.config | .v0.mac == .v2.mac and .v0.mac != "00:00:00:00:00:00"' true
	works v2 "$vf0"
	denied 'not supported: 0x1000' vdpa dev add name v3 mgmtdev "$parent" max_vqp 1
}

test_devices_that_nobody_manages() {
	local name
	load virtio_net
	test_nic
	for name in eni snet; do
		persona $name
		igb_vfs 1
		vf "$vf0"
		expect_match '^vdpa[0-9]+$' "$(vdpa_devices)"
		must vdpa -j mgmtdev show
		expect_json .mgmtdev '{}'
		must vdpa -j dev show
		expect_json .dev '{}'
		denied 'user created device can be deleted' vdpa dev del "$(vdpa_devices)"
		works "$(vdpa_devices)" "$vf0"
		must ip link set "$interface" up
		echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
		expect_eq "$(vdpa_devices)" ''
	done
}
