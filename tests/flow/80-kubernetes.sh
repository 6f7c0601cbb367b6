# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 600
#
# The device plugin on a real kernel: what a kubelet is told when devices come, go and are bound, and
# a container that gets a device by its CDI name, and one that vdpad runs in.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

stand_in=$(realpath "${BASH_SOURCE[0]%/*}/../kubernetes/stand-in.py")

# kubelet: starts a stand-in for it, which prints lists to $lists. Its programs come over 9p, which
# takes its time.
kubelet() {
	start "$stand_in" "$PWD/plugins"
	lists=$started_out
	wait_until 120 grep -qx ready "$lists"
}

# plugin: starts it, $plugin, and a kubelet for it.
plugin() {
	mkdir -p plugins devinfo cdi
	echo '{"resourceList":[{"resourceName":"vhost_net","selectors":[{"vdpaType":"vhost"}]}]}' \
		>config.json
	kubelet
	start /usr/libexec/vdpa-device-plugin --config config.json --plugin-dir "$PWD/plugins" \
		--devinfo-dir "$PWD/devinfo" --cdi-dir "$PWD/cdi"
	plugin=$started
}

last_list_is() { [ "$(grep '^list' "$lists" | tail -n 1)" = "list vdpad.org/vhost_net $1" ]; }

test_lists_follow_the_kernel() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	add_vdpa n0 vdpasim_net vhost_vdpa
	plugin
	wait_until 120 last_list_is n0=Healthy
	unbind_vdpa n0
	wait_until 10 last_list_is n0=Unhealthy
	run "$stand_in" allocate plugins/vdpad-vdpad.org-vhost_net.sock n0
	expect_rc 1
	expect_match 'it has no driver' "$err"
	bind_vdpa n0 vhost_vdpa
	wait_until 10 last_list_is n0=Healthy
	add_vdpa n1 vdpasim_net vhost_vdpa
	wait_until 10 last_list_is 'n0=Healthy n1=Healthy'
	must "$stand_in" allocate plugins/vdpad-vdpad.org-vhost_net.sock n1
	expect_json '.devices[0].hostPath' /dev/vhost-vdpa-1
	expect_json .vdpa.path /dev/vhost-vdpa-1 \
		"$(cat devinfo/vdpad.org-vhost_net-n1-device.json)"
	expect_json '[.devices[].name]' '["n0","n1"]' "$(cat cdi/vdpad.org-net.json)"
	remove_vdpa n1
	wait_until 10 last_list_is n0=Healthy
	wait_until 10 [ ! -e devinfo/vdpad.org-vhost_net-n1-device.json ]
	[ "$(grep -c '^registered' "$lists")" -eq 1 ]
	stop "$plugin"
	[ ! -e cdi/vdpad.org-net.json ]
}

test_an_ordinary_user_can_list() {
	load vdpa_sim_net vhost_vdpa
	add_vdpa n0 vdpasim_net vhost_vdpa
	mkdir plugins devinfo cdi
	chmod 0755 "$scratch"
	chmod 0777 . plugins devinfo cdi
	echo '{"resourceList":[{"resourceName":"vhost_net"}]}' >config.json
	kubelet
	chmod 0777 plugins/kubelet.sock
	start as_user /usr/libexec/vdpa-device-plugin --config config.json --plugin-dir \
		"$PWD/plugins" --devinfo-dir "$PWD/devinfo" --cdi-dir "$PWD/cdi"
	wait_until 120 last_list_is n0=Healthy
}

test_says_where_the_family_is_missing() {
	load vdpa_sim_net
	mkdir plugins
	echo '{"resourceList":[{"resourceName":"vhost_net"}]}' >config.json
	start unshare -n /usr/libexec/vdpa-device-plugin --config config.json \
		--plugin-dir "$PWD/plugins" --devinfo-dir "$PWD/d" --cdi-dir "$PWD/c"
	wait_until 120 grep -q 'initial network namespace.*hostNetwork: true' "$started_out"
}

# A container's root is the host's, mounted once more: there is no registry here to have an image
# from.
containers() {
	mountpoint -q /mnt || mount --bind / /mnt
	container=(podman --root "$PWD/store" --runroot "$PWD/run" --storage-driver vfs
		--cgroup-manager cgroupfs --runtime crun run --rm)
}

# in_container ARGUMENT…: opens the char device in one.
in_container() {
	"${container[@]}" --network none --read-only --read-only-tmpfs=false "$@" \
		--rootfs /mnt /usr/bin/python3 -c '
import fcntl, os
fd = os.open("/dev/vhost-vdpa-0", os.O_RDWR)
features = bytearray(8)
fcntl.ioctl(fd, 0x8008af00, features)
print("features", int.from_bytes(features, "little"))'
}

test_a_container_gets_the_device_by_its_cdi_name() {
	load vdpa_sim_net vhost_vdpa
	add_vdpa n0 vdpasim_net vhost_vdpa
	mkdir -p /etc/cdi
	containers
	must vdpactl info n0 --format cdi
	echo "$out" >/etc/cdi/vdpad.json
	run in_container --device vdpad.org/net=n0
	expect_rc 0
	expect_match '^features [1-9]'
	run in_container
	[ "$rc" -ne 0 ]
	expect_match 'No such file or directory' "$err"
}

# config_map GENERATION MAC-BYTE: a folder as the kubelet fills it: files are links through ..data,
# which is put on another folder in one move.
config_map() {
	mkdir -p "map/..$1"
	printf '{"version":1,"devices":[{"name":"edge-{n}","count":2,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:%s:{n}","driver":"vhost_vdpa"}]}' \
		"$2" >"map/..$1/site.json"
	ln -s "..$1" map/..data_tmp
	mv -T map/..data_tmp map/..data
	[ -e map/site.json ] || ln -s ..data/site.json map/site.json
}

has_mac() { [ "$(vdpa -j dev config show "$1" | jq -r ".config[\"$1\"].mac")" = "$2" ]; }

has_no_mount_below() { ! grep -q " $1/" /proc/mounts; }

test_vdpad_in_a_container_follows_its_config_map() {
	load vdpa_sim_net vhost_vdpa
	grep -q '^vdpad:' /etc/group || echo 'vdpad:x:990:' >>/etc/group
	grep -q '^vdpad:' /etc/passwd ||
		echo 'vdpad:x:990:990::/:/usr/sbin/nologin' >>/etc/passwd
	mkdir -p /run/vdpad/documents.d /run/vdpad/state
	config_map 1 11
	containers
	start "${container[@]}" --name vdpad --privileged --network host --pid host \
		-v "$PWD/map:/run/vdpad/documents.d:ro" -v /run/vdpad/state:/run/vdpad/state \
		-v /sys:/sys -v /dev:/dev --rootfs /mnt /usr/libexec/vdpad --spawn-workers
	wait_until 200 has_mac edge-1 02:00:00:00:11:01
	wait_until 60 [ -e /sys/bus/vdpa/drivers/vhost_vdpa/edge-1 ]
	config_map 2 22
	wait_until 60 has_mac edge-1 02:00:00:00:22:01
	wait_until 60 [ -e /sys/bus/vdpa/drivers/vhost_vdpa/edge-1 ]
	stop "$started"
	# Another podman tidies up.
	wait_until 120 has_no_mount_below "$PWD"
	must vdpactl -j list
	expect_json '[.devices[].name]' '["edge-0","edge-1"]'
}
