# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For flows with documents: a host with a bit of everything, what it looks like to others
# than us, and plans that say nothing.

# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

nic_pf=pci/$nic
igb_pf=pci/$igb
uuid=83b8f4f2-509f-382f-3c1e-e6bfe0fa100

load_simulators() {
	# Each block device of its own would be 128 MiB of the machine's memory.
	modprobe vdpa_sim_blk shared_backend=1
	load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net virtio_blk
}

# load_everything: what the functions and devices of everything.json are made of.
load_everything() {
	load_simulators
	load igb
	test_nic persona=mlx5
	vduse_disk disk0 16
	vduse_disk disk1 16
	wait_until 60 compgen -G "/sys/bus/pci/devices/$igb/net/*"
	interface=$(basename "/sys/bus/pci/devices/$igb"/net/*)
}

# document NAME DEVICE…: writes NAME.json.
document() {
	local name=$1 IFS=,
	shift
	printf '{"version":1,"devices":[%s]}\n' "$*" >"$name.json"
}

# everything [SCALE]: writes everything.json: 4 VFs, 4 SFs, 2 mediated devices, 2 VDUSE
# disks and 300 simulated devices (6 for each of SCALE), with different drivers and owners.
everything() {
	local scale=${1-50}
	cat >everything.json <<-END
	{ "version": 1,
	  "functions": [
	    { "type": "vf", "pf": "$igb_pf", "count": 4, "driver": "vdpatest-vf",
	      "vfs": [ { "index": 0, "mac": "02:00:00:00:10:00", "vlan": 100, "trust": true },
	               { "index": 1, "mac": "02:00:00:00:10:01", "spoofchk": false } ] },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 80, "mac": "02:00:00:00:20:00", "eswitch": "switchdev" },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 81, "eswitch": "switchdev" },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 82, "eswitch": "switchdev" },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 83, "eswitch": "switchdev" },
	    { "type": "mdev", "parent": "$nic_pf", "mdev_type": "vdpatest-vdpa", "uuid": "${uuid}0" },
	    { "type": "mdev", "parent": "$nic_pf", "mdev_type": "vdpatest-vdpa", "uuid": "${uuid}1" } ],
	  "devices": [
	    { "name": "vf-{n}", "count": 4, "mgmtdev": { "pf": "$igb_pf", "vf": "{n}" }, "mac": "02:00:00:00:11:{n}",
	      "max_vqp": 2, "driver": "vhost_vdpa", "chardev": { "owner": "nobody", "group": "nogroup", "mode": "0660" } },
	    { "name": "sf-80", "mgmtdev": { "pf": "$nic_pf", "sfnum": 80 }, "mac": "02:00:00:00:21:00", "driver": "vhost_vdpa" },
	    { "name": "sf-81", "mgmtdev": { "pf": "$nic_pf", "sfnum": 81 }, "max_vqp": 3, "driver": "virtio_vdpa" },
	    { "name": "sf-82", "mgmtdev": { "pf": "$nic_pf", "sfnum": 82 }, "driver": "none" },
	    { "name": "sf-83", "mgmtdev": { "pf": "$nic_pf", "sfnum": 83 }, "driver": "vhost_vdpa", "chardev": { "mode": "0600" } },
	    { "name": "mdev-0", "mgmtdev": { "mdev": "${uuid}0" }, "driver": "vhost_vdpa" },
	    { "name": "mdev-1", "mgmtdev": { "mdev": "${uuid}1" }, "driver": "vhost_vdpa" },
	    { "name": "disk{n}", "count": 2, "mgmtdev": "vduse", "msg_timeout": 5, "driver": "virtio_vdpa" },
	    { "name": "net-{n}", "count": $((scale * 2)), "mgmtdev": "vdpasim_net", "mac": "02:00:00:00:30:{n}", "mtu": 1400, "driver": "vhost_vdpa" },
	    { "name": "own-{n}", "count": $((scale - 6)), "mgmtdev": "vdpasim_net", "driver": "vhost_vdpa",
	      "chardev": { "owner": "nobody", "group": "nogroup", "mode": "0640" } },
	    { "name": "idle-{n}", "count": $((scale * 2)), "mgmtdev": "vdpasim_net", "driver": "none" },
	    { "name": "few-{n}", "count": 3, "mgmtdev": "vdpasim_net", "features": [ "MAC", "VERSION_1", "ACCESS_PLATFORM" ], "driver": "vhost_vdpa" },
	    { "name": "if-{n}", "count": 3, "mgmtdev": "vdpasim_net", "mac": "02:00:00:00:40:{n}", "driver": "virtio_vdpa" },
	    { "name": "blk-{n}", "count": $((scale - 3)), "mgmtdev": "vdpasim_blk", "driver": "vhost_vdpa" },
	    { "name": "vd-{n}", "count": 3, "mgmtdev": "vdpasim_blk", "driver": "virtio_vdpa" } ] }
	END
}

plans_nothing() {
	must vdpactl --json plan "$@"
	expect_json '.steps' '[]'
}

# The number with which a function or device is told from another of its name.
identities() { find -L /sys/bus/vdpa/devices -mindepth 1 -maxdepth 1 -printf '%f is %i\n'; }

# fingerprint: all that a document can say of this host, as others than us see it, one line
# each, which begins with the device's name.
fingerprint() {
	{
		find /sys/bus/vdpa/drivers -type l ! -name module -printf '%f has %h\n'
		find -L /dev/vhost-vdpa/by-name -type c -printf '%f is of %u:%g %m\n'
		vdpa -j dev show | jq -r '.dev | to_entries[] | "\(.key) is on \(.value.mgmtdev)"'
		vdpa -j dev config show | jq -r '.config | to_entries[] | "\(.key) says \(.value)"'
		for file in /sys/class/vduse/*/msg_timeout; do
			[ ! -e "$file" ] || echo "$(basename "${file%/*}") waits $(<"$file")"
		done
		functions
	} | sort
}

functions() {
	ip -j link show dev "${interface-lo}" | jq -r '.[].vfinfo_list // [] | .[] | "VF \(.)"'
	find /sys/bus/mdev/devices -mindepth 1 -printf 'mdev %f\n' 2>/dev/null || true
	! devlink dev show "$nic_pf" >/dev/null 2>&1 ||
		devlink -j port show | jq -r '.port[] | select(.flavour == "pcisf") | "SF \(.sfnum) \(.function)"'
}

# without NAME…: the lines of stdin that are not about one of these devices.
without() {
	local IFS='|'
	grep -vE "^($*) " || true
}
