# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# A char device that somebody holds open. The kernel makes whoever unbinds it wait until
# it is closed, and whoever deletes it stops all of generic netlink with it.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# A device on vhost_vdpa, held by process $holder; and one that nobody uses.
held_device() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create other --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder "$(vdpactl path n0)"
	holder=$started
}

# Other programs, started now, get their answers.
expect_netlink_alive() {
	must timeout 5 vdpa dev show
	must timeout 5 devlink dev show
	must timeout 5 vdpactl list
}

# lets_go: whoever held n0 closes it.
lets_go() { stop "$holder"; }

# state_of PID: of the process, a letter.
state_of() { sed 's/.*) \(.\) .*/\1/' "/proc/$1/stat" 2>/dev/null; }

test_refused_within_a_second_and_the_holder_is_named() {
	local words
	held_device
	for words in 'bind n0 virtio_vdpa' 'unbind n0' 'destroy n0'; do
		# shellcheck disable=SC2086  # words
		refused 5 in-use $words
		expect_within 1500 # a second, and an emulated machine
		expect_match "holder \\($holder\\)|$holder \\(holder\\)" "$sentence"
		expect_json '[.error.target, .error.errno, .error.holders]' \
			"[\"n0\",\"EBUSY\",[{\"pid\":$holder,\"comm\":\"holder\"}]]" "$err"
		expect_netlink_alive
	done
	expect_eq "$(driver_of n0)" vhost_vdpa
	[ "$(state_of "$holder")" = S ]
	must vdpactl show n0 --json
	expect_json '[.in_use, .holders]' "[true,[{\"pid\":$holder,\"comm\":\"holder\"}]]"
	must vdpactl list --holders --json
	expect_json '[.devices[] | [.name, .in_use]] | sort' '[["n0",true],["other",false]]'
	lets_go
	must vdpactl destroy n0
}

# Several at once: the one in use is kept, the others go.
test_destroy_of_many_goes_on() {
	held_device
	run vdpactl destroy n0 other
	expect_rc 3
	expect_eq "$(vdpa_devices)" n0
}

# waits_in_vain VERB…: with --force for as long as --timeout says.
waits_in_vain() {
	run vdpactl "$@" --force --timeout 2
	expect_rc 75
	[ "$took" -ge 2000 ] || fail "took only $took ms"
	expect_within 8000
	expect_match '^vdpactl: n0 .*the kernel waits' "$err"
	expect_netlink_alive
	must vdpactl show n0 --json
	expect_json .state unbinding
	must timeout 5 vdpactl create "x$SRANDOM" --mgmtdev vdpasim_net --driver virtio_vdpa
	must timeout 5 vdpactl bind other virtio_vdpa
	must timeout 5 vdpactl bind other vhost_vdpa
}

test_forced_bind_is_completed_when_the_holder_closes() {
	held_device
	waits_in_vain bind n0 virtio_vdpa
	expect_eq "$(driver_of n0)" ''
	lets_go
	wait_until 60 test -e /sys/bus/vdpa/devices/n0/driver
	expect_eq "$(driver_of n0)" virtio_vdpa
	wait_until 60 no_vdpactl_runs
}

test_forced_destroy_is_completed_when_the_holder_closes() {
	held_device
	waits_in_vain destroy n0
	lets_go
	wait_until 60 test ! -e /sys/bus/vdpa/devices/n0
	wait_until 60 no_vdpactl_runs
}

test_forced_unbind_is_completed_when_the_holder_closes() {
	held_device
	waits_in_vain unbind n0
	lets_go
	wait_until 60 no_vdpactl_runs
	expect_eq "$(driver_of n0)" ''
	must vdpactl show n0 --json
	expect_json .state foreign
	must vdpactl bind n0 vhost_vdpa
}

no_vdpactl_runs() { ! pgrep -x vdpactl; }

test_forced_bind_succeeds_when_the_holder_closes_in_time() {
	held_device
	start vdpactl bind n0 virtio_vdpa --force
	wait_until 60 test ! -e "/dev/vhost-vdpa-0"
	lets_go
	rc=0
	wait "$started" || rc=$?
	expect_rc 0
	expect_eq "$(driver_of n0)" virtio_vdpa
}

# The process that the kernel keeps waiting is a child of a child. All others can be
# ended at any time, and what they began goes on.
test_neither_vdpactl_nor_its_caller_is_ever_stuck() {
	local caller parent child pid i
	held_device
	start bash -c 'vdpactl bind n0 virtio_vdpa --force --timeout 60; echo "status $?"'
	caller=$started
	wait_until 60 test ! -e /dev/vhost-vdpa-0
	parent=$(pgrep -P "$caller")
	child=$(pgrep -P "$parent")
	wait_until 60 pgrep -P "$child"
	expect_eq "$(state_of "$(pgrep -P "$child")")" D
	for ((i = 0; i < 30; i++)); do
		for pid in "$caller" "$parent" "$child"; do
			expect_match '^[SR]$' "$(state_of "$pid")"
		done
		sleep 0.05
	done
	kill -KILL "$parent"
	wait_until 60 grep -qx 'status 137' "$started_out"
	expect_netlink_alive
	lets_go
	wait_until 60 test -e /sys/bus/vdpa/devices/n0/driver
	expect_eq "$(driver_of n0)" virtio_vdpa
}

# Between the look and the unbind it is vdpactl itself who has the device open.
test_nobody_gets_in_between_check_and_unbind() {
	local binder binder_out opener opener_out
	held_device
	lets_go
	# Having opened it, and before the unbind, it writes the driver_override.
	stopped_after write:/sys/devices/n0/driver_override 1 vdpactl bind n0 virtio_vdpa
	expect_eq "$(driver_of n0)" vhost_vdpa
	binder=$started binder_out=$started_out
	start_ready ready opener /dev/vhost-vdpa-0
	opener=$started opener_out=$started_out
	sleep 0.5
	started=$binder started_out=$binder_out
	go_on
	expect_rc 0
	expect_eq "$(driver_of n0)" virtio_vdpa
	stop "$opener"
	expect_match $'^ready\n[1-9][0-9]* 0$' "$(<"$opener_out")"
}

# Somebody else's unbind waits, and the device looks as if it had no driver.
test_while_another_unbind_waits() {
	local words
	held_device
	start bash -c 'echo n0 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind'
	wait_until 60 test ! -e /dev/vhost-vdpa-0
	expect_eq "$(driver_of n0)" ''
	must vdpactl show n0 --json
	expect_json '[.state, .in_use]' '["unbinding",true]'
	for words in 'destroy n0' 'bind n0 virtio_vdpa' 'unbind n0'; do
		# shellcheck disable=SC2086  # words
		refused 5 in-use $words
		expect_within 1500 # a second, and an emulated machine
		expect_netlink_alive
	done
	waits_in_vain destroy n0
	lets_go
	wait_until 60 test ! -e /sys/bus/vdpa/devices/n0
	wait_until 60 no_vdpactl_runs
}
