# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl sf when any part of it fails, is late, never comes or goes away: nothing is left that was
# not said.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/sf.sh
. "${BASH_SOURCE[0]%/*}/sf.sh"

# ---- what fails ----

# fails REGEX: an sf add, with what the kernel said, and then all is as it was.
fails() {
	run sf_add 5 --mac "$mac" --eswitch switchdev
	expect_rc 1
	expect_eq "$out" ''
	expect_eq "$(wc -l <<<"$err")" 1
	expect_match "$1" "$err"
	wait_until 60 is_state "$before"
}

test_failure_of_each_step_ends_in_the_state_before() {
	local before mode operation
	test_nic
	for mode in legacy switchdev; do
		must devlink dev eswitch set "$pf" mode "$mode"
		before=$(state)
		knob port_new 'errno=5 text=no luck today'
		fails 'adding its port failed.* no luck today'
		knob fn_hw_addr 'errno=95 text=no address for you'
		fails 'setting its MAC failed.*no address for you.* undone'
		knob fn_state 'errno=22 text=not this one'
		fails 'activating it failed.*not this one.* undone'
		knob reload 'errno=5 text=stays as it is'
		fails 'reloading it failed.*stays as it is.* undone'
		knob reload_up 'errno=12 text=came down, cannot go up'
		fails 'reloading it failed.*came down, cannot go up.* undone'
	done
	must devlink dev eswitch set "$pf" mode legacy
	before=$(state)
	knob eswitch 'errno=16 text=flows in the way'
	fails 'switchdev mode failed.*flows in the way'
	must sf_add 5 --eswitch switchdev
}

test_what_was_there_before_stays_when_it_cannot_be_completed() {
	local before
	test_nic
	switchdev
	sf_port 5
	must devlink port function set "$port" hw_addr 02:00:00:00:00:01
	before=$(state)
	knob fn_state 'errno=22 text=not this one'
	fails 'activating it failed.*not this one.* undone'
	knob reload 'errno=5 text=stays as it is'
	fails 'reloading it failed.*stays as it is.* undone'
	sf_on "$port" 5
	before=$(state)
	knob reload 'errno=5 text=stays as it is'
	fails 'reloading it failed.*stays as it is'
	must devlink -j dev param show "auxiliary/$sf" name enable_vnet
	expect_json '.param[][0].values[0].value' false
	port_is "$port" '.function | .hw_addr == "02:00:00:00:00:01" and .state == "active"'
}

test_what_cannot_be_undone_is_named() {
	test_nic
	switchdev
	knob fn_hw_addr 'errno=5 text=no address for you'
	knob port_del 'errno=16 text=cannot let go'
	run sf_add 5 --mac "$mac"
	expect_rc 1
	expect_match "setting its MAC failed: .*no address for you; its port $pf/32768 is left, inactive \(.*cannot let go\)" "$err"
	port_is "$pf/32768" '.function.state == "inactive"'
	must vdpactl sf del "$pf" --sfnum 5

	knob reload 'errno=5 text=stays as it is'
	knob fn_state 'times=0'
	run sf_add 5 --mac "$mac"
	expect_match 'undone' "$err"
	wait_until 60 test -z "$(sf_device 5 || true)"
}

# Wherever it is killed, the next one completes it. Between two calls that change something
# there is one that looks.
test_killed_anywhere_it_is_completed_by_the_next() {
	local k
	test_nic
	switchdev
	for ((k = 1; k < 200; k += 2)); do
		if ! stopped_after sendto "$k" vdpactl sf add "$pf" --sfnum 5 --mac "$mac"; then
			break
		fi
		kill -KILL "$stopped"
		stopped=
		wait "$started" || true
		unset "children[$started]"
		wait_for_vdpactl
		must sf_add 5 --mac "$mac"
		has_mgmtdev "auxiliary/$(sf_device 5)"
		must vdpactl sf del "$pf" --sfnum 5
	done
	printf 'killed after up to %s calls\n' "$((k - 1))"
	[ "$k" -gt 10 ]
	must devlink -j port show
	expect_json '.port | length' 1
}

# ---- what is late ----

test_late_management_device_is_waited_for() {
	test_nic late_ms=3000
	switchdev
	must sf_add 1
	[ "$took" -ge 3000 ]
	has_mgmtdev "auxiliary/$(sf_device 1)"
}

test_late_function_is_waited_for() {
	test_nic
	switchdev
	knob sf_attach sleep=2000
	must sf_add 1
	[ "$took" -ge 2000 ]
	knob sf_probe sleep=2000
	must sf_add 2
	[ "$took" -ge 2000 ]
	has_mgmtdev "auxiliary/$(sf_device 2)"
}

test_deferred_probe_is_waited_for() {
	test_nic
	switchdev
	knob sf_probe errno=517
	start vdpactl sf add "$pf" --sfnum 1
	wait_until 60 sf_device 1
	sleep 1
	kill -0 "$started"
	# The kernel tries again when another driver has found its device.
	sf_port 2
	sf_on "$port" 2
	wait "$started"
	unset "children[$started]"
	has_mgmtdev "auxiliary/$(sf_device 1)"
}

test_what_is_not_there_in_time_comes_later() {
	test_nic
	switchdev
	knob sf_attach sleep=9000
	run sf_add 1 --timeout 4
	expect_rc 75
	expect_within 12000
	expect_match "SF 1 of $pf \(port $pf/32768\) is not there yet: its port is active, but its function has not come" "$err"
	wait_for_vdpactl 30
	has_mgmtdev "auxiliary/$(sf_device 1)"

	knob sf_attach sleep=3000
	run vdpactl --json sf add "$pf" --sfnum 3 --timeout 1
	expect_rc 75
	expect_json .error.code timeout "$err"
	expect_json '.results[0] | [.operation, .target, .status, .arguments.sfnum]' \
		"[\"sf-add\",\"$pf\",\"failed\",3]"
	wait_for_vdpactl 30
}

# All at once, because each of them waits for a minute.
test_what_never_comes_is_undone() {
	local before left left_out taken taken_out never never_out
	test_nic
	switchdev
	before=$(state)
	knob sf_attach errno=5 times=3
	# It gives up first, and the first thing that it undoes fails.
	start vdpactl sf add "$pf" --sfnum 1 --timeout 100
	left=$started left_out=$started_out
	wait_until 60 port_is "$pf/32768" '.function.state == "active"'
	start vdpactl sf add "$pf" --sfnum 2 --timeout 100
	taken=$started taken_out=$started_out
	wait_until 60 port_is "$pf/32769" '.function.state == "active"'
	run sf_add 3 --timeout 2
	expect_rc 75
	port_is "$pf/32770" '.function | .state == "active" and .opstate == "detached"'
	echo -1 >"$parameters/late_ms"
	start vdpactl sf add "$pf" --sfnum 4 --timeout 100
	never=$started never_out=$started_out
	wait_until 60 sf_device 4
	sleep 1
	knob fn_state 'errno=22 text=stays active'
	wait_until 120 no_vdpactl

	rc=0
	wait "$left" || rc=$?
	expect_rc 4
	expect_match "its port is active, but its function has not come within 60 s; its port $pf/32768 is left, active \(.*stays active\)" \
		"$(<"$left_out")"
	rc=0
	wait "$taken" || rc=$?
	expect_rc 4
	expect_match 'within 60 s; what had been done is undone' "$(<"$taken_out")"
	rc=0
	wait "$never" || rc=$?
	expect_rc 4
	expect_match 'no management device has come of it within 60 s; what had been done is undone' \
		"$(<"$never_out")"
	children=()
	must vdpactl --json sf list
	expect_json '[.sfs[].sfnum]' '[1]'
	must vdpactl sf del "$pf" --sfnum 1
	is_state "$before"
}

test_removed_by_somebody_while_it_is_waited_for() {
	test_nic
	switchdev
	knob sf_attach errno=5
	start vdpactl sf add "$pf" --sfnum 1
	wait_until 60 port_is "$pf/32768" '.function.state == "active"'
	must vdpactl sf del "$pf" --sfnum 1
	rc=0
	wait "$started" || rc=$?
	unset "children[$started]"
	expect_rc 1
	expect_match 'somebody removed it meanwhile' "$(<"$started_out")"
	must devlink -j port show
	expect_json .port '{}'
}

# ---- what goes away ----

# meanwhile OPERATION COMMAND…: an sf add during which the operation takes its time, and
# meanwhile the command runs. It has to end by itself, soon, and not by a crash.
meanwhile() {
	local operation=$1 calls
	shift
	calls=$(calls "$operation")
	knob "$operation" sleep=1500
	start vdpactl sf add "$pf" --sfnum 1 --mac "$mac" --eswitch switchdev --timeout 20
	wait_until 60 is_called "$operation" "$calls"
	"$@"
	wait_until 60 no_vdpactl
	rc=0
	wait "$started" || rc=$?
	unset "children[$started]"
	show "$started_out" out
	[ "$rc" -eq 0 ] || [ "$rc" -eq 1 ] || expect_rc 4
}

is_called() { [ "$(calls "$1")" -gt "$2" ]; }

remove_pf() { echo 1 >"/sys/bus/pci/devices/$nic/remove"; }

rescan() {
	echo 1 >/sys/bus/pci/rescan
	wait_until 60 test -e "/sys/bus/pci/drivers/vdpatest/$nic"
}

test_pf_is_removed_in_the_middle() {
	local operation
	test_nic
	for operation in eswitch port_new fn_hw_addr fn_state sf_attach sf_probe reload reload_up; do
		meanwhile "$operation" remove_pf
		[ "$rc" -ne 0 ]
		[ ! -e "/sys/bus/pci/devices/$nic" ]
		rescan
	done
	must sf_add 1 --eswitch switchdev
}

test_module_is_removed_in_the_middle() {
	local operation
	test_nic
	for operation in port_new fn_state sf_attach reload; do
		meanwhile "$operation" modprobe -r vdpatest
		[ ! -e /sys/module/vdpatest ]
		test_nic
	done
	must sf_add 1 --eswitch switchdev
}

test_pf_is_removed_while_an_sf_is() {
	test_nic
	add_sf 1
	knob fn_state sleep=1500
	start vdpactl sf del "$pf" --sfnum 1
	wait_until 60 is_called fn_state 1
	remove_pf
	wait_until 60 no_vdpactl
	rescan
	must sf_add 1 --eswitch switchdev
}
