# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 400
#
# One document with a bit of everything, on the real kernel: from nothing to all of it; what
# others change is seen and mended, and nothing else is touched; from it to another half.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/document.sh
. "${BASH_SOURCE[0]%/*}/document.sh"

# What is planned and done about the drifts since the last time, as "OPERATION TARGET".
drifts=()

# drift STEPS COMMAND…: COMMAND changes something that these STEPS ("OPERATION TARGET, …")
# are to mend.
drift() {
	echo "drift: ${*:2}"
	"${@:2}"
	readarray -t -O ${#drifts[@]} drifts <<<"${1//, /$'\n'}"
}

steps_of() { jq -r '(.steps // .results)[] | "\(.operation) \(.target)"' <<<"$out" | sort; }

# mended: apply --check plans those steps and no others, apply takes them, all is as it was
# before, and a device that no step is for is the very same.
mended() {
	local expected
	expected=$(printf '%s\n' "${drifts[@]}" | sort)
	local names=("${drifts[@]#* }")
	run vdpactl --json apply --check everything.json
	expect_rc 2
	expect_eq "$(steps_of)" "$expected"
	must vdpactl --json apply everything.json
	expect_eq "$(steps_of)" "$expected"
	expect_json '[.results[].status] | unique' '["done"]'
	plans_nothing everything.json
	expect_eq "$(diff "$scratch/as_wanted" <(fingerprint))" ''
	expect_eq "$(diff <(without "${names[@]}" <"$scratch/identities") \
		<(identities | without "${names[@]}"))" ''
	identities >"$scratch/identities"
	drifts=()
}

# remembered: all is as wanted now.
remembered() {
	fingerprint >"$scratch/as_wanted"
	identities >"$scratch/identities"
}

# made_anew NAME MGMTDEV DRIVER ARGUMENT…: another device of that name.
made_anew() {
	local name=$1 mgmtdev=$2 driver=$3
	shift 3
	remove_vdpa "$name"
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	vdpa dev add name "$name" mgmtdev "$mgmtdev" "$@"
	bind_vdpa "$name" "$driver"
	echo 1 >/sys/bus/vdpa/drivers_autoprobe
}

# switched NAME DRIVER
switched() {
	[ -z "$(driver_of "$1")" ] || unbind_vdpa "$1"
	echo "$2" >"/sys/bus/vdpa/devices/$1/driver_override"
	bind_vdpa "$1" "$2"
}

set_msg_timeout() { echo "$2" >"/sys/class/vduse/$1/msg_timeout"; }

# sf_port_of SFNUM
sf_port_of() {
	devlink -j port show | jq -r --argjson n "$1" '.port | to_entries[] |
		select(.value.flavour == "pcisf" and .value.sfnum == $n) | .key'
}

anew() { echo "device-delete $1, device-create $1"; }

test_from_nothing_to_all_of_it_and_what_others_change() {
	load_everything
	everything
	run vdpactl --json plan everything.json
	expect_rc 2
	expect_json '[.steps[].id] == [range(1; (.steps | length) + 1)]' true
	expect_eq "$(vdpa_devices)" ''
	run vdpactl apply everything.json --detailed-exitcode
	expect_rc 2
	plans_nothing everything.json
	run vdpactl apply everything.json --detailed-exitcode
	expect_rc 0
	expect_eq "$(vdpa_devices | wc -l)" 312
	expect_eq "$(find -L /dev/vhost-vdpa/by-name -type c -user nobody -group nogroup -perm 0640 | wc -l)" 44
	expect_eq "$(driver_of vf-3) $(driver_of sf-81) $(driver_of sf-82) $(driver_of disk1)" \
		'vhost_vdpa virtio_vdpa  virtio_vdpa'
	must vdpa -j dev config show vf-3
	expect_json '.config["vf-3"] | [.mac, .max_vq_pairs]' '["02:00:00:00:11:03",2]'

	remembered
	# The device itself.
	drift 'device-create idle-7' remove_vdpa idle-7
	drift 'device-create net-1, driver-bind net-1' remove_vdpa net-1
	drift "driver-unbind blk-1, $(anew blk-1), driver-bind blk-1" \
		made_anew blk-1 vdpasim_net vhost_vdpa
	drift 'device-set net-2' vdpa dev set name net-2 mac 02:00:00:00:99:99
	drift "driver-unbind net-3, $(anew net-3), driver-bind net-3" \
		made_anew net-3 vdpasim_net vhost_vdpa mac 02:00:00:00:30:03 mtu 9000
	drift "driver-unbind few-1, $(anew few-1), driver-bind few-1" \
		made_anew few-1 vdpasim_net vhost_vdpa
	drift "driver-unbind vf-2, $(anew vf-2), driver-bind vf-2, chardev-set vf-2" \
		made_anew vf-2 "$(vdpa -j dev show vf-2 | jq -r '.dev[].mgmtdev')" vhost_vdpa \
		mac 02:00:00:00:11:02 max_vqp 1
	drift 'device-create disk0, driver-bind disk0' remove_vdpa disk0
	drift 'device-set disk1' set_msg_timeout disk1 9
	mended

	# Its driver.
	drift 'driver-bind blk-2' unbind_vdpa blk-2
	drift 'driver-bind sf-81' unbind_vdpa sf-81
	drift 'driver-unbind idle-1' switched idle-1 vhost_vdpa
	drift 'driver-unbind net-4, driver-bind net-4' switched net-4 virtio_vdpa
	drift 'driver-unbind vd-0, driver-bind vd-0' switched vd-0 vhost_vdpa
	drift 'driver-unbind own-3, driver-bind own-3, chardev-set own-3' \
		switched own-3 virtio_vdpa
	mended

	# Who may open it, and what a PF enforces on its VFs.
	drift 'chardev-set own-4' chown root /dev/vhost-vdpa/by-name/own-4
	drift 'chardev-set vf-0' chgrp root /dev/vhost-vdpa/by-name/vf-0
	drift 'chardev-set sf-83' chmod 0666 /dev/vhost-vdpa/by-name/sf-83
	drift "vf-set $igb_pf" ip link set "$interface" vf 0 vlan 7
	drift "vf-set $igb_pf" ip link set "$interface" vf 1 mac 02:00:00:00:77:77
	mended
	drift "vf-set $igb_pf" ip link set "$interface" vf 0 trust off
	drift "vf-set $igb_pf" ip link set "$interface" vf 1 spoofchk on
	drift "sf-add $nic_pf" devlink port function set "$(sf_port_of 80)" hw_addr 02:00:00:00:88:88
	mended
}

# vf_address INDEX
vf_address() { basename "$(readlink "/sys/bus/pci/devices/$igb/virtfn$1")"; }

handed_to_no_driver() { echo "$1" >"/sys/bus/pci/devices/$1/driver/unbind"; }

no_vfs() { echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"; }

without_devices() {
	local name
	for name in "${@:2}"; do
		remove_vdpa "$name"
	done
	eval "$1"
}

test_functions_that_others_change() {
	load_everything
	everything 7
	must vdpactl apply everything.json
	plans_nothing everything.json
	remembered
	local vf2
	vf2=$(vf_address 2)
	drift "function-bind pci/$vf2, device-create vf-2, driver-bind vf-2, chardev-set vf-2" \
		without_devices "handed_to_no_driver $vf2" vf-2
	drift "sf-add $nic_pf, device-create sf-80, driver-bind sf-80" \
		without_devices "devlink port del $(sf_port_of 80)" sf-80
	drift "sf-add $nic_pf, device-create sf-81, driver-bind sf-81" \
		without_devices "devlink port function set $(sf_port_of 81) state inactive" sf-81
	drift "mdev-create $nic_pf, device-create mdev-1, driver-bind mdev-1" \
		without_devices "echo 1 >/sys/bus/mdev/devices/${uuid}1/remove" mdev-1
	mended
	drift "vf-count $igb_pf, vf-set $igb_pf, vf-set $igb_pf$(printf ', %s' {device-create,driver-bind,chardev-set}" "vf-{0..3})" \
		without_devices no_vfs vf-0 vf-1 vf-2 vf-3
	mended
}

# half FILE: every other device of everything.json, and of each kind of function one half.
half() {
	vdpactl --json validate everything.json | jq '
		.devices |= [to_entries[] | select(.key % 2 == 0) | .value] |
		.functions |= [.[] | select(.type == "vf" or .sfnum == 80 or .sfnum == 82 or .uuid == "'"${uuid}"'0")]' >"$1"
}

test_from_it_to_another_half_changes_only_the_difference() {
	load_everything
	everything
	half half.json
	jq -r '.devices[].name' half.json >kept
	local bound
	bound=$(vdpactl --json validate everything.json |
		jq '[.devices | to_entries[] | select(.key % 2 == 1 and .value.driver != "none")] | length')
	must vdpactl -q apply everything.json
	local all kept
	all=$(fingerprint)
	kept=$(identities | grep -wFf kept)
	run vdpactl --json apply half.json --name everything --prune --check
	expect_rc 2
	expect_json '[.steps[].operation] | group_by(.) | map([.[0], length])' \
		'[["device-delete",156],["driver-unbind",'"$bound"'],["mdev-remove",1],["sf-del",2]]'
	must vdpactl -q apply half.json --name everything --prune
	expect_eq "$(vdpa_devices | sort)" "$(sort kept)"
	expect_eq "$(identities | grep -wFf kept)" "$kept"
	plans_nothing half.json

	# What is used, and would have to go, stays and is said, and so does its function; the
	# others go.
	start_ready open holder /dev/vhost-vdpa/by-name/vf-0
	echo '{"version":1}' >empty.json
	run vdpactl apply empty.json --name everything --prune
	expect_rc 5
	expect_match "vf-count of $igb_pf costs" "$err"
	run vdpactl apply empty.json --name everything --prune --allow-collateral
	expect_rc 3
	expect_match "vf-0 is in use: pid $started \\(holder\\)" "$err"
	expect_eq "$(vdpa_devices)" vf-0
	expect_eq "$(functions | sed 's/ .*//' | sort | uniq -c | xargs)" '4 VF'
	run vdpactl apply empty.json --name everything --prune --allow-collateral
	expect_rc 5
	stop "$started"
	must vdpactl apply empty.json --name everything --prune --allow-collateral
	expect_eq "$(vdpa_devices)$(functions)" ''

	# Back to all of it: nothing has been forgotten.
	must vdpactl -q apply everything.json
	plans_nothing everything.json
	expect_eq "$(diff <(echo "$all") <(fingerprint))" ''
	vdpactl export >exported.json
	plans_nothing exported.json
	must vdpactl validate exported.json
	# And from nothing it makes the same again.
	must vdpactl -q apply empty.json --name everything --prune --allow-collateral
	must vdpactl -q apply exported.json
	plans_nothing everything.json
	expect_eq "$(diff <(echo "$all") <(fingerprint))" ''
}
