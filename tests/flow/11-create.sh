# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl create: what comes of it, which driver gets to see it, and that
# drivers_autoprobe is the host's again, however the command ended.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

autoprobe() { echo "$(</sys/bus/vdpa/drivers_autoprobe)"; }

set_autoprobe() { echo "$1" >/sys/bus/vdpa/drivers_autoprobe; }

# The bus driver that was loaded first takes what is probed: here virtio_vdpa.
load_virtio_first() {
	unload_modules || true
	load virtio_net virtio_vdpa
	load vhost_vdpa vdpa_sim_net
}

test_create_for_vhost_with_mac_and_mtu() {
	load vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --mtu 1400 \
		--driver vhost_vdpa
	[ -c /dev/vhost-vdpa-0 ]
	expect_eq "$(readlink -f /dev/vhost-vdpa/by-name/n0)" /dev/vhost-vdpa-0
	expect_eq "$(driver_of n0)" vhost_vdpa
	expect_eq "$out" 'created n0 on vdpasim_net, bound to vhost_vdpa: /dev/vhost-vdpa-0'
	must vdpactl path n0
	expect_eq "$out" /dev/vhost-vdpa-0
	must vdpa -j dev config show n0
	expect_json '.config.n0 | [.mac, .mtu]' '["02:00:00:00:00:01",1400]'
	must vdpa -j dev show n0
	expect_json .dev.n0.mgmtdev vdpasim_net
}

test_create_on_every_kind_of_management_device() {
	load vdpa_sim_net vdpa_sim_blk virtio_vdpa virtio_blk
	vp_vdpa_parent 0
	vduse_disk disk0 16
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver vhost
	must vdpactl create vp0 --mgmtdev "$parent" --driver none
	must vdpactl create disk0 --mgmtdev vduse --driver virtio
	must vdpactl create n0 --mgmtdev vdpasim_net --features MTU,MAC,ACCESS_PLATFORM \
		--mtu 9000 --driver none
	must vdpa -j dev show
	expect_json '[.dev[].mgmtdev] | sort' \
		'["pci/0000:00:04.0","vdpasim_blk","vdpasim_net","vduse"]'
	expect_eq "$(driver_of b0) $(driver_of vp0) $(driver_of disk0) $(driver_of n0)" \
		'vhost_vdpa  virtio_vdpa '
	[ "$(<"/sys/class/vduse/disk0/msg_timeout")" -le 5 ]
	must vdpactl show --json n0
	expect_json .features '["MTU","MAC","ACCESS_PLATFORM"]'
}

# Nothing but vhost_vdpa sees a device that is made for it.
test_no_interface_appears_even_for_a_moment() {
	load_virtio_first
	start_ready ready uevents
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	must vdpactl create other --mgmtdev vdpasim_net --driver none
	wait_until 60 grep -qx 'change /devices/n0' "$started_out"
	# One that the bus is to probe is seen by virtio_net, and so does this watch.
	must vdpactl create last --mgmtdev vdpasim_net
	wait_until 60 grep -q '^add /devices/last/virtio.*/net/' "$started_out"
	run grep -E '^[a-z]+ /devices/(n0|other)/' "$started_out"
	expect_eq "$out" ''
	expect_eq "$(driver_of n0) $(driver_of other) $(driver_of last)" \
		'vhost_vdpa  virtio_vdpa'
}

test_without_driver_the_host_decides() {
	load_virtio_first
	must vdpactl create n0 --mgmtdev vdpasim_net
	expect_eq "$(driver_of n0) $(autoprobe)" 'virtio_vdpa 1'
	expect_match 'bound to virtio_vdpa: eth|bound to virtio_vdpa: [a-z]'
	set_autoprobe 0
	must vdpactl create n1 --mgmtdev vdpasim_net
	expect_eq "$(driver_of n1) $(autoprobe)" ' 0'
	must vdpactl create n2 --mgmtdev vdpasim_net --driver vhost_vdpa
	expect_eq "$(driver_of n2) $(autoprobe)" 'vhost_vdpa 0'
}

# A module that is loaded binds whatever has no driver; not what was meant to have none.
test_a_missing_bus_driver_is_loaded_and_takes_nothing_else() {
	unload_modules || true
	load vdpa_sim_net
	must vdpa dev add name foreign mgmtdev vdpasim_net
	must vdpactl create none --mgmtdev vdpasim_net --driver none
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	expect_eq "$(driver_of n0) $(driver_of none) $(driver_of foreign)" 'vhost_vdpa  '
	load virtio_vdpa
	expect_eq "$(driver_of none) $(driver_of foreign)" ' virtio_vdpa'
	expect_eq "$(autoprobe)" 1
}

test_many_at_once() {
	local i pids=()
	load_virtio_first
	for i in {1..6}; do
		vdpactl -q create "n$i" --mgmtdev vdpasim_net --driver vhost_vdpa &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i"
	done
	expect_eq "$(autoprobe)" 1
	for i in {1..6}; do
		expect_eq "$(driver_of "n$i")" vhost_vdpa
		[ -c "/dev/vhost-vdpa/by-name/n$i" ]
	done
}

# What others make while we keep probing off is probed when we are done.
test_devices_of_others_are_probed_afterwards() {
	load_virtio_first
	# It is about to give the char device its name: the device is bound.
	stopped_after symlinkat 1 vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	expect_eq "$(autoprobe) $(driver_of n0)" '0 vhost_vdpa'
	must vdpa dev add name other mgmtdev vdpasim_net
	expect_eq "$(driver_of other)" ''
	go_on
	expect_rc 0
	expect_eq "$(autoprobe) $(driver_of n0) $(driver_of other)" '1 vhost_vdpa virtio_vdpa'
}

create_n0=(vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa)
changing=sendto,write,flock,openat,renameat,unlinkat,symlinkat,mkdir,mkdirat

# The calls by which create changes anything, as "SYSCALL K PATH": the Kth of the process,
# with a path the Kth on that file. From the lock until drivers_autoprobe is the host's
# again, and one more; not what is only opened for reading, nor the pipe to the parent.
changes() {
	strace -f -y -o trace -e "trace=$changing" "${create_n0[@]}" >said
	awk '{ path = "" }
		match($2, /^write\([0-9]+<[^>]*>/) {
			path = substr($2, RSTART, RLENGTH); gsub(/.*<|>/, "", path) }
		{ sub(/\(.*/, "", $2); k = ++count[$1, $2, path] }
		$2 == "flock" { pid = $1 }
		$1 != pid || path ~ /^pipe:/ || /O_RDONLY|O_PATH/ { next }
		{ print $2, k, path; if (last) exit }
		/unlinkat.*drivers_autoprobe/ { last = 1 }' trace
}

# killed_at SYSCALL K PATH: the process that makes this call is killed before the kernel
# does it.
killed_at() {
	local options=()
	[ -z "$3" ] || options=(-P "$3")
	strace -f -o trace "${options[@]}" -e "trace=$1" \
		-e "inject=$1:signal=KILL:when=$2" "${create_n0[@]}" >said 2>&1 || true
	grep -q 'killed by SIGKILL' trace
}

# After each kill the same command puts drivers_autoprobe right, and nothing is left in
# the way of the device.
killed_everywhere() {
	local syscall k path kills=0
	load_virtio_first
	set_autoprobe "$1"
	# The first to come makes the folder of the names, and it stays.
	"${create_n0[@]}" >said
	vdpactl -q destroy n0
	changes >calls
	while read -r syscall k path; do
		vdpactl -q destroy n0
		echo "killed at $syscall $k $path"
		killed_at "$syscall" "$k" "$path"
		"${create_n0[@]}" >said 2>&1 || [ $? -eq 1 ]
		expect_eq "$(autoprobe)" "$1"
		kills=$((kills + 1))
	done <calls
	[ "$kills" -ge 12 ]
	must vdpactl destroy n0
	must "${create_n0[@]}"
	expect_eq "$(find /dev/vhost-vdpa/by-name -mindepth 1 -printf '%f ')" 'n0 '
	[ -c /dev/vhost-vdpa/by-name/n0 ]
	must vdpactl destroy n0
	expect_eq "$(autoprobe)" "$1"
	expect_eq "$(find /dev/vhost-vdpa/by-name -mindepth 1)" ''
	expect_eq "$(find /run/vdpad/state -mindepth 1 -printf '%f ')" 'lock '
}

test_killed_at_any_point_with_autoprobe_on() { killed_everywhere 1; }

test_killed_at_any_point_with_autoprobe_off() { killed_everywhere 0; }
