# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test NIC fails, is late and sleeps as it is told, seen by devlink, vdpa and sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

mac=02:00:00:00:88:88
uuid=8f2a1c46-09cd-4d0b-9f0e-6d1f2b5f7a01
# The VFs that igb_vfs makes.
vf0=0000:01:10.0
vf1=0000:01:10.2

test_calls_fail_as_told() {
	test_nic
	knob eswitch errno=95 text=no switch in here
	denied 'no switch in here' devlink dev eswitch set "pci/$nic" mode switchdev
	expect_match 'Operation not supported' "$err"
	switchdev
	knob port_new errno=28 times=2 text=the table is full
	denied 'the table is full' devlink port add "pci/$nic" flavour pcisf pfnum 0 sfnum 1
	denied 'No space left' devlink port add "pci/$nic" flavour pcisf pfnum 0 sfnum 1
	sf_port 1
	expect_eq "$(calls port_new)" 3
	knob fn_hw_addr errno=1 text=not this address
	denied 'not this address' devlink port function set "$port" hw_addr "$mac"
	port_is "$port" '.function.hw_addr == "00:00:00:00:00:00"'
	knob fn_state errno=110 text=the firmware is silent
	denied 'the firmware is silent' devlink port function set "$port" state active
	port_is "$port" '.function.state == "inactive"'
	sf_on "$port" 1
	knob port_del errno=16 text=in use
	denied 'in use' devlink port del "$port"
	port_is "$port" '.function.opstate == "attached"'
	enable_vnet "auxiliary/$sf"
	knob dev_add errno=5 text=the hardware does not answer
	denied 'Input/output error' vdpa dev add name v0 mgmtdev "auxiliary/$sf"
	wait_until 60 logged 'the hardware does not answer'
	must vdpa dev add name v0 mgmtdev "auxiliary/$sf"
}

test_knobs_say_what_they_do_not_understand() {
	test_nic
	local line
	for line in nonsense errno= errno=x errno=4095 sleep=-1 times= 'errno=1 tomorrow'; do
		denied 'Invalid argument' write "$line" "$knobs/port_new"
	done
	denied 'Invalid argument' write errno=5 "$knobs/dev_del"
	denied 'Invalid argument' write mlx6 "$parameters/persona"
	must cat "$knobs/port_new"
	expect_eq "$out" 'calls=0 errno=0 times=0 sleep=0 text='
}

test_calls_sleep_as_told() {
	test_nic
	sf_parent 1
	knob dev_add sleep=3000
	must vdpa dev add name v0 mgmtdev "$parent"
	[ "$took" -ge 3000 ] || fail "took $took ms"
	knob dev_del sleep=3000
	must vdpa dev del v0
	[ "$took" -ge 3000 ] || fail "took $took ms"
	must vdpa dev add name v0 mgmtdev "$parent"
	expect_within 2800
}

test_reload_fails_before_or_after() {
	test_nic
	sf_parent 1
	must vdpa dev add name v0 mgmtdev "$parent"
	knob reload errno=16 text=not now
	denied 'not now' devlink dev reload "$parent"
	[ -e /sys/bus/vdpa/devices/v0 ]
	knob reload_up errno=5 "text=half done"
	denied 'half done' devlink dev reload "$parent"
	[ ! -e /sys/bus/vdpa/devices/v0 ]
	run has_mgmtdev "$parent"
	expect_rc 1
	must devlink dev reload "$parent"
	must has_mgmtdev "$parent"
}

test_sf_that_never_comes() {
	test_nic
	switchdev
	knob sf_attach errno=5 text=no such function
	sf_port 1
	must devlink port function set "$port" state active
	sleep 0.5
	port_is "$port" '.function | .state == "active" and .opstate == "detached"'
	expect_eq "$(sf_device 1 || true)" ''
	must devlink port function set "$port" state inactive
	wait_until 60 port_is "$port" '.function.opstate == "detached"'
	sf_on "$port" 1
}

test_sf_that_comes_late() {
	test_nic
	switchdev
	knob sf_attach sleep=5000
	sf_port 1
	must devlink port function set "$port" state active
	expect_within 4500
	expect_eq "$(sf_device 1 || true)" ''
	wait_until 60 port_is "$port" '.function.opstate == "attached"'
}

test_probes_fail_and_are_deferred() {
	test_nic
	switchdev
	knob sf_probe errno=5
	sf_port 1
	must devlink port function set "$port" state active
	wait_until 60 sf_device 1
	sf=$(sf_device 1)
	sleep 0.5
	[ ! -e "/sys/bus/auxiliary/devices/$sf/driver" ]
	port_is "$port" '.function.opstate == "detached"'
	echo "$sf" >/sys/bus/auxiliary/drivers/vdpatest.sf/bind
	port_is "$port" '.function.opstate == "attached"'

	# A deferred probe is tried again when another one has succeeded.
	knob sf_probe errno=517
	sf_port 2
	must devlink port function set "$port" state active
	wait_until 60 sf_device 2
	sleep 0.2
	sf=$(sf_device 2)
	grep -q "$sf" /sys/kernel/debug/devices_deferred
	igb_vfs 1
	knob vf_probe errno=5
	vf "$vf0"
	[ ! -e "/sys/bus/pci/devices/$vf0/driver" ]
	vf "$vf0"
	[ -e "/sys/bus/pci/devices/$vf0/driver" ]
	wait_until 60 port_is "$port" '.function.opstate == "attached"'
	knob mdev_create errno=12
	denied 'Cannot allocate memory' write "$uuid" "$(mdev_types)/vdpatest-vdpa/create"
	[ ! -e "/sys/bus/mdev/devices/$uuid" ]
	mdev "$uuid"
}

test_management_device_comes_late_or_never() {
	test_nic late_ms=1500
	igb_vfs 2
	vf "$vf0"
	run has_mgmtdev "$parent"
	expect_rc 1
	wait_until 60 has_mgmtdev "$parent"
	echo -1 >"$parameters/late_ms"
	vf "$vf1"
	sleep 2
	run has_mgmtdev "$parent"
	expect_rc 1
	# Gone before it came.
	echo 60000 >"$parameters/late_ms"
	vf "$vf0"
	pci_driver "$vf0"
}

test_eswitch_mode_is_refused_for_good() {
	test_nic refuse_eswitch=switchdev
	denied 'this e-switch mode is not supported' devlink dev eswitch set "pci/$nic" mode switchdev
	denied 'this e-switch mode is not supported' devlink dev eswitch set "pci/$nic" mode switchdev
	echo legacy >"$parameters/refuse_eswitch"
	switchdev
	sf_port 1
	denied 'this e-switch mode is not supported' devlink dev eswitch set "pci/$nic" mode legacy
	must devlink port show "$port"
}
