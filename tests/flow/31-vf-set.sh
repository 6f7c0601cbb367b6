# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a PF enforces on its VFs, set by vdpactl and agreed by ip; and who may look.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/vf.sh
. "${BASH_SOURCE[0]%/*}/vf.sh"

test_attributes_are_set_and_read_back() {
	card
	must vdpactl vf count "$pf" 2
	ip link set "$interface" up
	wait_until 60 grep -q 1 "$pf_dir/net/$interface/carrier"
	must vdpactl vf set "$pf" 1 --mac 02:00:00:00:00:05 --vlan 100 --qos 3 --trust on \
		--spoofchk off --max-tx-rate 200
	expect_eq "$out" "changed VF 1 of $pf"
	vf_has 1 '[.address, .vlan_list[0].vlan, .vlan_list[0].qos, .trust, .spoofchk, .rate.max_tx]' \
		'["02:00:00:00:00:05",100,3,true,false,200]'
	must vdpactl vf list "$pf" --json
	expect_json '.vfs[1] | [.mac, .vlan, .qos, .trust, .spoofchk, .link_state, .min_tx_rate, .max_tx_rate]' \
		'["02:00:00:00:00:05",100,3,true,false,"auto",0,200]'
	expect_json '.vfs[0] | [.vlan, .trust, .spoofchk, .max_tx_rate]' '[0,false,true,0]'
	# One of a pair leaves the other as it is; without a VLAN there is no QoS.
	must vdpactl vf set "$pf" 1 --vlan 101
	vf_has 1 '.vlan_list[0] | [.vlan, .qos]' '[101,3]'
	must vdpactl vf set "$pf" 1 --qos 5
	vf_has 1 '.vlan_list[0] | [.vlan, .qos]' '[101,5]'
	must vdpactl vf set "$pf" 1 --vlan 0 --trust off
	vf_has 1 '[.vlan_list[0].vlan // 0, .vlan_list[0].qos // 0, .trust]' '[0,0,false]'
	must vdpactl vf set "$pf" 1 --vlan 0 --trust off --link-state auto
	expect_eq "$out" "that VF of $pf is so already"
	must vdpactl --json vf set "$pf" 1 --trust on
	expect_json '[.results[] | [.operation, .target, .arguments.index, .arguments.trust, .status]]' \
		"[[\"vf-set\",\"$pf\",1,true,\"done\"]]"
}

# By the driver, one sentence with its name; what came before is said.
test_what_the_driver_refuses_is_one_sentence() {
	card
	must vdpactl vf count "$pf" 1
	ip link set "$interface" up
	wait_until 60 grep -q 1 "$pf_dir/net/$interface/carrier"
	refused 1 unsupported vf set "$pf" 0 --link-state enable
	expect_eq "$sentence" "cannot set link_state enable on VF 0 of $pf: the driver igb has no such setting"
	expect_json '.error.errno' EOPNOTSUPP "$err"
	refused 1 kernel vf set "$pf" 0 --min-tx-rate 50
	expect_match 'the driver igb refuses it: Invalid argument$' "$sentence"
	refused 1 kernel vf set "$pf" 0 --max-tx-rate 100000
	run vdpactl vf set "$pf" 0 --vlan 7 --trust on --link-state disable
	expect_rc 1
	expect_match 'no such setting; vlan 7 is set; trust on is set$' "$err"
	vf_has 0 '[.vlan_list[0].vlan, .trust, .link_state]' '[7,true,"auto"]'
}

test_what_no_vf_can_have_is_not_asked_for() {
	card
	must vdpactl vf count "$pf" 1
	refused 4 no-such-function vf set "$pf" 1 --trust on
	refused 4 no-such-function vf set "pci/$vf0" 0 --trust on
	refused 64 usage vf set "$pf" 0
	refused 64 usage vf set "$pf"
	refused 64 invalid-value vf set "$pf" x --trust on
	refused 64 invalid-value vf set "$pf" 0 --trust maybe
	refused 64 invalid-value vf set "$pf" 0 --spoofchk 1
	refused 64 invalid-value vf set "$pf" 0 --vlan 4095
	refused 64 invalid-value vf set "$pf" 0 --qos 8
	refused 64 invalid-value vf set "$pf" 0 --mac 01:00:00:00:00:01
	refused 64 invalid-value vf set "$pf" 0 --link-state up
	refused 64 invalid-value vf set "$pf" 0 --max-tx-rate 4294967296
}

test_a_renamed_interface_is_the_same_pf() {
	card
	must vdpactl vf count "$pf" 1
	ip link set "$interface" down
	ip link set "$interface" name other0
	interface=other0
	must vdpactl vf set "$pf" 0 --trust on
	vf_has 0 .trust true
	# In another namespace nobody can be asked; the VFs are there all the same.
	ip netns add away
	ip link set other0 netns away
	must vdpactl vf list "$pf" --json
	expect_json '.vfs[0] | [.handle, .trust]' "[\"pci/$vf0\",null]"
	refused 1 unsupported vf set "$pf" 0 --trust off
	ip netns exec away ip link set other0 netns 1
	ip netns del away
	must vdpactl vf list "$pf" --json
	expect_json '.vfs[0].trust' true
}

test_an_ordinary_user_may_look() {
	card
	must vdpactl vf count "$pf" 1
	must as_user vdpactl vf list "$pf" --json
	expect_json '.vfs[0].handle' "pci/$vf0"
	run as_user vdpactl vf set "$pf" 0 --trust on
	expect_rc 77
	run as_user vdpactl vf count "$pf" 0 --force
	expect_rc 77
	run as_user vdpactl function bind "pci/$vf0" vdpatest-vf
	expect_rc 77
	vf_count_is 1
}
