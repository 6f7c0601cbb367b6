# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl bind and unbind: from driver to driver and back, and nothing is left behind.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

net_device() {
	load virtio_net vhost_vdpa virtio_vdpa vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 \
		--driver vhost_vdpa
}

interface_of() { find "/sys/bus/vdpa/devices/$1/" -path '*/net/*' -prune -printf '%f\n'; }

test_to_virtio_and_back() {
	local interface
	net_device
	must vdpactl bind n0 virtio_vdpa
	interface=$(interface_of n0)
	expect_eq "$out" "n0 is bound to virtio_vdpa: $interface"
	expect_eq "$(driver_of n0)" virtio_vdpa
	must ip -j link show dev "$interface"
	expect_json '.[0].address' 02:00:00:00:00:01
	[ ! -e /dev/vhost-vdpa-0 ]
	[ ! -L /dev/vhost-vdpa/by-name/n0 ]
	must vdpactl show n0 --json
	expect_json '[.driver, .chardev, .virtio.driver, .virtio.netdev]' \
		"[\"virtio_vdpa\",null,\"virtio_net\",\"$interface\"]"
	refused 5 wrong-driver path n0
	must vdpactl bind n0 vhost_vdpa
	expect_eq "$(driver_of n0)" vhost_vdpa
	[ ! -e "/sys/class/net/$interface" ]
	[ -c /dev/vhost-vdpa-0 ]
	expect_eq "$(readlink -f /dev/vhost-vdpa/by-name/n0)" /dev/vhost-vdpa-0
	must vdpactl bind n0 vhost
	expect_eq "$out" 'n0 is already bound to vhost_vdpa: /dev/vhost-vdpa-0'
	must vdpactl bind n0 virtio
	expect_eq "$(driver_of n0)" virtio_vdpa
}

# Neither by itself, nor when the bus is told to look, nor when a module is loaded.
test_after_unbind_none_takes_it() {
	net_device
	must vdpactl unbind n0
	expect_eq "$(driver_of n0)" ''
	[ ! -e /dev/vhost-vdpa-0 ]
	[ ! -L /dev/vhost-vdpa/by-name/n0 ]
	echo n0 >/sys/bus/vdpa/drivers_probe
	modprobe -r virtio_vdpa vhost_vdpa
	load virtio_vdpa vhost_vdpa
	expect_eq "$(driver_of n0)" ''
	must vdpactl unbind n0
	must vdpactl bind n0 vhost_vdpa
	expect_eq "$(driver_of n0)" vhost_vdpa
}

# The name leads to the right node when numbers were given out anew.
test_the_name_follows_the_number() {
	net_device
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl unbind n0
	must vdpactl bind n1 virtio_vdpa
	must vdpactl bind n1 vhost_vdpa
	must vdpactl bind n0 vhost_vdpa
	expect_eq "$(vdpactl path n0) $(vdpactl path n1)" '/dev/vhost-vdpa-1 /dev/vhost-vdpa-0'
	expect_eq "$(readlink -f /dev/vhost-vdpa/by-name/n{0,1} | paste -sd' ')" \
		'/dev/vhost-vdpa-1 /dev/vhost-vdpa-0'
	must vdpactl destroy n0 n1
	expect_eq "$(find /dev/vhost-vdpa/by-name -mindepth 1)" ''
}

# libvirt does not look at bind and unbind.
test_one_change_event_for_each_bind_and_unbind() {
	net_device
	start_ready ready uevents
	must vdpactl bind n0 virtio_vdpa
	must vdpactl unbind n0
	must vdpactl bind n0 vhost_vdpa
	must vdpactl bind n0 vhost_vdpa
	must vdpactl destroy n0
	wait_until 60 grep -qx 'remove /devices/n0' "$started_out"
	expect_eq "$(sed -n 's, /devices/n0$,,p' "$started_out" | paste -sd' ')" \
		'unbind change bind change unbind change bind change unbind change remove'
}

# What a switch could leave behind outside of the process: char devices, names, objects
# in sysfs, processes, KiB of memory. Pages that the kernel keeps on a processor's list
# are free too.
belongings() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	echo "$(find /dev -name 'vhost-vdpa*' | wc -l)" \
		"$(find /dev/vhost-vdpa/by-name -mindepth 1 | wc -l)" \
		"$(find /sys/class/ /sys/bus/v*/devices/ | wc -l)" \
		"$(pgrep -c 'vdpactl|switcher' || true)" \
		"$(awk '/nr_free_pages|^ *count:/ { pages += $2 }
			END { print 4 * pages }' /proc/zoneinfo)"
}

# leaves_nothing COMMAND…: within what the machine does by itself.
leaves_nothing() {
	local before after
	read -ra before < <(belongings)
	must "$@"
	read -ra after < <(belongings)
	echo "nodes, names, objects, processes, KiB: ${before[*]} -> ${after[*]}"
	expect_eq "${after[*]:0:4}" "${before[*]:0:3} 0"
	[ $((before[4] - after[4])) -lt 2048 ] || fail 'memory'
}

test_two_hundred_switches_by_the_library() {
	net_device
	# What is freed shall not count as used because malloc() keeps it at hand.
	export GLIBC_TUNABLES=glibc.malloc.tcache_count=0
	must switcher n0 3
	leaves_nothing switcher n0 100
	expect_eq "$out" '0 0 0'
}

switch() {
	local i
	for ((i = 0; i < $1; i++)); do
		vdpactl -q bind n0 virtio_vdpa && vdpactl -q bind n0 vhost_vdpa || return
	done
}

test_switches_by_vdpactl() {
	net_device
	switch 3
	leaves_nothing switch 25
	[ -c /dev/vhost-vdpa-0 ]
}
