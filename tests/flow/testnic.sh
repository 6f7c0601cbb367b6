# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test NIC (tests/kmod) by hand, with devlink and sysfs: for the flow that shows what
# it does, and for flows that need a function under their device or a failure.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Two PFs, which differ in nothing but their address.
nic=0000:00:06.0
# shellcheck disable=SC2034  # for the flows
other_nic=0000:00:07.0

knobs=/sys/kernel/debug/vdpatest
parameters=/sys/module/vdpatest/parameters

# test_nic [PARAMETER=VALUE…]
test_nic() { modprobe vdpatest "$@"; }

# persona NAME: of what is probed from now on.
persona() { echo "$1" >"$parameters/persona"; }

# knob OPERATION WORD…: what its next call meets, as tests/kmod/README.md tells.
knob() { echo "${*:2}" >"$knobs/$1"; }

# calls OPERATION: how many there were.
calls() { sed 's/calls=\([0-9]*\) .*/\1/' "$knobs/$1"; }

# ---- subfunctions ----

# switchdev [PF]
switchdev() { must devlink dev eswitch set "pci/${1:-$nic}" mode switchdev; }

# sf_port SFNUM [PF]: $port is the new port.
sf_port() {
	must devlink -j port add "pci/${2:-$nic}" flavour pcisf pfnum 0 sfnum "$1"
	# What devlink prints here lacks the outer braces.
		port=$(jq -r 'keys[0]' <<<"{$out}")
}

# sf_device SFNUM [PF]: the name of its auxiliary device; false when there is none.
sf_device() {
	local file
	for file in "/sys/bus/pci/devices/${2:-$nic}"/vdpatest.sf.*/sfnum; do
		[ -e "$file" ] || continue
		[ "$(<"$file")" = "$1" ] || continue
		basename "${file%/sfnum}"
		return
	done
	return 1
}

# port_is PORT JQ-FILTER: of the port as devlink shows it.
port_is() { devlink -j port show "$1" | jq -e ".port[] | $2" >/dev/null; }

# sf_on PORT SFNUM [PF]: active, and waits for the function; $sf is its device.
sf_on() {
	must devlink port function set "$1" state active
	wait_until 60 port_is "$1" '.function.opstate == "attached"'
	sf=$(sf_device "$2" "${3:-$nic}")
}

# enable_vnet DEVLINK: by reload, as mlx5 needs it.
enable_vnet() {
	must devlink dev param set "$1" name enable_vnet value true cmode driverinit
	must devlink dev reload "$1"
}

# sf_parent SFNUM [PF]: from nothing to a management device, $parent, on $port.
sf_parent() {
	switchdev "${2:-$nic}"
	sf_port "$1" "${2:-$nic}"
	sf_on "$port" "$1" "${2:-$nic}"
	enable_vnet "auxiliary/$sf"
	# shellcheck disable=SC2034  # for the flow
	parent=auxiliary/$sf
}

# ---- the others ----

# vf ADDRESS: hands the function to the test NIC; $parent is the management device that
# it becomes with most personas.
vf() {
	pci_driver "$1" vdpatest-vf
	# shellcheck disable=SC2034  # for the flow
	parent=pci/$1
}

mdev_types() { echo "/sys/class/mdev_bus/${1:-$nic}/mdev_supported_types"; }

# mdev UUID [PF]: makes one; $parent is its management device.
mdev() {
	echo "$1" >"$(mdev_types "${2:-$nic}")/vdpatest-vdpa/create"
	# shellcheck disable=SC2034  # for the flow
	parent=mdev/$1
}

# has_mgmtdev HANDLE
has_mgmtdev() { vdpa mgmtdev show "$1"; }

# ---- what is asked of it ----

# denied REGEX COMMAND…: it fails, and says so.
denied() {
	run "${@:2}"
	[ "$rc" -ne 0 ] || fail 'was not denied'
	expect_match "$1" "$err"
}

logged() { dmesg | grep -qE "$1"; }

# write VALUE FILE: as a command, for run and refused.
write() { echo "$1" >"$2"; }

# works NAME PCI: both drivers take the device, whose DMA is the function's at PCI.
# $interface is its network interface.
works() {
	local node
	load vhost_vdpa virtio_vdpa virtio_net
	[ -z "$(driver_of "$1")" ] || unbind_vdpa "$1"
	bind_vdpa "$1" vhost_vdpa
	node=$(basename "/sys/bus/vdpa/devices/$1"/vhost-vdpa-*)
	start_ready open holder "/dev/$node"
	stop "$started"
	unbind_vdpa "$1"
	bind_vdpa "$1" virtio_vdpa
	wait_until 60 compgen -G "/sys/bus/pci/devices/$2/virtio*/net/*"
	# shellcheck disable=SC2034  # for the flow
	interface=$(basename "/sys/bus/pci/devices/$2"/virtio*/net/*)
}
