# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Virtual functions when their drivers fail, are late or never come, when the kernel takes its time,
# and when the card goes away in the middle.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/vf.sh
. "${BASH_SOURCE[0]%/*}/vf.sh"

# ---- drivers ----

test_a_driver_that_fails_is_said_and_can_be_tried_again() {
	card
	test_nic
	knob vf_probe 'errno=5'
	run vdpactl vf count "$pf" 2 --driver vdpatest-vf
	expect_rc 1
	expect_match "cannot bind pci/$vf0 to vdpatest-vf: Input/output error; $pf has its 2 VFs, 0 of them with that driver" "$err"
	vf_count_is 2
	expect_eq "$(<"$pf_dir/sriov_drivers_autoprobe")" 1
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	expect_eq "$(pci_driver_of "$vf0") $(pci_driver_of "$vf1")" 'vdpatest-vf vdpatest-vf'
}

# One at which the first VF has been bound already.
test_a_driver_that_fails_half_way_says_how_far_it_came() {
	card
	test_nic
	knob vf_probe 'sleep=2000'
	start vdpactl vf count "$pf" 2 --driver vdpatest-vf
	wait_until 60 grep -q 'calls=1' "$knobs/vf_probe"
	knob vf_probe 'errno=5'
	ended
	expect_rc 1
	expect_match "cannot bind pci/$vf1 to vdpatest-vf: .*; $pf has its 2 VFs, 1 of them with that driver" \
		"$(<"$started_out")"
	expect_eq "$(pci_driver_of "$vf0") $(pci_driver_of "$vf1")" 'vdpatest-vf '
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	expect_eq "$(pci_driver_of "$vf1")" vdpatest-vf
}

test_a_number_that_the_driver_refuses_leaves_what_was_before() {
	our_pf
	knob sriov errno=5
	run vdpactl vf count "$pf" 2 --driver vdpatest-vf
	expect_rc 1
	expect_match "cannot change the number of VFs of $pf: Input/output error; it has 0 VFs now" "$err"
	expect_eq "$(<"$pf_dir/sriov_numvfs") $(<"$pf_dir/sriov_drivers_autoprobe")" '0 1'
	must vdpactl vf count "$pf" 1 --driver vdpatest-vf
	must vdpactl create v0 --mgmtdev "pci/$vf0"
	# On the way to none: its device is gone by then, and that is said.
	knob sriov errno=16
	run vdpactl vf count "$pf" 0 --force
	expect_rc 1
	expect_match 'done: device-delete'
	expect_match "number of VFs of $pf: .*busy; it has 1 VFs now" "$err"
	expect_eq "$(<"$pf_dir/sriov_numvfs") $(pci_driver_of "$vf0")" '1 vdpatest-vf'
	# From some to others: the way through none ends there.
	knob sriov sleep=1500
	start vdpactl vf count "$pf" 2 --force
	wait_until 60 grep -q 'times=0' "$knobs/sriov"
	knob sriov errno=12
	ended
	expect_rc 1
	expect_match "number of VFs of $pf: Cannot allocate memory; it has 0 VFs now" "$(<"$started_out")"
	expect_eq "$(<"$pf_dir/sriov_numvfs")" 0
	pci_driver "$igb"
}

test_a_probe_that_is_deferred_comes() {
	card
	test_nic
	knob vf_probe 'errno=517 times=3'
	must vdpactl vf count "$pf" 1 --driver vdpatest-vf
	expect_eq "$(pci_driver_of "$vf0")" vdpatest-vf
	must vdpa mgmtdev show "pci/$vf0"
}

test_a_management_device_that_comes_late_is_waited_for() {
	test_nic late_ms=1500
	vf_parent
	must vdpa mgmtdev show "$parent"
	must vdpactl vf count "$pf" 0 --force
	echo -1 >"$parameters/late_ms"
	run vdpactl vf count "$pf" 1 --driver vdpatest-vf
	expect_rc 4
	expect_match 'no management device has come of it within 10 s; .* has its 1 VFs' "$err"
	expect_eq "$(pci_driver_of "$vf0")" vdpatest-vf
	# One with a device of its own needs none.
	must vdpactl vf count "$pf" 0 --force
	persona snet
	must vdpactl vf count "$pf" 1 --driver vdpatest-vf
	expect_match 'vdpa' "$(vdpa_devices)"
}

# ---- a kernel that takes its time ----

# For $1 ms the card's own driver is being probed, and whoever writes to it waits.
slow_card() {
	echo "$igb" >"$pf_dir/driver/unbind"
	echo vdpatest-vf >"$pf_dir/driver_override"
	knob vf_probe "sleep=$1"
	start sh -c "echo $igb >/sys/bus/pci/drivers/vdpatest-vf/bind"
	wait_until 60 grep -q 'calls=[1-9]' "$knobs/vf_probe"
}

test_a_write_that_hangs_costs_the_deadline_and_no_more() {
	card
	test_nic
	slow_card 12000
	run vdpactl --timeout 2 vf count "$pf" 2
	expect_rc 75
	expect_within 8000
	expect_match 'has not finished changing the number of VFs' "$err"
	# It still waits, and is the only one that does.
	expect_eq "$(pgrep -c -x vdpactl)" 2
	run vdpactl --timeout 1 vf set "$pf" 0 --trust on
	[ "$rc" -ne 0 ]
	expect_within 8000
	run vdpactl --timeout 1 vf count "$pf" 3
	expect_rc 75
	expect_match 'another process is still changing' "$err"
	# Others are not kept from anything.
	must vdpactl list
	must vdpactl list functions --json
	expect_json '.functions | length' 5
	# Then it ends by itself: that driver makes no VFs.
	wait_until 60 no_vdpactl
	expect_eq "$(<"$pf_dir/sriov_numvfs")" 0
	pci_driver "$igb"
}

# ---- the card goes away in the middle ----

test_a_card_that_is_removed_is_a_normal_end() {
	card
	test_nic
	knob vf_probe 'sleep=3000'
	start vdpactl vf count "$pf" 2 --driver vdpatest-vf
	wait_until 60 grep -q 'calls=[1-9]' "$knobs/vf_probe"
	echo 1 >"$pf_dir/remove"
	ended
	[ "$rc" -ne 0 ]
	run vdpactl vf count "$pf" 1
	echo 1 >/sys/bus/pci/rescan
	expect_rc 4
	expect_match 'no function' "$err"
	# The VFs go first, and either may be what is noticed.
	expect_match 'vdpactl: .*(was removed meanwhile|is gone again)' "$(<"$started_out")"
	wait_until 60 no_vdpactl
	card
	must vdpactl vf count "$pf" 1
	vf_count_is 1
}

# While the kernel changes the number of VFs, up or down.
test_a_card_that_goes_while_its_vfs_come_or_go() {
	local count
	for count in 2 0; do
		our_pf
		must vdpactl vf count "$pf" $((2 - count)) --force
		knob sriov sleep=1500
		start vdpactl vf count "$pf" "$count" --force
		wait_until 60 grep -q 'times=0 sleep=1500' "$knobs/sriov"
		if [ "$count" -eq 0 ]; then
			modprobe -r vdpatest
		else
			echo 1 >"$pf_dir/remove"
		fi
		ended
		[ "$rc" -eq 0 ] || expect_match "vdpactl: .*(was removed meanwhile|is gone again|$igb)" \
			"$(<"$started_out")"
		wait_until 60 no_vdpactl
		[ -e "$pf_dir" ] || echo 1 >/sys/bus/pci/rescan
		wait_until 60 test -e "$pf_dir"
		expect_eq "$(<"$pf_dir/sriov_numvfs")" 0
	done
	pci_driver "$igb"
}

test_a_driver_that_is_unloaded_is_a_normal_end() {
	card
	test_nic
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	must vdpactl create v0 --mgmtdev "pci/$vf0"
	knob dev_del 'sleep=2000'
	start vdpactl vf count "$pf" 0 --force
	wait_until 60 grep -q 'calls=[1-9]' "$knobs/dev_del"
	modprobe -r igb
	ended
	# Its VFs went with it, or before it: either way there are none.
	[ "$rc" -eq 0 ] || expect_match "vdpactl: .*$igb" "$(<"$started_out")"
	wait_until 60 no_vdpactl
	card
	vf_count_is 0
}
