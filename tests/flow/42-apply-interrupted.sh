# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 400
#
# vdpactl apply that does not come to its end, by kill -9 or Ctrl-C at any point of it, and
# two of them at once: applied again it converges, and drivers_autoprobe is the host's.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/document.sh
. "${BASH_SOURCE[0]%/*}/document.sh"

# Counts the calls by which it changes anything, and sends a signal at one of them.
interrupt=$VDPAD_BUILD/tests/vm/.libs/interrupt.so

autoprobe() { echo "$(</sys/bus/vdpa/drivers_autoprobe)"; }

# applying DOCUMENT: sets $applying, the command.
applying() { applying=(vdpactl apply "$1.json" --name d --prune --allow-collateral); }

apply() { applying "$1" && "${applying[@]}"; }

converges() {
	must apply "$1"
	must vdpactl --json plan "$1.json" --name d --prune
	expect_json '.steps' '[]'
	expect_eq "$(autoprobe)" "${2-1}"
	# Nothing is left that was to be put right.
	expect_eq "$(find /run/vdpad/state -maxdepth 1 -type f ! -name 'lock*')" ''
}

no_vdpactl() { ! pgrep -x vdpactl; }

# calls_of DOCUMENT: applies it; $calls is how many changing calls the process made that made
# the most.
calls_of() {
	applying "$1"
	rm -f counts
	must env INTERRUPT_COUNT="$PWD/counts" LD_PRELOAD="$interrupt" "${applying[@]}"
	calls=$(sort -n counts | tail -n 1)
	echo "$calls calls"
}

# interrupted SIGNAL K DOCUMENT: when it is about to make its Kth such call.
interrupted() {
	applying "$3"
	run env INTERRUPT="$(kill -l "$1") $2" LD_PRELOAD="$interrupt" "${applying[@]}"
}

# Two documents: what differs between them is made anew, changed, bound elsewhere, pruned.
two_documents() {
	local functions='"functions": [
		{ "type": "vf", "pf": "'$igb_pf'", "count": 2, "driver": "vdpatest-vf", "vfs": [ { "index": 0, "vlan": VLAN } ] },
		{ "type": "sf", "pf": "'$nic_pf'", "sfnum": 80, "eswitch": "switchdev" },
		{ "type": "mdev", "parent": "'$nic_pf'", "mdev_type": "vdpatest-vdpa", "uuid": "'${uuid}'0" } ]'
	cat >a.json <<-END
	{ "version": 1, ${functions/VLAN/100}, "devices": [
	    { "name": "vf-{n}", "count": 2, "mgmtdev": { "pf": "$igb_pf", "vf": "{n}" }, "max_vqp": 1, "driver": "vhost_vdpa" },
	    { "name": "sf-80", "mgmtdev": { "pf": "$nic_pf", "sfnum": 80 }, "mac": "02:00:00:00:21:00", "driver": "vhost_vdpa" },
	    { "name": "mdev-0", "mgmtdev": { "mdev": "${uuid}0" }, "driver": "vhost_vdpa" },
	    { "name": "disk0", "mgmtdev": "vduse", "driver": "virtio_vdpa" },
	    { "name": "net-{n}", "count": 2, "mgmtdev": "vdpasim_net", "mac": "02:00:00:00:30:{n}", "mtu": 1400, "driver": "vhost_vdpa" },
	    { "name": "blk-0", "mgmtdev": "vdpasim_blk", "driver": "virtio_vdpa" },
	    { "name": "idle", "mgmtdev": "vdpasim_net", "driver": "none" },
	    { "name": "only-a", "mgmtdev": "vdpasim_net", "driver": "vhost_vdpa" } ] }
	END
	cat >b.json <<-END
	{ "version": 1, ${functions/VLAN/200}, "devices": [
	    { "name": "vf-{n}", "count": 2, "mgmtdev": { "pf": "$igb_pf", "vf": "{n}" }, "max_vqp": 2, "driver": "virtio_vdpa" },
	    { "name": "sf-80", "mgmtdev": { "pf": "$nic_pf", "sfnum": 80 }, "mac": "02:00:00:00:21:01", "driver": "vhost_vdpa" },
	    { "name": "mdev-0", "mgmtdev": { "mdev": "${uuid}0" }, "driver": "none" },
	    { "name": "disk0", "mgmtdev": "vduse", "driver": "none" },
	    { "name": "net-{n}", "count": 2, "mgmtdev": "vdpasim_net", "mac": "02:00:00:00:31:{n}", "mtu": 9000, "driver": "vhost_vdpa",
	      "chardev": { "owner": "nobody", "mode": "0660" } },
	    { "name": "blk-0", "mgmtdev": "vdpasim_blk", "driver": "vhost_vdpa" },
	    { "name": "idle", "mgmtdev": "vdpasim_net", "driver": "vhost_vdpa" },
	    { "name": "only-b", "mgmtdev": "vdpasim_blk", "driver": "virtio_vdpa" } ] }
	END
}

other() { [ "$1" = a ] && echo b || echo a; }

# between_documents SIGNAL TIMES AUTOPROBE: on the way from one to the other and back.
between_documents() {
	local i to=b interruptions=0
	load_everything
	two_documents
	echo "$3" >/sys/bus/vdpa/drivers_autoprobe
	converges a "$3"
	calls_of b
	for ((i = 1; i <= $2; i++)); do
		to=$(other "$to")
		interrupted "$1" $((calls * i / ($2 + 1))) "$to"
		[ "$rc" -eq 0 ] || interruptions=$((interruptions + 1))
		if [ "$1" = INT ] && [ "$rc" -ne 0 ]; then
			expect_rc 1
			expect_match 'interrupted; what was under way is done' "$err"
			expect_match $'(^|\n)([0-9]+ done, 0 failed, [0-9]+ skipped|nothing to do)'
		fi
		wait_until 60 no_vdpactl
		converges "$to" "$3"
	done
	echo "$interruptions of $2 interrupted"
	# One way is not as long as the other.
	[ "$interruptions" -ge $(($2 * 2 / 3)) ]
}

test_killed_at_any_point_with_autoprobe_on() { between_documents KILL 10 1; }

test_killed_at_any_point_with_autoprobe_off() { between_documents KILL 4 0; }

test_interrupted_at_any_point() { between_documents INT 6 1; }

test_killed_while_functions_are_made() {
	local i interruptions=0
	load_everything
	two_documents
	document empty
	calls_of a
	for i in {1..6}; do
		must apply empty
		expect_eq "$(vdpa_devices)$(functions)" ''
		interrupted KILL $((calls * i / 7)) a
		[ "$rc" -eq 0 ] || interruptions=$((interruptions + 1))
		wait_until 60 no_vdpactl
		converges a
	done
	[ "$interruptions" -ge 4 ]
}

# The parent alone is killed: what it has begun goes on, and is waited for.
test_the_process_that_waits_is_killed() {
	load_simulators
	document a '{"name":"n-{n}","count":8,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	stopped_after symlinkat:/dev/vhost-vdpa/by-name 2 vdpactl apply a.json --name d
	kill -KILL "$(ps -o ppid= -p "$stopped")"
	go_on
	wait_until 60 no_vdpactl
	converges a
}

# ---- two at once ----

both_converge() {
	local first second
	vdpactl -q apply "$1.json" & first=$!
	vdpactl -q apply "$2.json" & second=$!
	wait "$first"
	wait "$second"
	plans_nothing "$1.json"
	plans_nothing "$2.json"
	expect_eq "$(autoprobe)" 1
}

# pair NAME MTU DRIVER
pair() {
	document "$1" \
		'{"name":"'"$1"'-{n}","count":12,"mgmtdev":"vdpasim_net","mtu":'"$2"',"driver":"'"$3"'"}' \
		'{"name":"'"$1"'-b{n}","count":4,"mgmtdev":"vdpasim_blk","driver":"'"$3"'"}'
}

test_two_documents_at_once() {
	local round mtu driver
	load_simulators
	for round in 1 2 3 4; do
		mtu=$((1400 + round))
		driver=$([ $((round % 2)) = 0 ] && echo virtio_vdpa || echo vhost_vdpa)
		pair left "$mtu" "$driver"
		pair right "$mtu" vhost_vdpa
		both_converge left right
	done
	expect_eq "$(vdpa_devices | wc -l)" 32
}

test_two_at_once_and_one_is_killed() {
	local k survivor
	load_simulators
	for k in 10 40 70 100; do
		pair left $((1400 + k)) vhost_vdpa
		pair right $((1500 + k)) vhost_vdpa
		vdpactl -q apply right.json & survivor=$!
		run env INTERRUPT="9 $k" LD_PRELOAD="$interrupt" vdpactl -q apply left.json
		wait_until 60 no_vdpactl
		wait "$survivor"
		plans_nothing right.json
		both_converge left right
	done
}

# Whoever has the lock has it for one batch: the other is told when that takes too long.
test_one_writer_waits_for_the_other() {
	load_simulators
	document a '{"name":"a","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	document b '{"name":"b","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	stopped_after flock 1 vdpactl apply a.json
	refused_for_time --timeout 1 apply b.json
	expect_eq "$(vdpa_devices)" ''
	go_on
	expect_rc 0
	must vdpactl apply b.json
	expect_eq "$(autoprobe) $(driver_of a) $(driver_of b)" '1 vhost_vdpa vhost_vdpa'
}

refused_for_time() {
	run vdpactl "$@"
	expect_rc 75
	expect_match 'another process is changing vDPA devices' "$err"
}

# A long run lets a short one in: it drops the lock and sleeps, here for as long as the other takes.
test_a_small_document_does_not_wait_for_a_big_one() {
	load_simulators
	document big '{"name":"big-{n}","count":400,"mgmtdev":"vdpasim_net"}'
	document small '{"name":"small","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	stopped_after clock_nanosleep 1 vdpactl -q apply big.json
	[ ! -e /sys/bus/vdpa/devices/big-399 ]
	must vdpactl apply small.json
	[ ! -e /sys/bus/vdpa/devices/big-399 ]
	go_on
	expect_rc 0
	plans_nothing big.json
	expect_eq "$(autoprobe)" 1
}
