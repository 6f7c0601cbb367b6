# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# timeout: 900
#
# The daemon that is killed, stopped, started while netlink is wedged, or finds its devices gone: it
# comes back to what documents say, and nobody who uses a device notices.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

is_another() { [ "$(main_pid)" -ne 0 ] && [ "$(main_pid)" -ne "$1" ] && on_bus; }

# How many devices of that name have that driver.
count_bound() { find "/sys/bus/vdpa/drivers/$2" -maxdepth 1 -name "$1-*" | wc -l; }

are_bound() { [ "$(count_bound "$1" vhost_vdpa)" -eq "$2" ]; }

kill_workers() { pkill -KILL -x vdpad-worker; }

many() {
	printf '{"version":1,"devices":[{"name":"%s-{n}","count":%s,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}]}\n' "$@"
}

test_killed_in_the_middle_it_converges() {
	local pid applier
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	must vdpactl create used --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder /dev/vhost-vdpa/by-name/used
	many big 300 >big.json
	start vdpactl --timeout 300 apply big.json
	applier=$started
	# The daemon, then workers, then both.
	wait_until 120 exists big-20
	pid=$(main_pid)
	kill -KILL "$pid"
	wait_until 60 is_another "$pid"
	wait "$applier" || true
	wait_until 300 exists big-100
	wait_until 60 kill_workers	# the old one may be gone, the new one not there yet
	wait_until 300 exists big-180
	pid=$(main_pid)
	kill -KILL "$pid"
	kill_workers || true
	wait_until 60 is_another "$pid"
	wait_until 300 are_bound big 300
	expect_eq "$(vdpa_devices | wc -l)" 301
	expect_eq "$(driver_of used)" vhost_vdpa
	must vdpactl --timeout 60 status --wait converged
	expect_eq "$(</sys/bus/vdpa/drivers_autoprobe)" 1
	# What it was that had it open still has.
	expect_eq "$(holders_of used)" holder
}

holders_of() { vdpactl -j show "$1" | jq -r '[.holders[].comm] | join(" ")'; }

test_devices_come_back_with_their_module() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	many n 4 >n.json
	must vdpactl apply n.json
	modprobe -r vdpa_sim_net
	wait_until 60 has_state n-3 waiting
	modprobe vdpa_sim_net
	wait_until 60 are_bound n 4
	wait_until 60 has_state n-3 ready
}

# Somebody else's DEV_DEL of a device that is open stops generic netlink for all.
test_it_starts_at_once_though_netlink_is_wedged() {
	local holder deleter pid
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	many n 2 >n.json
	must vdpactl apply n.json
	start_ready open holder /dev/vhost-vdpa/by-name/n-0
	holder=$started
	start vdpa dev del n-0
	deleter=$started
	wait_until 60 is_in_kernel "$deleter"
	systemctl restart vdpad.service
	pid=$(main_pid)
	on_bus
	must timeout 60 busctl get-property org.vdpad1 /org/vdpad1 org.vdpad1.Manager State
	expect_match 'unknown|kernel-stuck'
	# It tells what it knows, and its watchdog has no reason to bark.
	sleep 40
	must timeout 60 busctl get-property org.vdpad1 /org/vdpad1 org.vdpad1.Manager State
	expect_eq "$out" 's "kernel-stuck"'
	expect_eq "$(main_pid)" "$pid"
	is_in_kernel "$deleter"
	stop "$holder"
	wait_until 60 is_bound_again
	expect_eq "$(main_pid)" "$pid"
	must vdpactl --timeout 60 status --wait converged
}

is_in_kernel() { grep -q '^State:.*D' "/proc/$1/status"; }

is_bound_again() { are_bound n 2; }

# More events than any socket keeps: nothing is made of them one by one.
test_a_storm_that_nobody_hears_is_one_look() {
	local i stopped_ones
	load vdpa_sim_net vhost_vdpa
	add_vdpa old vdpasim_net
	fresh_daemon
	wait_until 60 has_state old foreign
	readarray -t stopped_ones < <(main_pid; pgrep -x vdpad-worker)
	kill -STOP "${stopped_ones[@]}"
	for ((i = 0; i < 10000; i++)); do
		echo change >/sys/bus/vdpa/devices/old/uevent
	done
	vdpa dev del old
	add_vdpa new vdpasim_net
	kill -CONT "${stopped_ones[@]}"
	wait_until 60 has_state new foreign
	has_state old ''
	expect_eq "$(vdpactl -j list | jq -r '[.devices[].name] | join(" ")')" new
}
