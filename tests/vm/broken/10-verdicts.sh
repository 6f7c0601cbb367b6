# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 12
#
# What the suite has to notice, each with the verdict that self-test expects of it.

# shellcheck source=tests/flow/lib.sh
. "${flows:-tests/flow}/lib.sh"

test_good() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net
	add_vdpa left-behind vdpasim_net virtio_vdpa
	start sleep 1234
	trap '' TERM
}

test_after_good() {
	[ -z "$(vdpa_devices)" ]
	run pgrep -f 'sleep 1234'
	expect_rc 1
}

test_skipped() { skip 'this is not there'; }

test_wrong_expectation() {
	must echo a
	expect_eq "$out" b
}

test_unexpected_status() {
	false
	true
}

test_failure_in_a_substitution() { true "$(false)"; }

# shellcheck disable=SC2154
test_unset_variable() { true "$no_such_variable"; }

test_hang() {
	trap '' TERM
	sleep 1000
}

# The kernel warns of an empty name (and refuses it).
test_kernel_warning() { run vdpa dev add name '' mgmtdev vdpasim_net; }

test_allowed_kernel_warning() {
	allow_kernel_log 'WARNING: .*kobject|Call Trace:' 'the empty name is the test'
	run vdpa dev add name '' mgmtdev vdpasim_net
	expect_rc 1
}

test_after_kernel_warning() { must vdpa mgmtdev show; }

# The holder cannot be told to go: it is not of this test's cgroup. Nothing is left to
# do on this machine then, and everything after it counts as failed.
test_stuck_for_good() {
	local suite_group=/sys/fs/cgroup/command
	add_vdpa held vdpasim_net vhost_vdpa
	wait_until 5 test -c /dev/vhost-vdpa-0
	start_ready open holder /dev/vhost-vdpa-0
	echo "$started" >"$suite_group/cgroup.procs"
	unset "children[$started]"
	unbind_vdpa held
}

test_after_stuck() { true; }
