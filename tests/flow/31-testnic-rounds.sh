# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 900
#
# The test NIC comes and goes a hundred times with devices of every kind on it, while
# others look at it and change it as fast as two processors let them: it must never be the
# reason of an oops.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

rounds=${VDPAD_ROUNDS:-100}
uuid=8f2a1c46-09cd-4d0b-9f0e-6d1f2b5f7a03
other_uuid=8f2a1c46-09cd-4d0b-9f0e-6d1f2b5f7a04
vf0=0000:01:10.0
personas=(mlx5 pds octep ifcvf eni snet)

# ---- those who are in the way; what they ask for goes while they ask ----

look() {
	while :; do
		vdpa dev config show
		devlink port show
		devlink dev param show
		cat /sys/bus/auxiliary/devices/*/sfnum
		sleep 0.2
	done
}

meddle() {
	local pf=pci/$other_nic type name
	type=$(mdev_types "$other_nic")/vdpatest-vdpa
	while :; do
		devlink -f -b - <<-END
			dev eswitch set $pf mode switchdev
			port add $pf flavour pcisf pfnum 0 sfnum 1
			port function set $pf/32768 state active
		END
		echo "$other_uuid" >"$type/create"
		vdpa dev add name meddler mgmtdev "mdev/$other_uuid"
		for name in $(vdpa_devices); do
			echo "$name" >"/sys/bus/vdpa/devices/$name/driver/unbind"
			echo "$name" >/sys/bus/vdpa/drivers_probe
		done
		vdpa dev del meddler
		echo 1 >"/sys/bus/mdev/devices/$other_uuid/remove"
		devlink port function set "$pf/32768" state inactive
		devlink port del "$pf/32768"
		sleep 0.2
	done
}

in_background() {
	( trap - ERR; set +e; "$@" ) >/dev/null 2>&1 &
	children[$!]=
}

# ---- the rounds ----

management_devices() { vdpa -j mgmtdev show | jq -r '.mgmtdev | keys[]'; }

# Not everything can be made with every persona, and in some rounds the end comes first.
make_all() {
	local round=$1 sf handle number=0
	devlink -f -b - <<-END
		dev eswitch set pci/$nic mode switchdev
		port add pci/$nic flavour pcisf pfnum 0 sfnum 1
		port add pci/$nic flavour pcisf pfnum 0 sfnum 2
		port function set pci/$nic/32768 hw_addr 02:00:00:00:00:01 state active
		port function set pci/$nic/32769 state active
	END
	echo "$uuid" >"$(mdev_types)/vdpatest-vdpa/create"
	((round % 5)) || return 0
	poll 60 sf_device 1
	sf=auxiliary/$(sf_device 1)
	devlink -f -b - <<-END
		dev param set $sf name enable_vnet value true cmode driverinit
		dev param set $sf name enable_vnet value true cmode runtime
		dev param set pci/$vf0 name enable_vnet value true cmode runtime
		dev reload $sf
	END
	for handle in $(management_devices); do
		vdpa dev add name "round$round-$((number++))" mgmtdev "$handle"
	done
	for handle in "/sys/bus/pci/devices/$nic"/virtio*/net/*; do
		ip link set "${handle##*/}" up
	done
	((round % 3)) || devlink port function set "pci/$nic/32768" state inactive
}

test_a_hundred_rounds_of_loading_and_unloading() {
	local round devices=0
	load virtio_vdpa virtio_net vhost_vdpa
	igb_vfs 1
	echo vdpatest-vf >"/sys/bus/pci/devices/$vf0/driver_override"
	in_background look
	in_background meddle
	for ((round = 1; round <= rounds; round++)); do
		modprobe vdpatest "persona=${personas[round % 6]}" "late_ms=$((round % 4 * 30))"
		make_all "$round" >make.log 2>&1 || true
		devices=$((devices + $(vdpa_devices | grep -c '^round\|^vdpa' || true)))
		rmmod vdpatest
		expect_eq "$(vdpa_devices)" ''
		# The order in which they are loaded decides which of them takes the devices.
		if ((round == rounds / 2)); then
			modprobe -r virtio_vdpa vhost_vdpa
			load vhost_vdpa virtio_vdpa
		fi
	done
	printf '%s devices in %s rounds\n' "$devices" "$rounds"
	[ "$devices" -ge "$rounds" ] || fail "only $devices devices in $rounds rounds"
}
