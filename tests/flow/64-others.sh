# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# timeout: 600
#
# The daemon among others: a host that sleeps, a driver that somebody reloads. What documents say
# comes back. More of this is in long-others.sh.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

# All of user space is stopped for seconds, as on the way to sleep; the devices stay on, for the
# machine's root is on one that forgets its queues (9p).
test_a_host_that_sleeps_and_wakes() {
	local pid
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	document n0 02:00:00:00:00:01 >d.json
	must vdpactl apply d.json
	pid=$(main_pid)
	echo freezer >/sys/power/pm_test
	echo freeze >/sys/power/state
	echo none >/sys/power/pm_test
	must vdpactl --timeout 60 status --wait converged
	is_bound n0 vhost_vdpa
	has_mac n0 02:00:00:00:00:01
	# And it still hears and mends.
	echo n0 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind
	wait_until 60 is_bound n0 vhost_vdpa
	expect_eq "$(main_pid)" "$pid"
}

test_vfs_come_back_when_the_pf_has_its_driver_again() {
	load vhost_vdpa igb vdpatest
	fresh_daemon
	cat >vf.json <<-END
	{ "version": 1,
	  "functions": [ { "type": "vf", "pf": "pci/$igb", "count": 2, "driver": "vdpatest-vf" } ],
	  "devices": [ { "name": "vf-{n}", "count": 2, "mgmtdev": { "pf": "pci/$igb", "vf": "{n}" },
	    "mac": "02:00:00:00:11:{n}", "driver": "vhost_vdpa" } ] }
	END
	must vdpactl --timeout 120 apply vf.json
	wait_until 60 has_state vf-1 ready
	echo "$igb" >/sys/bus/pci/drivers/igb/unbind
	wait_until 60 has_state vf-1 waiting
	is_gone vf-0
	echo "$igb" >/sys/bus/pci/drivers/igb/bind
	wait_until 120 is_bound vf-1 vhost_vdpa
	wait_until 60 is_bound vf-0 vhost_vdpa
	expect_eq "$(mac_of vf-1)" 02:00:00:00:11:01
	wait_until 60 has_state vf-0 ready
	must vdpactl document remove vf --prune
}
