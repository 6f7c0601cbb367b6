# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test NIC does what its README says, seen by devlink, vdpa, ip and sysfs. Nothing of
# ours is used but the module: the flows after this one build on it.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

mac=02:00:00:00:88:88
uuid=8f2a1c46-09cd-4d0b-9f0e-6d1f2b5f7a01
other_uuid=8f2a1c46-09cd-4d0b-9f0e-6d1f2b5f7a02
# The VFs that igb_vfs makes.
vf0=0000:01:10.0
vf1=0000:01:10.2

# ---- the PF and its ports ----

test_pf_has_an_eswitch_in_legacy_mode() {
	test_nic
	must devlink -j dev show
	expect_json '.dev | keys' "[\"pci/$nic\",\"pci/$other_nic\"]"
	must devlink -j dev eswitch show "pci/$nic"
	expect_json ".dev[\"pci/$nic\"].mode" legacy
	switchdev
	must devlink -j dev eswitch show "pci/$nic"
	expect_json ".dev[\"pci/$nic\"].mode" switchdev
	must devlink -j dev eswitch show "pci/$other_nic"
	expect_json ".dev[\"pci/$other_nic\"].mode" legacy
}

test_ports_that_cannot_be() {
	test_nic sfs=2
	local add=(devlink port add "pci/$nic")
	denied 'only supported in eswitch switchdev mode' "${add[@]}" flavour pcisf pfnum 0 sfnum 1
	switchdev
	denied 'Invalid pfnum' "${add[@]}" flavour pcisf pfnum 1 sfnum 1
	denied 'must provide unique sfnum' "${add[@]}" flavour pcisf pfnum 0
	denied 'only SF port addition' "${add[@]}" flavour pcipf pfnum 0
	denied 'External controller' "${add[@]}" flavour pcisf pfnum 0 sfnum 1 controller 1
	denied 'user defined port index' devlink port add "pci/$nic/7" flavour pcisf pfnum 0 sfnum 1
	sf_port 1
	denied 'SF already exist' "${add[@]}" flavour pcisf pfnum 0 sfnum 1
	sf_port 2
	denied 'No space left' "${add[@]}" flavour pcisf pfnum 0 sfnum 3
	must devlink port del "$port"
	sf_port 3
}

test_port_has_a_function_and_a_representor() {
	test_nic
	switchdev
	sf_port 88
	must devlink -j port show "$port"
	expect_json ".port[\"$port\"] | [.flavour, .pfnum, .sfnum, .controller]" '["pcisf",0,88,0]'
	expect_json ".port[\"$port\"].function" \
		'{"hw_addr":"00:00:00:00:00:00","state":"inactive","opstate":"detached"}'
	local netdev
	netdev=$(jq -r ".port[\"$port\"].netdev" <<<"$out")
	expect_eq "$(<"/sys/class/net/$netdev/phys_port_name")" pf0sf88
	[ -n "$(<"/sys/class/net/$netdev/phys_switch_id")" ]
	must ip link set "$netdev" up
	must devlink port del "$port"
	[ ! -e "/sys/class/net/$netdev" ]
	denied . devlink port show "$port"
}

# As mlx5's documentation has it, step by step.
test_sf_from_nothing_to_a_device_and_back() {
	test_nic
	must devlink dev eswitch set "pci/$nic" mode switchdev
	sf_port 88
	must devlink port function set "$port" hw_addr "$mac"
	expect_eq "$(sf_device 88 || true)" ''
	must devlink port function set "$port" state active
	wait_until 60 port_is "$port" '.function.opstate == "attached"'
	must devlink -j port show "$port"
	sf=$(sf_device 88)
	expect_json ".port[\"$port\"].function.hw_addr" "$mac"
	expect_json ".port[\"$port\"].function.nested_devlink | keys" "[\"auxiliary/$sf\"]"
	must devlink -j dev param show "auxiliary/$sf"
	expect_json ".param[] | [.[] | [.name, .values[].cmode, .values[].value]]" \
		'[["enable_eth","driverinit",false],["enable_rdma","driverinit",false],["enable_vnet","driverinit",false]]'
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
	must devlink dev param set "auxiliary/$sf" name enable_vnet value true cmode driverinit
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
	must devlink dev reload "auxiliary/$sf"
	must vdpa -j mgmtdev show
	expect_json ".mgmtdev[\"auxiliary/$sf\"] | [.supported_classes, .max_supported_vqs]" '[["net"],17]'
	must vdpa dev add name v0 mgmtdev "auxiliary/$sf"
	must vdpa -j dev config show v0
	expect_json '.config.v0 | [.mac, .mtu, .max_vq_pairs, .["link "]]' "[\"$mac\",1500,1,\"up\"]"
	works v0 "$nic"
	expect_eq "$(<"/sys/class/net/$interface/address")" "$mac"

	must vdpa dev del v0
	must devlink port function set "$port" state inactive
	wait_until 60 port_is "$port" '.function.opstate == "detached"'
	expect_eq "$(sf_device 88 || true)" ''
	must devlink port del "$port"
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
	must devlink dev eswitch set "pci/$nic" mode legacy
}

test_sf_is_found_by_its_number_on_its_own_pf() {
	local sf
	test_nic
	sf_parent 5
	expect_eq "$sf" "$(sf_device 5)"
	sf_parent 5 "$other_nic"
	expect_eq "$sf" "$(sf_device 5 "$other_nic")"
	[ "$sf" != "$(sf_device 5)" ]
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | length' 2
}

test_sf_is_off_until_reload_says_otherwise() {
	test_nic
	switchdev
	sf_port 1
	sf_on "$port" 1
	must devlink dev param set "auxiliary/$sf" name enable_eth value true cmode driverinit
	must devlink dev reload "auxiliary/$sf"
	run has_mgmtdev "auxiliary/$sf"
	expect_rc 1
	enable_vnet "auxiliary/$sf"
	must vdpa dev add name v0 mgmtdev "auxiliary/$sf"
	# Takes the device with it, without a question.
	must devlink dev param set "auxiliary/$sf" name enable_vnet value false cmode driverinit
	must devlink dev reload "auxiliary/$sf"
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	run has_mgmtdev "auxiliary/$sf"
	expect_rc 1
}

test_inactive_port_takes_its_devices_along() {
	test_nic
	load virtio_vdpa virtio_net
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent"
	knob dev_del sleep=5000
	must devlink port function set "$port" state inactive
	expect_within 4500
	port_is "$port" '.function | .state == "inactive" and .opstate == "attached"'
	denied 'inactivated but it is still attached' devlink port function set "$port" state active
	wait_until 60 port_is "$port" '.function.opstate == "detached"'
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	sf_on "$port" 1
}

test_number_of_a_deleted_port_is_taken_until_its_function_has_gone() {
	test_nic
	load virtio_vdpa virtio_net
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent"
	knob dev_del sleep=5000
	must devlink port del "$port"
	expect_within 4500
	denied 'SF already exist' devlink port add "pci/$nic" flavour pcisf pfnum 0 sfnum 1
	wait_until 60 test ! -e "/sys/bus/auxiliary/devices/$sf"
	wait_until 60 devlink port add "pci/$nic" flavour pcisf pfnum 0 sfnum 1
}

test_legacy_mode_deletes_the_ports() {
	test_nic
	sf_parent 1
	sf_port 2
	must vdpa dev add name v0 mgmtdev "$parent"
	must devlink dev eswitch set "pci/$nic" mode legacy
	must devlink -j port show
	expect_json .port '{}'
	wait_until 60 test ! -e /sys/bus/vdpa/devices/v0
	wait_until 60 test ! -e "/sys/bus/auxiliary/devices/$sf"
}

# ---- devices ----

test_device_sends_obeys_and_counts() {
	test_nic
	load virtio_vdpa virtio_net
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent" mac "$mac"
	works v0 "$nic"
	must ip link set "$interface" up
	must ip address add 192.0.2.1/24 dev "$interface"
	run busybox ping -c 2 -W 1 192.0.2.2
	must vdpa -j dev vstats show v0 qidx 1
	[ "$(jq .vstats.v0.completed_desc <<<"$out")" -gt 0 ]
	expect_json '.vstats.v0 | .received_desc == .completed_desc' true
	must ip link set "$interface" address 02:00:00:00:00:77
	must vdpa -j dev config show v0
	expect_json .config.v0.mac 02:00:00:00:00:77
	must vdpa -j dev vstats show v0 qidx 2
	expect_json '.vstats.v0.queue_type' control_vq
	[ "$(jq .vstats.v0.completed_desc <<<"$out")" -gt 0 ]
	denied 'virtqueue index is not valid' vdpa dev vstats show v0 qidx 3
}

test_device_has_the_queue_pairs_that_it_was_given() {
	test_nic
	load virtio_vdpa virtio_net
	igb_vfs 1
	vf "$vf0"
	denied 'Invalid argument' vdpa dev add name v0 mgmtdev "$parent" max_vqp 9
	must vdpa dev add name v0 mgmtdev "$parent" max_vqp 2 mtu 9000 mac "$mac"
	must vdpa -j dev show v0
	expect_json .dev.v0.max_vqs 5
	must vdpa -j dev config show v0
	expect_json '.config.v0 | [.mac, .mtu, .max_vq_pairs]' "[\"$mac\",9000,2]"
	works v0 "$vf0"
	expect_eq "$(find "/sys/class/net/$interface/queues" -name 'tx-*' | wc -l)" 2
	expect_eq "$(<"/sys/class/net/$interface/mtu")" 9000
	must ip link set "$interface" up
}

test_mac_is_set_while_nobody_uses_the_device() {
	test_nic
	load virtio_vdpa virtio_net
	igb_vfs 1
	vf "$vf0"
	add_vdpa v0 "$parent"
	must vdpa dev set name v0 mac "$mac"
	must vdpa -j dev config show v0
	# No address, no F_MAC, so none is shown; the driver finds it all the same.
	expect_json '.config.v0.mac' null
	must vdpa dev del v0
	add_vdpa v0 "$parent"
	works v0 "$vf0"
	denied 'resource busy' vdpa dev set name v0 mac 02:00:00:00:00:99
}

# ---- VFs ----

test_vfs_become_management_devices_by_driver_override() {
	test_nic
	igb_vfs 2
	run has_mgmtdev "pci/$vf0"
	expect_rc 1
	vf "$vf0"
	vf "$vf1"
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | keys' "[\"pci/$vf0\",\"pci/$vf1\"]"
	must vdpa dev add name v0 mgmtdev "pci/$vf0" mac "$mac"
	works v0 "$vf0"
	expect_eq "$(readlink -f /sys/bus/vdpa/devices/v0)" "$(readlink -f "/sys/bus/pci/devices/$vf0")/v0"
	must devlink -j dev param show "pci/$vf0" name enable_vnet
	expect_json '.param[][0].values[0].value' true
	pci_driver "$vf0"
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	must vdpa -j mgmtdev show
	expect_json .mgmtdev '{}'
}

test_pf_of_ours_has_vfs() {
	test_nic
	[ ! -e "/sys/bus/pci/devices/$igb/driver" ] || echo "$igb" >"/sys/bus/pci/devices/$igb/driver/unbind"
	pci_driver "$igb" vdpatest
	must devlink -j dev eswitch show "pci/$igb"
	echo 2 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	vf "$vf0"
	must vdpa dev add name v0 mgmtdev "$parent" mac "$mac"
	denied 'resource busy' write 1 "/sys/bus/pci/devices/$igb/sriov_numvfs"
	echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	echo 1 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	# With its PF the VF goes.
	echo "$igb" >"/sys/bus/pci/devices/$igb/driver/unbind"
	[ ! -e "/sys/bus/pci/devices/$vf0" ]
}

# ---- mediated devices ----

test_mdev_is_a_management_device() {
	test_nic mdevs=1
	local type
	type=$(mdev_types)/vdpatest-vdpa
	expect_eq "$(cat "$type"/{available_instances,device_api,name})" $'1\nvdpa\nvDPA network function'
	mdev "$uuid"
	expect_eq "$(<"$type/available_instances")" 0
	denied 'File exists' write "$uuid" "$type/create"
	denied 'No space left' write "$other_uuid" "$type/create"
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | keys' "[\"mdev/$uuid\"]"
	must vdpa dev add name v0 mgmtdev "$parent" mac "$mac"
	expect_eq "$(readlink -f /sys/bus/vdpa/devices/v0)" "$(readlink -f "/sys/bus/mdev/devices/$uuid")/v0"
	works v0 "$nic"
	echo 1 >"/sys/bus/mdev/devices/$uuid/remove"
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	expect_eq "$(<"$type/available_instances")" 1
	mdev "$other_uuid"
}

# ---- going away ----

test_module_goes_with_everything_on_it() {
	test_nic
	load virtio_vdpa virtio_net vhost_vdpa
	sf_parent 1
	add_vdpa sf "$parent" virtio_vdpa
	sf_port 2
	must devlink port function set "$port" state active
	igb_vfs 2
	vf "$vf0"
	add_vdpa vf "$parent" vhost_vdpa
	persona eni
	vf "$vf1"
	mdev "$uuid"
	persona mlx5
	mdev "$other_uuid"
	add_vdpa mdev "$parent" vhost_vdpa
	must modprobe -r vdpatest
	expect_eq "$(vdpa_devices)" ''
	expect_eq "$(compgen -G '/sys/bus/mdev/devices/*' || true)" ''
	must devlink -j dev show
	expect_json .dev '{}'
	[ ! -e "$knobs" ]
	# The VFs find it again.
	test_nic
	must has_mgmtdev "pci/$vf0"
}

test_open_char_device_keeps_its_function() {
	test_nic
	load vhost_vdpa
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent"
	start_ready open holder /dev/vhost-vdpa-0
	local holder=$started
	must devlink port function set "$port" state inactive
	expect_within 10000
	sleep 0.5
	port_is "$port" '.function.opstate == "attached"'
	# Others are not kept by it.
	sf_port 2
	stop "$holder"
	wait_until 60 port_is "${port%/*}/32768" '.function.opstate == "detached"'
	sf_on "$port" 2
}

test_pf_is_pulled() {
	test_nic
	load virtio_vdpa virtio_net
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent"
	mdev "$uuid"
	must vdpa dev add name v1 mgmtdev "$parent" mac "$mac"
	switchdev "$other_nic"
	echo 1 >"/sys/bus/pci/devices/$nic/remove"
	expect_eq "$(vdpa_devices)" ''
	must devlink -j dev show
	expect_json '.dev | keys' "[\"pci/$other_nic\"]"
	echo 1 >/sys/bus/pci/rescan
	wait_until 60 devlink dev show "pci/$nic"
	sf_parent 1
}
