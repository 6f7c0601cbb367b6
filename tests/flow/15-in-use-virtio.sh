# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Devices behind virtio_vdpa that the host uses. The kernel would take them away without
# asking; vdpactl asks.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# A disk, /dev/vda.
disk() {
	load vdpa_sim_blk virtio_blk vhost_vdpa
	must vdpactl create d0 --mgmtdev vdpasim_blk --driver virtio_vdpa
	[ -b /dev/vda ]
}

# An interface, $interface.
interface() {
	load vdpa_sim_net virtio_net vhost_vdpa
	must vdpactl create d0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 \
		--driver virtio_vdpa
	interface=$(vdpactl show d0 --json | jq -er .virtio.netdev)
}

# Nothing but --force takes d0 away.
expect_in_use() {
	must vdpactl show d0 --json
	expect_json .in_use true
	refused 5 in-use destroy d0
	refused 5 in-use unbind d0
	refused 5 in-use bind d0 vhost_vdpa
	expect_match "$1" "$sentence"
	expect_eq "$(driver_of d0)" virtio_vdpa
}

# What the kernel says of a disk that goes while it is mounted.
allow_lost_disk() {
	allow_kernel_log 'I/O error|EXT4-fs|Read-error on swap|Buffer I/O' 'the disk went'
}

test_unused_ones_are_taken() {
	disk
	must vdpactl show d0 --json
	expect_json .in_use false
	must vdpactl destroy d0
	interface
	must vdpactl show d0 --json
	expect_json .in_use false
	ip link set "$interface" up
	must vdpactl bind d0 vhost_vdpa
	must vdpactl destroy d0
}

test_mounted_disk() {
	disk
	mkfs.ext4 -q /dev/vda 8M
	mount /dev/vda /mnt
	expect_in_use 'vda.* is mounted'
	umount /mnt
	must vdpactl bind d0 vhost_vdpa
	must vdpactl bind d0 virtio_vdpa
	mount /dev/vda /mnt
	allow_lost_disk
	must vdpactl destroy d0 --force
	[ ! -e /sys/bus/vdpa/devices/d0 ]
	umount /mnt
}

test_disk_mounted_in_another_namespace_alone() {
	disk
	mkfs.ext4 -q /dev/vda 8M
	start_ready mounted unshare -m sh -c \
		'mount /dev/vda /mnt && echo mounted && exec sleep 600'
	run grep vda /proc/self/mounts
	expect_eq "$out" ''
	expect_in_use 'vda.* is mounted'
	allow_lost_disk
	must vdpactl unbind d0 --force
	expect_eq "$(driver_of d0)" ''
}

test_disk_under_another_device() {
	disk
	load dm_mod
	echo 0 2048 linear /dev/vda 0 >table
	must dmsetup create above table
	expect_in_use 'part of another device'
	must dmsetup remove above
	must vdpactl destroy d0
}

test_swap() {
	disk
	mkswap -q /dev/vda
	swapon /dev/vda
	expect_in_use 'swapped on'
	swapoff /dev/vda
	must vdpactl destroy d0
}

test_interface_with_an_address() {
	interface
	ip link set "$interface" up
	ip address add 192.0.2.1/24 dev "$interface"
	expect_in_use "$interface is up with an address"
	must vdpactl bind d0 vhost_vdpa --force
	expect_eq "$(driver_of d0)" vhost_vdpa
	[ ! -e "/sys/class/net/$interface" ]
}

test_interface_that_is_down_is_not_used() {
	interface
	ip address add 192.0.2.1/24 dev "$interface"
	must vdpactl destroy d0
}

test_interface_in_a_bridge() {
	interface
	ip link add above type bridge
	ip link set "$interface" master above
	expect_in_use 'part of another one'
	must vdpactl destroy d0 --force
	ip link delete above
}

test_interface_in_another_namespace() {
	interface
	start_ready ready unshare -n sh -c 'echo ready && exec sleep 600'
	ip link set "$interface" netns "$started"
	[ ! -e "/sys/class/net/$interface" ]
	expect_in_use 'another network namespace'
	must vdpactl destroy d0 --force
	[ ! -e /sys/bus/vdpa/devices/d0 ]
	stop "$started"
}
