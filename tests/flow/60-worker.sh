# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A real worker and its protocol, with a front that is played by tests/vm/front: looks, steps, steps
# that the kernel does not finish, hints, holders; and what a killed worker leaves.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

program=/usr/libexec/vdpad-worker

# worker [--holders]: starts one, and says hello; $worker is its pid.
worker() {
	coproc FRONT { exec front "$program" "$@" 2>&1; }
	to=${FRONT[1]} from=${FRONT[0]}
	hear
	worker=$out
	say '{"request":"hello","version":1}'
	hear
	expect_json '[.hello.version, .hello.pid]' "[1,$worker]"
}
to="" from=""

say() { printf '%s\n' "$1" >&"$to"; }

# The next message is $out.
hear() {
	IFS= read -r -t 60 out <&"$from" || fail 'the worker says nothing'
	printf '  worker: %.300s\n' "$out"
}

# hear_until TEXT: the first message that has it. No program is run: there can be many.
hear_until() {
	until
		IFS= read -r -t 60 out <&"$from" || fail "the worker does not say $1"
		[[ $out = *"$1"* ]]
	do :; done
	printf '  worker: %.300s\n' "$out"
}

# asked REQUEST: $out is the first message of the answer.
asked() { say "$1"; hear; }

# create NAME, bind NAME, unbind NAME, delete NAME: steps.
create() { printf '{"operation":"device-create","target":"%s","arguments":{"mgmtdev":"vdpasim_net","mac":"02:00:00:00:60:00"}}' "$1"; }
bind() { printf '{"operation":"driver-bind","target":"%s","arguments":{"driver":"vhost_vdpa"}%s}' "$1" "${2-}"; }
unbind() { printf '{"operation":"driver-unbind","target":"%s","arguments":{"force":%s}}' "$1" "${2-false}"; }
delete() { printf '{"operation":"device-delete","target":"%s","arguments":{}%s}' "$1" "${2-}"; }

# steps SECONDS STEP…
steps() {
	local IFS=,
	printf '{"request":"steps","timeout_usec":%s000000,"steps":[%s]}' "$1" "${*:2}"
}

result() { jq -rc '.result | [.index, .status, .error.code]' <<<"$out"; }

expect_result() { expect_eq "$(result)" "$1"; }

simulator() { load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net; }

autoprobe() { echo "$(</sys/bus/vdpa/drivers_autoprobe)"; }

# The first: modules stay.
test_looks_where_there_is_no_vdpa() {
	worker
	asked '{"request":"snapshot","look":"whole"}'
	expect_json '.error.code' no-kernel-support
	asked '{"request":"snapshot","look":"functions"}'
	expect_json '.snapshot | [.devices, .mgmtdevs]' '[[],[]]'
}

test_looks() {
	simulator
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	worker
	asked '{"request":"snapshot","look":"functions"}'
	expect_json '.snapshot.devices[0] | [.name, .driver, .mgmtdev, (.identity > 0), (.devnum | test("^[0-9]+:[0-9]+$"))]' \
		'["n0","vhost_vdpa","vdpasim_net",true,true]'
	expect_json '.snapshot.devices[0].chardev_access | [.uid, .gid, .mode]' '[0,0,"0600"]'
	asked '{"request":"stats","name":"n0","queue":0}'
	expect_json '[.error.code, .error.errno]' '["kernel","EAGAIN"]'
	asked '{"request":"open","path":"/etc/shadow"}'
	expect_json '.error.code' invalid-value
	asked '{"request":"holders","devices":["n0"]}'
	expect_json '.error.code' unsupported
}

test_steps_in_their_order() {
	simulator
	worker
	asked "$(steps 10 "$(create n0)" "$(create n1)" "$(bind n0 ',"needs":[0]')" "$(bind n1 ',"needs":[1]')")"
	expect_result '[0,"done",null]'
	expect_json '.result.identity > 0' true
	hear
	expect_result '[1,"done",null]'
	hear
	expect_result '[2,"done",null]'
	hear
	expect_result '[3,"done",null]'
	expect_eq "$(driver_of n0) $(driver_of n1)" 'vhost_vdpa vhost_vdpa'
	# One that fails ends those that need it, and no others.
	asked "$(steps 10 "$(create n1)" "$(bind n1 ',"needs":[0]')" "$(unbind n0)")"
	expect_result '[0,"failed","exists"]'
	hear
	expect_result '[1,"skipped",null]'
	hear
	expect_result '[2,"done",null]'
	expect_eq "$(driver_of n0)" ''
	expect_eq "$(autoprobe)" 1
}

# As many as go into one request share one lock, and are told one by one.
test_creations_share_a_batch() {
	local i all=()
	simulator
	worker
	for ((i = 0; i < 50; i++)); do all+=("$(create "n$i")"); done
	start strace -f -o trace -e trace=flock -p "$worker"
	wait_until 60 grep -q attached "$started_out"
	say "$(steps 10 "${all[@]}")"
	for ((i = 0; i < 50; i++)); do
		hear
		expect_match "\"index\":$i,\"status\":\"done\""
	done
	stop "$started"
	# Others are let in now and then, and not after each.
	[ "$(grep -c 'LOCK_EX' trace)" -lt 25 ]
	expect_eq "$(vdpa_devices | wc -l)" 50
}

test_a_step_that_the_kernel_does_not_finish() {
	simulator
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder "$(vdpactl path n0)"
	worker
	asked "$(steps 1 "$(unbind n0)")"
	expect_result '[0,"failed","in-use"]'
	asked "$(steps 1 "$(unbind n0 true)" "$(delete n0 ',"needs":[0]')")"
	expect_result '[0,"waiting","timeout"]'
	# The kernel has it; the worker is there all the same.
	asked "$(steps 1 "$(create n1)")"
	expect_json '.error.errno' EBUSY
	asked '{"request":"snapshot","look":"whole"}'
	expect_json '.snapshot.devices[0] | [.name, .unbinding]' '["n0",true]'
	asked '{"request":"await","timeout_usec":1000000}'
	expect_result '[0,"waiting","timeout"]'
	say '{"request":"await","timeout_usec":30000000}'
	stop "$started"
	hear
	expect_result '[0,"done",null]'
	hear
	expect_result '[1,"done",null]'
	expect_eq "$(vdpa_devices)" ''
	asked "$(steps 10 "$(create n1)")"
	expect_result '[0,"done",null]'
}

# killed_in_batch N: a worker that is killed at its Nth message to netlink, autoprobe being off.
killed_in_batch() {
	local i all=()
	worker
	for ((i = 0; i < 40; i++)); do all+=("$(create "k$1-$i")"); done
	start strace -f -o trace -e trace=sendto -e "inject=sendto:signal=KILL:when=$1" -p "$worker"
	wait_until 60 grep -q attached "$started_out"
	say "$(steps 10 "${all[@]}")"
	wait_until 60 no_worker
	ended
	expect_eq "$(autoprobe)" 0
}

no_worker() { ! kill -0 "$worker" 2>/dev/null || [[ $(<"/proc/$worker/stat") = *') Z '* ]]; }

test_killed_in_a_batch() {
	local k
	simulator
	for k in 7 20; do
		killed_in_batch "$k"
		# The next one restores it, whatever it is asked for, even for nothing.
		worker
		say "$(steps 10)"
		asked '{"request":"snapshot","look":"whole"}'
		expect_eq "$(autoprobe)" 1
		expect_json ".snapshot.devices | map(select(.driver != null)) | length" 0
	done
}

# A front that goes takes its unfinished business along: nothing else is begun.
test_the_front_goes() {
	local i all=()
	simulator
	worker
	for ((i = 0; i < 200; i++)); do all+=("$(create "n$i")"); done
	say "$(steps 10 "${all[@]}")"
	hear
	kill -KILL "$FRONT_PID"
	wait_until 60 no_worker
	[ "$(vdpa_devices | wc -l)" -lt 200 ]
	expect_eq "$(autoprobe)" 1
}

test_hints() {
	simulator
	worker
	asked '{"request":"watch"}'
	expect_eq "$(jq -r .hint <<<"$out")" everything
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	hear
	expect_json '.hint | [.subsystem, .action, .name]' '["vdpa","add","n0"]'
	must vdpactl bind n0 vhost_vdpa
	hear_until '"action":"bind"'
	expect_json '.hint | [.subsystem, .name]' '["vdpa","n0"]'
	hear_until '"action":"change"'
	load mtty
	hear_until '"subsystem":"module"'
	# Of devlink, which uevents do not tell.
	load vdpatest
	hear_until '"subsystem":"devlink"'
	expect_match 'pci/' "$(jq -r .hint.name <<<"$out")"
}

# uevents_of DEVICE COUNT: that many.
uevents_of() {
	local i
	for ((i = 0; i < $2; i++)); do
		echo change >"/sys/bus/vdpa/devices/$1/uevent"
	done
}

# More than a look apiece is good for: one hint that means everything, and after it the live ones.
test_ten_thousand_uevents_while_it_is_stopped() {
	simulator
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	worker
	asked '{"request":"watch"}'
	expect_eq "$(jq -r .hint <<<"$out")" everything
	kill -STOP "$worker"
	uevents_of n0 10000
	must vdpactl create n1 --mgmtdev vdpasim_net --driver none
	kill -CONT "$worker"
	hear_until everything
	must vdpactl create n2 --mgmtdev vdpasim_net --driver none
	hear_until '"name":"n2"'
}

test_holders() {
	simulator
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder "$(vdpactl path n0)"
	worker --holders
	asked '{"request":"holders","devices":["n0","n1","n2"]}'
	expect_json '.devices' \
		"[{\"name\":\"n0\",\"in_use\":true,\"holders\":[{\"pid\":$started,\"comm\":\"holder\"}]},{\"name\":\"n1\",\"in_use\":null,\"holders\":[]},{\"name\":\"n2\",\"in_use\":null,\"holders\":null}]"
	asked '{"request":"snapshot","look":"whole"}'
	expect_json '.error.code' unsupported
}
