# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out, err, rc: of run; parent: of vp_vdpa_parent
#
# vdpactl set and stats: where the kernel can, and a clear word where it cannot.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

test_set_mac_where_the_kernel_can() {
	load vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --driver none
	must vdpactl set n0 --mac 02:00:00:00:00:02
	must vdpa -j dev config show n0
	expect_json .config.n0.mac 02:00:00:00:00:02
	must vdpactl set n0 --mac 02:00:00:00:00:02
	expect_match already
}

mac_of() { vdpa -j dev config show "$1" | jq -r ".config.$1.mac"; }

has_mac() { [ "$(mac_of "$1")" = "$2" ]; }

# The kernel would let us.
test_set_mac_of_a_device_in_use() {
	load vdpa_sim_net vhost_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --driver vhost_vdpa
	start_ready open holder /dev/vhost-vdpa-0
	refused 5 in-use set n0 --mac 02:00:00:00:00:02
	expect_match "pid $started \(holder\)" "$sentence"
	expect_json '.error | [.target, .holders[0].comm]' '["n0","holder"]' "$err"
	has_mac n0 02:00:00:00:00:01
	# It is no change, and so refused to nobody.
	must vdpactl set n0 --mac 02:00:00:00:00:01
	run vdpactl set n0 --mac 02:00:00:00:00:02 --force --timeout 5
	expect_rc 75
	expect_match 'is in use, and will be changed as soon as it is not' "$err"
	has_mac n0 02:00:00:00:00:01
	# Others are not kept from anything by the one that waits.
	must vdpactl create n1 --mgmtdev vdpasim_net --mac 02:00:00:00:00:03 --driver none
	stop "$started"
	wait_until 60 has_mac n0 02:00:00:00:00:02
	expect_eq "$(driver_of n0)" vhost_vdpa
	must vdpactl set n0 --mac 02:00:00:00:00:04
	has_mac n0 02:00:00:00:00:04
}

test_set_mac_of_an_interface_in_use() {
	local interface
	load vdpa_sim_net virtio_vdpa virtio_net
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --driver virtio_vdpa
	interface=$(vdpactl --json show n0 | jq -r .virtio.netdev)
	ip link set "$interface" up
	ip address add 192.0.2.1/24 dev "$interface"
	refused 5 in-use set n0 --mac 02:00:00:00:00:02
	expect_match "$interface is up with an address" "$sentence"
	has_mac n0 02:00:00:00:00:01
	start vdpactl set n0 --mac 02:00:00:00:00:02 --force
	sleep 1
	has_mac n0 02:00:00:00:00:01
	ip address flush dev "$interface"
	wait "$started"
	unset "children[$started]"
	has_mac n0 02:00:00:00:00:02
}

# The kernel takes it for a success, and warns.
test_set_mac_of_a_disk() {
	load vdpa_sim_blk
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver none
	refused 1 unsupported set b0 --mac 02:00:00:00:00:02
	expect_match 'not supported' "$sentence"
}

test_set_mac_where_the_parent_cannot() {
	vp_vdpa_parent 0
	must vdpactl create vp0 --mgmtdev "$parent" --driver none
	refused 1 unsupported set vp0 --mac 02:00:00:00:00:02
	expect_match 'Operation not supported by the device' "$sentence"
}

test_set_nonsense() {
	load vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	refused 64 invalid-value set n0 --mac ff:ff:ff:ff:ff:ff
	refused 64 invalid-value set n0 --mac 00:00:00:00:00:00
	refused 64 invalid-value set n0 --mac 02:00:00:00:00
	refused 64 usage set n0
	refused 4 no-such-device set n1 --mac 02:00:00:00:00:02
}

test_stats_are_those_of_iproute2() {
	load vdpa_sim_net virtio_vdpa virtio_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver virtio_vdpa
	must vdpa -j dev vstats show n0 qidx 1
	local theirs=$out
	must vdpactl --json stats n0 --queue 1
	expect_json '.stats[0].counters | keys' \
		"$(jq -rc '.vstats.n0 | del(.queue_type) | keys' <<<"$theirs")"
	expect_json '.stats[0].queue' 1
	must vdpactl --json stats n0
	expect_json '.stats | length' 3
	must vdpactl stats n0
	expect_match 'packets'
}

test_stats_where_there_are_none() {
	load vdpa_sim_net vdpa_sim_blk
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver none
	refused 1 unsupported stats b0
	expect_match 'b0 has no vendor statistics' "$sentence"
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	refused 1 kernel stats n0
	expect_match 'feature negotiation not complete' "$sentence"
	refused 4 no-such-device stats n1
}

test_stats_of_a_queue_that_is_not() {
	load vdpa_sim_net virtio_vdpa virtio_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver virtio_vdpa
	refused 64 invalid-value stats n0 --queue 77
	refused 64 invalid-value stats n0 --queue 40000
	expect_match 'queue index exceeds max value' "$sentence"
	refused 64 invalid-value stats n0 --queue x
}

test_stats_are_not_for_everybody() {
	load vdpa_sim_net virtio_vdpa virtio_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver virtio_vdpa
	run as_user vdpactl stats n0
	expect_rc 77
}
