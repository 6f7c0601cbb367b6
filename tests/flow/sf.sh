# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Scalable functions of the test NIC, made by vdpactl.

# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

pf=pci/$nic
# shellcheck disable=SC2034  # for the flows
mac=02:00:00:00:00:58

# All that an sf add could change.
state() {
	devlink -j dev eswitch show "$pf"
	devlink -j port show
	vdpa -j mgmtdev show
	ls /sys/bus/auxiliary/devices
}

is_state() { [ "$(state)" = "$1" ]; }

sf_add() { vdpactl sf add "$pf" --sfnum "$@"; }

# An SF with a management device: $sf is its device, $parent its handle.
add_sf() {
	must vdpactl sf add "$pf" --sfnum "$1" --eswitch switchdev
	sf=$(sf_device "$1")
	# shellcheck disable=SC2034  # for the flow
	parent=auxiliary/$sf
}

wait_for_vdpactl() { wait_until "${1:-10}" no_vdpactl; }
