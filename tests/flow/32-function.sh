# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 400
#
# The kernel driver below a management device, changed by vdpactl; the list of functions
# and the tree, agreed by sysfs, vdpa and ip.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"
# shellcheck source=tests/flow/rounds.sh
. "${BASH_SOURCE[0]%/*}/rounds.sh"

card=${virtio_cards[0]}
function=pci/$card
vf0=0000:01:10.0
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001

# vf_parent: a VF of igb that has the test NIC's driver, $parent.
vf_parent() {
	igb_vfs 1
	test_nic
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	parent=pci/$vf0
}

# ---- vp-vdpa ----

# The module, and all that it needs, is loaded on the way.
test_from_nothing_to_a_device_and_back() {
	[ ! -e /sys/bus/vdpa ]
	expect_eq "$(pci_driver_of "$card")" virtio-pci
	must vdpactl list functions
	must vdpactl function bind "$function" vp-vdpa
	expect_eq "$out" "$function is bound to vp-vdpa"
	expect_eq "$(pci_driver_of "$card")" vp-vdpa
	must vdpa -j mgmtdev show "$function"
	must vdpactl function bind "$function" vp-vdpa
	expect_eq "$out" "$function has that driver already"
	must vdpactl create p0 --mgmtdev "$function" --driver vhost_vdpa
	must vdpa -j dev show p0
	expect_json .dev.p0.mgmtdev "$function"
	expect_eq "$(driver_of p0)" vhost_vdpa
	[ -c /dev/vhost-vdpa-0 ]
	must vdpactl function bind "$function" virtio-pci
	expect_match '^removed p0'
	expect_eq "$(vdpa_devices)" ''
	expect_eq "$(pci_driver_of "$card")" virtio-pci
	[ ! -c /dev/vhost-vdpa-0 ]
	wait_until 60 compgen -G "/sys/bus/pci/devices/$card/virtio*"
}

pf_round() {
	vdpactl -q function bind "$function" vp-vdpa
	vdpactl -q create p0 --mgmtdev "$function" --driver vhost_vdpa
	vdpactl -q function unbind "$function"
}

test_fifty_rounds_leave_nothing() {
	load vhost_vdpa vp_vdpa
	without_leak pf_round
	steps_without_leak function-bind "$function" driver=vp-vdpa \
		-- device-create p0 "mgmtdev=$function" -- driver-bind p0 driver=vhost_vdpa \
		-- driver-unbind p0 -- device-delete p0 -- function-unbind "$function"
	expect_eq "$(find /run/vdpad/state -type f ! -name 'lock*')" ''
	expect_eq "$(</sys/bus/vdpa/drivers_autoprobe)" 1
	must vdpactl function bind "$function" virtio-pci
}

test_after_unbind_none_takes_it() {
	load vp_vdpa
	must vdpactl function unbind "$function"
	expect_eq "$out" "$function has no driver, and none takes it by itself"
	expect_eq "$(pci_driver_of "$card")" ''
	echo "$card" >/sys/bus/pci/drivers_probe
	expect_eq "$(pci_driver_of "$card")" ''
	must vdpactl function unbind "$function"
	must vdpactl show "$function" --json
	expect_json '[.function, .driver, .mgmtdev]' '["pf",null,null]'
	must vdpactl function bind "$function" virtio-pci
}

# ---- what is refused ----

test_a_device_in_use_keeps_the_driver() {
	local interface
	load virtio_vdpa virtio_net
	vp_vdpa_parent 0
	must vdpactl create p0 --mgmtdev "$parent" --driver virtio_vdpa
	must vdpactl show p0 --json
	interface=$(jq -r .virtio.netdev <<<"$out")
	# That is the device's interface and not the function's.
	must vdpactl show "$parent" --json
	expect_json '[.function, .devices]' '["pf",["p0"]]'
	must vdpactl list functions --json
	expect_json ".functions[] | select(.handle == \"$parent\") | .netdev" null
	ip link set "$interface" up
	ip address add 10.0.2.15/24 dev "$interface"
	refused 5 in-use function unbind "$parent"
	expect_within 2000
	expect_match "its interface $interface is up" "$sentence"
	refused 5 in-use function bind "$parent" virtio-pci
	expect_within 2000
	expect_eq "$(driver_of p0)" virtio_vdpa
	expect_eq "$(pci_driver_of "$card")" vp-vdpa
	ip address flush dev "$interface"
	must vdpactl function unbind "$parent"
	must vdpactl function bind "$parent" virtio-pci
}

# The function's own interface: addressed, enslaved, or in another namespace.
test_an_interface_in_use_keeps_the_driver() {
	local interface
	load virtio_net vp_vdpa
	wait_until 60 compgen -G "/sys/bus/pci/devices/$card/virtio*/net/*"
	interface=$(basename "/sys/bus/pci/devices/$card"/virtio*/net/*)
	must vdpactl list functions --json
	expect_json ".functions[] | select(.handle == \"$function\") | .netdev" "$interface"
	ip link set "$interface" up
	ip address add 10.0.2.15/24 dev "$interface"
	refused 5 in-use function bind "$function" vp-vdpa
	expect_eq "$sentence" "$function is in use: its interface $interface is up with an address, or part of another one"
	ip address flush dev "$interface"
	ip link add name bridge0 type bridge
	ip link set "$interface" master bridge0
	refused 5 in-use function bind "$function" vp-vdpa
	ip link del bridge0
	ip netns add away
	ip link set "$interface" netns away
	refused 5 in-use function unbind "$function"
	expect_match 'another network namespace' "$sentence"
	expect_eq "$(pci_driver_of "$card")" virtio-pci
	ip netns del away
	wait_until 60 test -e "/sys/class/net/$interface"
	must vdpactl function bind "$function" vp-vdpa
	must vdpactl function bind "$function" virtio-pci
}

# Its bus would never bind it again.
test_a_mediated_device_keeps_its_driver() {
	local group
	load mtty
	echo "$uuid" >/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create
	must vdpactl show "mdev/$uuid" --json
	expect_json '[.function, .uuid, .pf]' "[\"mdev\",\"$uuid\",null]"
	refused 1 unsupported function unbind "mdev/$uuid"
	refused 1 unsupported function bind "mdev/$uuid" vfio_mdev
	must vdpactl function bind "mdev/$uuid" mtty
	expect_match 'has that driver already'
	expect_eq "$(basename "$(readlink "/sys/bus/mdev/devices/$uuid/driver")")" mtty
	# Somebody who has it by VFIO keeps all of it.
	group=$(basename "$(readlink "/sys/bus/mdev/devices/$uuid/iommu_group")")
	start_ready open holder "/dev/vfio/$group"
	refused 5 in-use mdev remove "$uuid"
	expect_within 2000
	expect_match 'has it open by VFIO$' "$sentence"
	expect_json '.error.holders[0].comm' holder "$err"
	stop "$started"
	must vdpactl mdev remove "$uuid"
}

test_what_others_live_of_is_not_touched() {
	igb_vfs 2
	refused 5 collateral function unbind "pci/$igb"
	expect_match "that would end pci/$vf0, pci/0000:01:10.2; remove them first\$" "$sentence"
	refused 5 collateral function bind "pci/$igb" vfio-pci
	expect_eq "$(pci_driver_of "$igb")" igb
	expect_eq "$(<"/sys/bus/pci/devices/$igb/sriov_numvfs")" 2
	test_nic
	mdev "$uuid"
	refused 5 collateral function unbind "pci/$nic"
	expect_match "mdev/$uuid" "$sentence"
}

test_what_is_no_function_or_no_driver() {
	refused 4 no-such-function function bind pci/0000:ff:00.0 vp-vdpa
	refused 4 no-such-function function unbind vdpasim_net
	refused 4 no-such-function function unbind "pci/../$card"
	refused 4 no-such-function function unbind 'pci/x\x0a'
	refused 64 invalid-value function bind "$function" nonesuch
	refused 64 invalid-value function bind "$function" ../virtio-pci
	refused 64 usage function bind "$function"
	refused 64 usage function
	expect_eq "$(pci_driver_of "$card")" virtio-pci
	expect_eq "$(override_of "$card")" '(null)'
}

test_a_driver_that_refuses_leaves_the_one_before() {
	load igb
	run vdpactl function bind "$function" igb
	expect_rc 1
	expect_match "cannot bind $function to igb: .*; virtio-pci has it again\$" "$err"
	expect_eq "$(pci_driver_of "$card")" virtio-pci
	# One that had none has none, and what kept others off still does.
	must vdpactl function unbind "$function"
	run vdpactl function bind "$function" igb
	expect_rc 1
	expect_eq "$(pci_driver_of "$card")" ''
	expect_eq "$(override_of "$card")" none
	must vdpactl function bind "$function" virtio-pci
}

test_the_one_before_takes_its_time_to_take_it_again() {
	igb_vfs 1
	test_nic
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	knob vf_probe 'sleep=2500'
	run vdpactl function bind "pci/$vf0" virtio-pci
	expect_rc 1
	expect_match "cannot bind pci/$vf0 to virtio-pci: .*; vdpatest-vf has it again\$" "$err"
	expect_eq "$(pci_driver_of "$vf0")" vdpatest-vf
	knob vf_probe 'sleep=9000'
	run vdpactl --timeout 1 function bind "pci/$vf0" virtio-pci
	expect_rc 75
	expect_match "virtio-pci has refused pci/$vf0, and giving it back to vdpatest-vf takes longer" "$err"
	wait_until 60 vdpa mgmtdev show "pci/$vf0"
	wait_until 60 no_vdpactl
}

test_an_ordinary_user_may_look() {
	load vp_vdpa
	must as_user vdpactl list functions --json
	expect_json '.functions | length' 3
	must as_user vdpactl tree
	must as_user vdpactl show "$function"
	run as_user vdpactl function bind "$function" vp-vdpa
	expect_rc 77
	run as_user vdpactl function unbind "$function"
	expect_rc 77
	expect_eq "$(pci_driver_of "$card")" virtio-pci
}

# ---- the test NIC's habits ----

# A device that no management device made: it is not removed unasked.
test_a_device_of_the_driver_itself() {
	load vhost_vdpa
	igb_vfs 1
	test_nic persona=snet
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	name=$(vdpa_devices)
	[ -n "$(driver_of "$name")" ] || bind_vdpa "$name" vhost_vdpa
	refused 5 in-use function unbind "pci/$vf0"
	expect_match "its device $name has the driver vhost_vdpa; unbind that first" "$sentence"
	must vdpactl unbind "$name"
	must vdpactl function unbind "pci/$vf0"
	expect_eq "$(vdpa_devices)" ''
}

test_a_scalable_function_too() {
	load vhost_vdpa
	test_nic
	sf_parent 88
	must vdpactl create s0 --mgmtdev "$parent" --driver vhost_vdpa
	must vdpactl list functions --json
	expect_json ".functions[] | select(.sfnum == 88) | [.handle, .function, .pf, .mgmtdev]" \
		"[\"$parent\",\"sf\",\"pci/$nic\",\"$parent\"]"
	refused 5 collateral function unbind "pci/$nic"
	must vdpactl function unbind "$parent"
	expect_match '^removed s0'
	[ ! -e "/sys/bus/auxiliary/devices/${parent#*/}/driver" ]
	must vdpactl show "$parent" --json
	expect_json '[.driver, .mgmtdev]' '[null,null]'
}

test_a_probe_that_is_slow_late_or_deferred() {
	igb_vfs 1
	test_nic late_ms=1200
	knob vf_probe 'sleep=2500'
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	must vdpa mgmtdev show "pci/$vf0"
	must vdpactl function unbind "pci/$vf0"
	knob vf_probe 'errno=517 times=2'
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	must vdpactl function unbind "pci/$vf0"
	# At the deadline the caller is told, and it is finished all the same.
	knob vf_probe 'sleep=9000'
	run vdpactl --timeout 1 function bind "pci/$vf0" vdpatest-vf
	expect_rc 75
	expect_within 8000
	wait_until 60 vdpa mgmtdev show "pci/$vf0"
	wait_until 60 no_vdpactl
}

test_a_function_that_is_removed_is_a_normal_end() {
	igb_vfs 1
	test_nic
	knob vf_probe 'sleep=3000'
	start vdpactl function bind "pci/$vf0" vdpatest-vf
	wait_until 60 grep -q 'calls=[1-9]' "$knobs/vf_probe"
	echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	ended
	# It has been bound for a moment, and whether that was seen is chance; then it has no driver
	# before it has no folder.
	[ "$rc" -eq 0 ] ||
		expect_match "vdpactl: .*(was removed meanwhile|no function|has lost it again)" "$(<"$started_out")"
	[ ! -e "/sys/bus/pci/devices/$vf0" ]
	wait_until 60 no_vdpactl
}

test_a_driver_that_is_unloaded_is_a_normal_end() {
	igb_vfs 1
	test_nic
	knob vf_probe 'sleep=2000'
	start vdpactl function bind "pci/$vf0" vdpatest-vf
	wait_until 60 grep -q 'calls=[1-9]' "$knobs/vf_probe"
	modprobe -r vdpatest
	ended
	# It has been bound for a moment, and whether that was seen is chance.
	[ "$rc" -eq 0 ] || expect_match 'vdpactl: .*(has lost it again|cannot bind)' "$(<"$started_out")"
	expect_eq "$(pci_driver_of "$vf0")" ''
	wait_until 60 no_vdpactl
}

# ---- what there is ----

test_functions_are_listed() {
	local handle
	load igb virtio_net
	must vdpactl list functions --json
	expect_json '[.functions[].handle]' \
		"[\"$function\",\"pci/${virtio_cards[1]}\",\"pci/$igb\"]"
	expect_json '.functions[2] | [.function, .driver, .sriov_totalvfs, .sriov_numvfs]' '["pf","igb",7,0]'
	igb_vfs 3
	test_nic
	mdev "$uuid"
	must vdpactl list functions --json
	expect_json '[.functions[].function]' \
		'["pf","pf","pf","pf","pf","vf","vf","vf","mdev"]'
	expect_json ".functions[] | select(.uuid == \"$uuid\") | [.handle, .mgmtdev]" \
		"[\"mdev/$uuid\",\"mdev/$uuid\"]"
	expect_json '[.functions[] | select(.function == "vf") | .vf_index]' '[0,1,2]'
	for handle in $(jq -r '.functions[].handle' <<<"$out"); do
		must vdpactl show "$handle"
	done
	must vdpactl list functions
	expect_match "pci/$igb +pf +- +igb +[a-z0-9]+ +- +3/7"
	refused 64 usage list functions --holders
	refused 4 no-such-device show pci/0000:ff:00.0
}

# The machine has one NUMA node; what the kernel does not know can be written to it.
test_where_a_function_is_and_who_stands_for_it() {
	local representor
	load vp_vdpa vdpa_sim_net
	test_nic
	echo 0 >"/sys/bus/pci/devices/$nic/numa_node"
	sf_parent 88
	sf_port 89
	must devlink -j port show
	representor=$(jq -r '.port[] | select(.sfnum == 88) | .netdev' <<<"$out")
	must vdpactl list functions --json
	expect_json '.functions[] | select(.sfnum == 88) | [.numa_node, .representor, .netdev]' \
		"[0,\"$representor\",null]"
	must vdpactl show "$parent" --json
	expect_json '[.function, .numa_node, .sfnum, .pf]' "[\"sf\",0,88,\"pci/$nic\"]"
	must vdpactl list functions
	expect_match "$parent +sf +pci/$nic .* $representor .* 0"
	must vdpactl tree
	expect_match "$parent \\(SF 88, vdpatest.sf, representor $representor, NUMA node 0\\)"
	# Where nothing is known there is nothing.
	must vdpactl function bind "$function" vp-vdpa
	must vdpactl list mgmtdevs --json
	expect_json '[.mgmtdevs[] | [.handle, .numa_node, .dma_translation]] | sort' \
		"[[\"$parent\",0,null],[\"$function\",null,\"platform\"],[\"vdpasim_net\",null,\"device\"]]"
	must vdpactl tree
	expect_match 'management device vdpasim_net \(net, DMA translation by device\)'
	must vdpactl function bind "$function" virtio-pci
}

test_the_tree_has_both_chains() {
	load vhost_vdpa virtio_vdpa virtio_net vdpa_sim_net vdpa_sim_blk
	vf_parent
	must vdpactl create v0 --mgmtdev "$parent" --driver vhost_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --driver virtio_vdpa
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver none
	must vdpactl --json tree
	expect_json "[.tree[] | select(.name == \"pci/$igb\") | .. | .kind? // empty]" \
		'["function","function","mgmtdev","device","driver","chardev"]'
	expect_json '[.tree[] | select(.name == "vdpasim_net") | .. | .kind? // empty]' \
		'["mgmtdev","device","driver","virtio","netdev"]'
	expect_json '.tree[] | select(.name == "vdpasim_net") | .children[0] | [.name, .object.virtio.netdev == .children[0].children[0].children[0].name]' \
		'["n0",true]'
	must vdpactl tree
	expect_match "\`- $parent \\(VF 0, vdpatest-vf\\)
   \`- management device $parent \\(net\\)
      \`- v0 \\(net\\)
         \`- vhost_vdpa
            \`- /dev/vhost-vdpa-0
"
	expect_match $'\nmanagement device vdpasim_blk \\(block, DMA translation by device\\)\n`- b0 \\(block, no driver\\)'
	expect_eq "$(LC_ALL=C grep -c '[^ -~]' <<<"$out" || true)" 0
	LANG=C.UTF-8 script -qec 'vdpactl tree' shown </dev/null
	expect_match '└─ v0 \(net\)' "$(<shown)"
	LC_ALL=C script -qec 'vdpactl tree' shown </dev/null
	expect_match '`- v0 \(net\)' "$(<shown)"
	must vdpactl tree --dot
	expect_match '^digraph vdpa \{'
	expect_match 'label="/dev/vhost-vdpa-0"'
	expect_eq "$(grep -c -- '->' <<<"$out")" \
		"$(($(grep -c label <<<"$out") - $(vdpactl --json tree | jq '.tree | length')))"
	run vdpactl tree --dot --json
	expect_rc 64
}
