# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What apply costs, in calls and not in time. tests/bench measures the rest.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# document COUNT: writes d.json.
document() {
	printf '{"version":1,"devices":[{"name":"v{n}","count":%s,"mgmtdev":"%s",%s}]}\n' \
		"$1" vdpasim_net '"mtu":1400,"driver":"vhost_vdpa"' >d.json
}

# calls: how many of all kinds the last trace has.
calls() { grep -cE '^[0-9]+ +[a-z_0-9]+\(' trace; }

test_what_nothing_to_do_costs_does_not_grow_by_device() {
	local few
	load vdpa_sim_net vhost_vdpa
	document 20
	must vdpactl apply --name d d.json
	traced -- vdpactl apply --name d d.json
	few=$(calls)
	document 120
	must vdpactl apply --name d d.json
	traced -- vdpactl apply --name d d.json
	echo "$few calls with 20 devices, $(calls) with 120"
	# Longer dumps come in more datagrams; nothing else is asked for more often.
	[ "$(calls)" -le $((few + 50)) ]
}
