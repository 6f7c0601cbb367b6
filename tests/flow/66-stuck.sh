# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# A worker that the kernel keeps: the daemon answers all the same, and others' work goes on.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

# asked: how long a thousand answers took, asked for by ten at once: $p99, in microseconds.
asked() {
	run asker 10 100
	expect_rc 0
	read -r _ _ _ p99 _ <<<"$out"
}

is_told_stuck() {
	{ vdpactl -j status || true; } | jq -e --arg name "$1" \
		'.lanes[] | select(.target == $name) | .operation == "driver-unbind" and .age_usec > 0 and .pid > 0'
}

test_a_stuck_worker_keeps_nobody_waiting() {
	local pid holder idle_p99
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	pid=$(main_pid)
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	asked
	idle_p99=$p99
	start_ready open holder /dev/vhost-vdpa-0
	holder=$started
	start vdpactl --timeout 5 destroy n0 --force
	# Which operation, since when, and in which worker.
	wait_until 60 is_told_stuck n0
	# Many ask at once, and all are answered as quickly as before.
	asked
	[ "$p99" -le $((5 * idle_p99 + 50000)) ] || fail "99 of 100 took up to $p99 us, before $idle_p99"
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	expect_eq "$(driver_of n1)" vhost_vdpa
	# Its worker is left to the kernel, and delays neither a power-off nor the next start.
	must timeout 60 systemctl stop vdpad.service 'vdpad-worker@*.service'
	kept_daemon
	pid=$(main_pid)
	must timeout 60 vdpactl -j status
	stop "$holder"
	wait_until 60 is_unbound n0
	expect_eq "$(main_pid)" "$pid"
}

is_unbound() { [ -z "$(driver_of "$1")" ]; }

memory_of() { sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }

test_one_that_floods_it_is_refused_and_others_are_served() {
	local pid before idle_p99
	load vdpa_sim_net
	add_vdpa n0 vdpasim_net
	fresh_daemon
	pid=$(main_pid)
	asked
	idle_p99=$p99
	before=$(memory_of "$pid")
	# Not as_user: a function would stand between us and its process.
	start_ready ready setpriv --reuid=nobody --regid=nogroup --clear-groups asker flood
	sleep 2
	asked
	[ "$p99" -le $((10 * idle_p99 + 50000)) ] || fail "99 of 100 took up to $p99 us, before $idle_p99"
	[ "$(memory_of "$pid")" -le $((before + 32768)) ] || fail "$before kB, now $(memory_of "$pid")"
	must vdpactl --timeout 60 set n0 --mac 02:00:00:00:00:55
	expect_eq "$(mac_of n0)" 02:00:00:00:00:55
	kill "$started"
	wait "$started"
	printf '  asker flood: %s\n' "$(tail -n 1 "$started_out")"
	# Most of it was not let in.
	[ "$(awk 'END { print $2 }' "$started_out")" -gt 0 ]
	expect_eq "$(main_pid)" "$pid"
}
