# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Data really goes through devices that vdpactl made.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# keeps_data DISK: 1 MiB comes back as it was written, past all caches.
keeps_data() {
	head -c 1M /dev/urandom >written
	must dd if=written of="$1" bs=1M oflag=direct conv=fsync
	must dd if="$1" of=read bs=1M count=1 iflag=direct
	must cmp written read
}

disk_of() { vdpactl show "$1" --json | jq -er '"/dev/" + .virtio.blockdev'; }

test_simulated_disk_keeps_data() {
	load vdpa_sim_blk virtio_blk
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver virtio_vdpa
	keeps_data "$(disk_of b0)"
	# It is in the device, not in the driver.
	must vdpactl bind b0 vhost_vdpa
	must vdpactl bind b0 virtio_vdpa
	dd if="$(disk_of b0)" of=again bs=1M count=1 iflag=direct
	must cmp written again
}

test_vduse_disk_keeps_data() {
	load virtio_blk
	vduse_disk disk0 16
	must vdpactl create disk0 --mgmtdev vduse --driver virtio_vdpa
	keeps_data "$(disk_of disk0)"
	must cmp -n 1048576 written "$disk_image"
}

test_virtio_card_reaches_the_gateway() {
	local interface
	load virtio_net
	vp_vdpa_parent 0
	must vdpactl create vp0 --mgmtdev "$parent" --driver virtio_vdpa
	interface=$(vdpactl show vp0 --json | jq -er .virtio.netdev)
	ip link set "$interface" up
	ip address add 10.0.2.15/24 dev "$interface"
	must busybox ping -c 1 -W 10 "$gateway"
	must ip neighbour show "$gateway" dev "$interface"
	expect_match 'lladdr [0-9a-f:]{17} (REACHABLE|DELAY|STALE)'
}
