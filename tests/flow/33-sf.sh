# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl sf: from nothing to a device and back, and what is refused. The other witnesses are
# devlink, vdpa and sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/sf.sh
. "${BASH_SOURCE[0]%/*}/sf.sh"
# shellcheck source=tests/flow/rounds.sh
. "${BASH_SOURCE[0]%/*}/rounds.sh"

# ---- what is made ----

# The first, before a module is loaded.
test_list_works_without_vdpa_in_the_kernel() {
	[ ! -e /sys/bus/vdpa ]
	must vdpactl --json sf list
	expect_eq "$out" '{"version":1,"sfs":[]}'
}

test_from_nothing_to_vhost_and_back() {
	local before
	test_nic
	load vhost_vdpa
	switchdev
	before=$(state)
	must sf_add 88 --mac "$mac"
	sf=$(sf_device 88)
	parent=auxiliary/$sf
	expect_eq "$out" "added SF 88 to $pf: management device $parent"
	must devlink -j port show
	expect_json '.port | keys' "[\"$pf/32768\"]"
	expect_json '.port[] | [.flavour, .pfnum, .sfnum, .function.hw_addr, .function.state,
		.function.opstate]' "[\"pcisf\",0,88,\"$mac\",\"active\",\"attached\"]"
	must devlink -j dev param show "$parent"
	expect_json '[.param[][] | [.name, .values[0].value]] | sort' \
		'[["enable_eth",false],["enable_rdma",false],["enable_vnet",true]]'
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | keys' "[\"$parent\"]"

	must vdpactl create n0 --mgmtdev "$parent" --driver vhost_vdpa
	[ -c /dev/vhost-vdpa-0 ]
	must vdpa -j dev config show n0
	expect_json .config.n0.mac "$mac"
	must vdpactl sf del "$pf" --sfnum 88
	expect_eq "$out" "removed SF 88 of $pf"
	expect_eq "$(vdpa_devices)" ''
	[ ! -e /dev/vhost-vdpa/by-name/n0 ]
	is_state "$before"
}

# shellcheck disable=SC2016  # jq's variables
test_sf_list_agrees_with_devlink() {
	test_nic
	switchdev
	switchdev "$other_nic"
	add_sf 1
	must vdpactl sf add "pci/$other_nic" --sfnum 1 --mac "$mac"
	sf_port 7
	must devlink -j port show
	theirs=$(jq -c '[.port | to_entries[] | {port: .key, sfnum: .value.sfnum,
		mac: .value.function.hw_addr, state: .value.function.state,
		opstate: .value.function.opstate, representor: .value.netdev}] | sort_by(.port)' <<<"$out")
	must as_user vdpactl --json sf list
	expect_json '[.sfs[] | del(.pf, .handle, .mgmtdev)]' "$(jq -c . <<<"$theirs")" \
		"$(jq -c . <<<"$out")"
	expect_json '[.sfs[] | [.pf, .handle, .mgmtdev]]' "$(jq -nc '[
		[$pf, $one, $one], [$pf, null, null], [$other, $two, $two]]' \
		--arg pf "$pf" --arg other "pci/$other_nic" --arg one "$parent" \
		--arg two "auxiliary/$(sf_device 1 "$other_nic")")"
	expect_json 'keys' '["sfs","version"]'
	must vdpactl sf list
	expect_match "$pf +7 +inactive +detached +00:00:00:00:00:00 +- +- +[a-z0-9]+"
}

test_mode_of_the_eswitch_is_changed_only_when_asked() {
	local before
	test_nic
	before=$(state)
	refused 1 unsupported sf add "$pf" --sfnum 1
	expect_match 'legacy mode; --eswitch switchdev changes that' "$sentence"
	is_state "$before"
	must sf_add 1 --eswitch switchdev
	must devlink -j dev eswitch show "$pf"
	expect_json ".dev[\"$pf\"].mode" switchdev
	expect_eq "$(calls eswitch)" 1
	must sf_add 2 --eswitch switchdev
	must sf_add 3
	expect_eq "$(calls eswitch)" 1
}

test_what_is_there_is_done() {
	test_nic
	add_sf 1
	must sf_add 1
	expect_eq "$out" "there is SF 1 already on $pf: management device $parent"
	must vdpactl --json sf add "$pf" --sfnum 1
	expect_eq "$out" '{"version":1,"results":[]}'
	expect_eq "$(calls port_new) $(calls fn_state) $(calls reload)" '1 1 1'
	must sf_add 1 --mac "$mac"
	port_is "$pf/32768" ".function.hw_addr == \"$mac\""
	expect_eq "$(calls port_new) $(calls fn_state) $(calls reload)" '1 1 1'
	expect_eq "$(sf_device 1)" "$sf"
}

test_what_is_there_by_half_is_completed() {
	test_nic
	switchdev
	sf_port 1
	must sf_add 1 --mac "$mac"
	has_mgmtdev "auxiliary/$(sf_device 1)"
	port_is "$port" ".function.hw_addr == \"$mac\""
	sf_port 2
	sf_on "$port" 2
	must sf_add 2
	has_mgmtdev "auxiliary/$sf"
	# Somebody set the parameter, and did not reload.
	sf_port 3
	sf_on "$port" 3
	must devlink dev param set "auxiliary/$sf" name enable_vnet value true cmode driverinit
	must sf_add 3
	has_mgmtdev "auxiliary/$sf"
	expect_eq "$(calls port_new)" 3
}

test_parameters_of_a_foreign_sf_stay() {
	test_nic
	switchdev
	sf_port 1
	sf_on "$port" 1
	must devlink dev param set "auxiliary/$sf" name enable_eth value true cmode driverinit
	must sf_add 1
	must devlink -j dev param show "auxiliary/$sf"
	expect_json '[.param[][] | select(.values[0].value) | .name]' '["enable_eth","enable_vnet"]'
}

test_personas_without_the_parameter() {
	local name
	test_nic
	switchdev
	for name in ifcvf octep; do
		persona "$name"
		must sf_add 1
		must vdpa -j mgmtdev show
		expect_json '.mgmtdev | keys' "[\"auxiliary/$(sf_device 1)\"]"
		must vdpactl sf del "$pf" --sfnum 1
	done
}

test_many_at_once() {
	local number pids=()
	test_nic
	must devlink dev eswitch set "$pf" mode switchdev
	for number in 1 2 3 1 2 3; do
		sf_add "$number" >"said.$number.${#pids[@]}" 2>&1 &
		pids+=($!)
	done
	for number in "${pids[@]}"; do
		wait "$number"
	done
	must devlink -j port show
	expect_json '[.port[].sfnum] | sort' '[1,2,3]'
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | length' 3
	expect_eq "$(calls port_new)" 3
}

# ---- what is refused ----

test_refused_before_the_kernel_is_asked() {
	test_nic
	refused 64 usage sf
	refused 64 usage sf add
	refused 64 usage sf add "$pf"
	expect_match '--sfnum N is missing' "$sentence"
	refused 64 usage sf del "$pf"
	refused 64 usage sf remove "$pf"
	refused 64 usage sf list "$pf"
	refused 64 usage sf add "$pf" --sfnum 1 --force
	refused 64 invalid-value sf add "$pf" --sfnum 4294967296
	refused 64 invalid-value sf add "$pf" --sfnum -1
	refused 64 invalid-value sf add "$pf" --sfnum 1 --mac 01:00:5e:00:00:01
	refused 64 invalid-value sf add "$pf" --sfnum 1 --eswitch legacy
	refused 4 no-such-function sf add "$nic" --sfnum 1
	refused 4 no-such-function sf add pci/0000:00:1f.7 --sfnum 1
	refused 4 no-such-function sf del pci/0000:00:1f.7 --sfnum 1
	refused 4 no-such-function sf del "$pf" --sfnum 1
	expect_match "there is no SF 1 on $pf" "$sentence"
	expect_eq "$(calls port_new) $(calls eswitch)" '0 0'
}

test_an_ordinary_user_may_only_look() {
	test_nic
	add_sf 1
	must as_user vdpactl sf list
	run as_user vdpactl sf add "$pf" --sfnum 2
	expect_rc 77
	run as_user vdpactl sf del "$pf" --sfnum 1
	expect_rc 77
	has_mgmtdev "$parent"
}

test_what_is_full_says_so() {
	test_nic sfs=1
	add_sf 1
	refused 1 mgmtdev-full sf add "$pf" --sfnum 2
	must vdpactl create n0 --mgmtdev "$parent" --driver none
	refused 1 mgmtdev-full create n1 --mgmtdev "$parent" --driver none
	has_mgmtdev "$parent"
}

# ---- sf del ----

test_device_in_use_keeps_its_sf() {
	local before
	test_nic
	load vhost_vdpa
	add_sf 1
	must vdpactl create n0 --mgmtdev "$parent" --driver vhost_vdpa
	start_ready open holder /dev/vhost-vdpa-0
	before=$(state)
	refused 5 in-use sf del "$pf" --sfnum 1
	expect_within 1000
	expect_match "pid $started \(holder\)" "$sentence"
	is_state "$before"
	expect_eq "$(driver_of n0)" vhost_vdpa
	run vdpactl sf del "$pf" --sfnum 1 --force --timeout 1
	expect_rc 75
	vdpa mgmtdev show >/dev/null
	stop "$started"
	wait_for_vdpactl
	expect_eq "$(sf_device 1 || true)" ''
	expect_eq "$(vdpa_devices)" ''
}

test_interface_in_use_keeps_its_sf() {
	test_nic
	load virtio_net virtio_vdpa
	add_sf 1
	must vdpactl create n0 --mgmtdev "$parent" --driver virtio_vdpa
	interface=$(vdpactl --json show n0 | jq -r .virtio.netdev)
	ip link set "$interface" up
	ip address add 192.0.2.1/24 dev "$interface"
	refused 5 in-use sf del "$pf" --sfnum 1
	expect_within 1000
	expect_match "$interface is up with an address" "$sentence"
	has_mgmtdev "$parent"
	ip address flush dev "$interface"
	must vdpactl sf del "$pf" --sfnum 1
}

# The kernel puts the virtio devices of all SFs into the folder of their PF.
test_each_device_has_its_own_interface() {
	local number
	test_nic
	load virtio_net virtio_vdpa
	for number in 1 2 3; do
		add_sf "$number"
		must vdpactl create "n$number" --mgmtdev "$parent" --driver virtio_vdpa \
			--mac "02:00:00:00:01:0$number"
	done
	must vdpactl --json list
	for number in 1 2 3; do
		interface=$(jq -r ".devices[] | select(.name == \"n$number\")
			| .virtio.netdev" <<<"$out")
		expect_eq "$(<"/sys/class/net/$interface/address")" "02:00:00:00:01:0$number"
	done
	ip netns add elsewhere
	ip link set "$interface" netns elsewhere
	refused 5 in-use sf del "$pf" --sfnum 3
	expect_match 'in another network namespace' "$sentence"
	interface=$(vdpactl --json show n2 | jq -r .virtio.netdev)
	ip link set "$interface" netns elsewhere
	# Whose is which nobody can tell now; that neither may go is known.
	refused 5 in-use sf del "$pf" --sfnum 2
	refused 5 in-use unbind n3
	must vdpactl sf del "$pf" --sfnum 1
	ip netns del elsewhere
	wait_until 60 vdpactl sf del "$pf" --sfnum 2
	wait_until 60 vdpactl sf del "$pf" --sfnum 3
}

test_failure_of_sf_del_says_what_is_left() {
	test_nic
	add_sf 1
	knob fn_state 'errno=22 text=stays on'
	run vdpactl sf del "$pf" --sfnum 1
	expect_rc 1
	expect_match "SF 1 of $pf, which is left active: making it inactive failed: .*stays on" "$err"
	has_mgmtdev "$parent"
	knob port_del 'errno=16 text=cannot let go'
	run vdpactl sf del "$pf" --sfnum 1
	expect_rc 1
	expect_match "which is left inactive: deleting its port failed: .*cannot let go" "$err"
	port_is "$pf/32768" '.function.state == "inactive"'
	must vdpactl sf del "$pf" --sfnum 1
	must devlink -j port show
	expect_json .port '{}'
}

test_function_that_does_not_let_go_is_waited_for() {
	test_nic
	add_sf 1
	must vdpactl create n0 --mgmtdev "$parent" --driver none
	# With its device the management device goes in the kernel's time.
	knob dev_del sleep=4000
	run vdpactl sf del "$pf" --sfnum 1 --timeout 2
	expect_rc 75
	wait_for_vdpactl 20
	must devlink -j port show
	expect_json .port '{}'
}

# ---- again and again ----

sf_round() {
	vdpactl -q sf add "$pf" --sfnum 88
	vdpactl -q create n0 --mgmtdev "auxiliary/$(sf_device 88)" --driver vhost_vdpa
	vdpactl -q sf del "$pf" --sfnum 88
}

test_fifty_rounds_leave_nothing() {
	local before
	test_nic
	load vhost_vdpa
	switchdev
	before=$(state)
	without_leak sf_round
	steps_without_leak sf-add "$pf" sfnum=88 -- device-create n0 "pf=$pf" sfnum=88 \
		-- driver-bind n0 driver=vhost_vdpa -- driver-unbind n0 -- device-delete n0 \
		-- sf-del "$pf" sfnum=88
	is_state "$before"
}
