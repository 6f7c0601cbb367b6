# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl mdev: mediated devices of the test NIC, which become management devices, and of
# mtty, which do not. The other witness is sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"
# shellcheck source=tests/flow/rounds.sh
. "${BASH_SOURCE[0]%/*}/rounds.sh"

pf=pci/$nic
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1001
other_uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa1002
mdevs=/sys/bus/mdev/devices

mdev_devices() { find "$mdevs" -mindepth 1 -printf '%f\n' 2>/dev/null | sort; }

available() { cat "$(mdev_types "$1")/$2/available_instances"; }

# The first, before a module is loaded.
test_lists_work_without_a_parent() {
	must vdpactl --json mdev types
	expect_eq "$out" '{"version":1,"types":[]}'
	must vdpactl --json mdev list
	expect_eq "$out" '{"version":1,"mdevs":[]}'
	refused 4 no-such-function mdev types mtty
}

test_types_agree_with_sysfs() {
	local parent type
	test_nic
	load mtty
	vdpactl --json mdev types >ours
	for parent in "$nic" "$other_nic" mtty; do
		for type in "$(mdev_types "$parent")"/*; do
			echo "${parent/#0000/pci\/0000} ${type##*/} $(<"$type/name") \
$(<"$type/device_api") $(<"$type/available_instances")"
		done
	done | sort >theirs
	jq -r '.types[] | [.parent, .type, .name, .device_api, .available_instances] | join(" ")' \
		ours | sort >ours.same
	must diff theirs ours.same
	expect_eq "$(wc -l <theirs)" 4
	must vdpactl --json mdev types mtty
	expect_json '[.types[].type]' '["mtty-1","mtty-2"]'
	expect_json '.types[0].description' null
	must vdpactl mdev types "$pf"
	expect_match "$pf +vdpatest-vdpa +4 +vdpa +vDPA network function +a vDPA management device"
	# By its handle alone.
	refused 4 no-such-function mdev types "$nic"
	must as_user vdpactl mdev types
}

test_from_nothing_to_vhost_and_back() {
	test_nic
	load vhost_vdpa
	must vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	expect_eq "$out" "created mdev $uuid on $pf: management device mdev/$uuid"
	expect_eq "$(mdev_devices)" "$uuid"
	must vdpactl --json mdev list
	expect_eq "$out" "{\"version\":1,\"mdevs\":[{\"uuid\":\"$uuid\",\"parent\":\"$pf\",\"type\":\"vdpatest-vdpa\",\"driver\":\"vdpatest-mdev\",\"mgmtdev\":\"mdev/$uuid\"}]}"
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev | keys' "[\"mdev/$uuid\"]"
	must vdpactl create n0 --mgmtdev "mdev/$uuid" --driver vhost_vdpa
	[ -c /dev/vhost-vdpa-0 ]
	must vdpactl mdev remove "$uuid"
	expect_eq "$out" "removed mdev $uuid"
	expect_eq "$(mdev_devices)$(vdpa_devices)" ''
	expect_eq "$(available "$nic" vdpatest-vdpa)" 4
}

test_parent_that_gives_no_vdpa() {
	load mtty
	must vdpactl mdev create mtty mtty-1 --uuid "$uuid"
	expect_eq "$out" "created mdev $uuid on mtty: no management device has come of it"
	expect_eq "$(basename "$(readlink "$mdevs/$uuid/mdev_type")")" mtty-1
	must vdpactl --json mdev list
	expect_json '.mdevs[0] | [.parent, .type, .driver, .mgmtdev]' '["mtty","mtty-1","mtty",null]'
	must vdpactl mdev remove "$uuid"
	expect_eq "$(mdev_devices)" ''
}

test_uuid_is_made_where_none_is_given() {
	load mtty
	must vdpactl mdev create mtty mtty-2
	expect_match "^created mdev $(mdev_devices) on mtty"
	expect_match '^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$' \
		"$(mdev_devices)"
	must vdpactl --json mdev create mtty mtty-2
	expect_eq "$(mdev_devices | wc -l)" 2
	grep -qx "$(jq -r '.results[0].arguments.uuid' <<<"$out")" < <(mdev_devices)
}

test_uuid_may_be_written_in_capitals() {
	load mtty
	must vdpactl mdev create mtty mtty-1 --uuid "${uuid^^}"
	expect_eq "$(mdev_devices)" "$uuid"
	must vdpactl mdev remove "${uuid^^}"
	expect_eq "$(mdev_devices)" ''
}

test_what_is_refused() {
	load mtty
	must vdpactl mdev create mtty mtty-1 --uuid "$uuid"
	refused 64 usage mdev create mtty
	refused 64 usage mdev remove
	local wrong
	refused 64 invalid-value mdev create mtty mtty-1 --uuid x
	for wrong in '' "${uuid%?}" "${uuid}0" "${uuid/-/_}" "${uuid/8/g}" "{${uuid:1}"; do
		run vdpactl mdev create mtty mtty-1 --uuid "$wrong"
		expect_rc 64
		run vdpactl mdev remove "$wrong"
		expect_rc 64
	done
	refused 4 no-such-function mdev create pci/0000:00:1f.7 mtty-1
	refused 4 no-such-function mdev create ../mtty mtty-1
	refused 4 no-such-function mdev create mtty mtty-3
	refused 4 no-such-function mdev create mtty ../mtty-1
	refused 4 no-such-function mdev remove "$other_uuid"
	refused 1 exists mdev create mtty mtty-1 --uuid "$uuid"
	refused 1 exists mdev create mtty mtty-2 --uuid "$uuid"
	expect_eq "$(mdev_devices)" "$uuid"
	run as_user vdpactl mdev create mtty mtty-1
	expect_rc 77
	run as_user vdpactl mdev remove "$uuid"
	expect_rc 77
	expect_eq "$(mdev_devices)" "$uuid"
}

test_parent_without_room_says_so() {
	test_nic mdevs=1
	must vdpactl mdev create "$pf" vdpatest-vdpa
	refused 1 mgmtdev-full mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	# The kernel says it too, to who has not looked before.
	run step mdev-create "$pf" mdev_type=vdpatest-vdpa "uuid=$uuid"
	expect_rc 1
	expect_json .error.code mgmtdev-full "$err"
	expect_eq "$(mdev_devices | wc -l)" 1
}

test_steps_can_be_repeated() {
	load mtty
	must step mdev-create mtty mdev_type=mtty-1 "uuid=$uuid"
	must step mdev-create mtty mdev_type=mtty-1 "uuid=$uuid"
	run step mdev-create mtty mdev_type=mtty-2 "uuid=$uuid"
	expect_rc 1
	expect_json .error.code exists "$err"
	must step mdev-remove "$uuid"
	must step mdev-remove "$uuid"
	expect_eq "$(mdev_devices)" ''
}

test_failure_leaves_nothing() {
	test_nic
	knob mdev_create errno=5
	run vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	expect_rc 1
	expect_match "cannot create mdev $uuid of type vdpatest-vdpa on $pf: Input/output error" "$err"
	expect_eq "$(mdev_devices)" ''
	expect_eq "$(available "$nic" vdpatest-vdpa)" 4
}

test_slow_driver_is_waited_for_without_us() {
	test_nic
	knob mdev_create sleep=6000
	run vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid" --timeout 1
	expect_rc 75
	expect_within 5500
	wait_until 60 no_vdpactl
	expect_eq "$(mdev_devices)" "$uuid"
	must vdpactl create n0 --mgmtdev "mdev/$uuid" --driver none
	must vdpactl mdev remove "$uuid"
}

test_late_management_device_is_waited_for() {
	test_nic late_ms=2000
	must vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	[ "$took" -ge 2000 ]
	expect_eq "$out" "created mdev $uuid on $pf: management device mdev/$uuid"
	has_mgmtdev "mdev/$uuid"
	run vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$other_uuid" --timeout 1
	expect_rc 75
	expect_match 'is there, but its management device has not come yet' "$err"
	wait_until 60 has_mgmtdev "mdev/$other_uuid"
	wait_until 60 no_vdpactl
}

test_management_device_that_never_comes() {
	test_nic late_ms=-1
	must vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	expect_eq "$out" "created mdev $uuid on $pf: no management device has come of it"
	must vdpactl --json mdev list
	expect_json '.mdevs[0].mgmtdev' null
	must vdpactl mdev remove "$uuid"
	expect_eq "$(mdev_devices)" ''
}

test_device_in_use_keeps_its_mdev() {
	test_nic
	load vhost_vdpa
	must vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	must vdpactl create n0 --mgmtdev "mdev/$uuid" --driver vhost_vdpa
	start_ready open holder /dev/vhost-vdpa-0
	refused 5 in-use mdev remove "$uuid"
	expect_within 1000
	expect_match "pid $started \(holder\)" "$sentence"
	expect_eq "$(mdev_devices) $(driver_of n0)" "$uuid vhost_vdpa"
	stop "$started"
	must vdpactl mdev remove "$uuid"
	expect_eq "$(mdev_devices)$(vdpa_devices)" ''
}

test_machine_that_has_it_by_vfio_keeps_its_mdev() {
	local group
	load mtty
	must vdpactl mdev create mtty mtty-1 --uuid "$uuid"
	group=$(basename "$(readlink "$mdevs/$uuid/iommu_group")")
	start_ready open holder "/dev/vfio/$group"
	refused 5 in-use mdev remove "$uuid"
	expect_within 1000
	expect_match "pid $started \(holder\) has it open by VFIO" "$sentence"
	expect_eq "$(mdev_devices)" "$uuid"
	stop "$started"
	must vdpactl mdev remove "$uuid"
}

create_is_called() { [ "$(calls mdev_create)" -gt 0 ]; }

remove_parent() { echo 1 >"/sys/bus/pci/devices/$nic/remove"; }

test_parent_goes_in_the_middle() {
	local way
	for way in remove_parent 'modprobe -r vdpatest'; do
		test_nic
		knob mdev_create sleep=1500
		start vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
		wait_until 60 create_is_called
		$way
		wait_until 60 no_vdpactl
		expect_eq "$(mdev_devices)" ''
		rc=0
		wait "$started" || rc=$?
		unset "children[$started]"
		show "$started_out" out
		# It had been there for a moment, or not.
		[ "$rc" -le 1 ] || expect_rc 4
		echo 1 >/sys/bus/pci/rescan
	done
	test_nic
	wait_until 60 test -e "/sys/bus/pci/drivers/vdpatest/$nic"
	must vdpactl mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
}

mdev_round() {
	vdpactl -q mdev create "$pf" vdpatest-vdpa --uuid "$uuid"
	vdpactl -q create n0 --mgmtdev "mdev/$uuid" --driver vhost_vdpa
	vdpactl -q mdev remove "$uuid"
}

test_fifty_rounds_leave_nothing() {
	test_nic
	load vhost_vdpa
	without_leak mdev_round
	steps_without_leak mdev-create "$pf" mdev_type=vdpatest-vdpa "uuid=$uuid" \
		-- device-create n0 "uuid=$uuid" -- driver-bind n0 driver=vhost_vdpa \
		-- driver-unbind n0 -- device-delete n0 -- mdev-remove "$uuid"
	expect_eq "$(available "$nic" vdpatest-vdpa)" 4
}
