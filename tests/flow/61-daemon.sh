# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The daemon without a bus and without systemd: documents are what it is told, the kernel and the log
# are what it says. Devices come, drift is mended, nothing that is killed on the way is in the way.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

documents=/run/vdpad/documents.d

setup() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net
	grep -q '^vdpad:' /etc/group || echo 'vdpad:x:990:' >>/etc/group
	grep -q '^vdpad:' /etc/passwd ||
		echo 'vdpad:x:990:990::/:/usr/sbin/nologin' >>/etc/passwd
	mkdir -p "$documents"
}

# write NAME COUNT DRIVER: a document of COUNT devices NAME-N, in one move.
write() {
	printf '{"version":1,"devices":[{"name":"%s-{n}","count":%s,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:00:{n}","driver":"%s"}]}' \
		"$1" "$2" "$3" >"$documents/.$1.new"
	mv "$documents/.$1.new" "$documents/$1.json"
}

# daemon: $daemon is its pid.
daemon() {
	/usr/libexec/vdpad --spawn-workers 2>>daemon.log &
	daemon=$!
}
daemon=""

has_driver() {
	[ "$(basename "$(readlink "/sys/bus/vdpa/devices/$1/driver")")" = "$2" ]
}

# bound NAME COUNT DRIVER: all of them are.
bound() {
	local i
	for ((i = 0; i < $2; i++)); do has_driver "$1-$i" "$3" || return 1; done
}

mac_of() { vdpa -j dev config show "$1" | jq -r ".config[\"$1\"].mac"; }
has_mac() { [ "$(mac_of "$1")" = "$2" ]; }

test_devices_come_and_drift_is_mended() {
	setup
	must vdpa dev add name other mgmtdev vdpasim_net mac 02:00:00:00:99:99
	write d 4 vhost_vdpa
	daemon
	wait_until 60 bound d 4 vhost_vdpa
	expect_eq "$(mac_of d-3)" 02:00:00:00:00:03
	expect_eq "$(stat -c %U "/proc/$daemon")" vdpad

	# A driver that somebody takes away, a device that somebody deletes.
	echo d-1 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind
	wait_until 60 has_driver d-1 vhost_vdpa
	echo d-2 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind
	vdpa dev del d-2 || true
	wait_until 60 bound d 4 vhost_vdpa
	expect_eq "$(mac_of other)" 02:00:00:00:99:99

	# A document that is another, and one that is faulty.
	write d 4 virtio_vdpa
	wait_until 60 bound d 4 virtio_vdpa
	echo '{' >"$documents/d.json"
	wait_until 60 grep -q 'd.json is left out' daemon.log
	bound d 4 virtio_vdpa
	kill "$daemon"
	wait "$daemon"
	bound d 4 virtio_vdpa
}

test_killed_in_the_middle_it_converges() {
	setup
	write k 60 vhost_vdpa
	daemon
	wait_until 60 [ -e /sys/bus/vdpa/devices/k-5 ]
	kill -KILL "$daemon"
	wait "$daemon" || true
	daemon
	wait_until 120 bound k 60 vhost_vdpa
	expect_eq "$(vdpa -j dev show | jq '.dev | length')" 60

	# A worker that is killed is replaced.
	pkill -KILL -P "$(pgrep -x vdpad-broker)"
	echo k-7 >/sys/bus/vdpa/drivers/vhost_vdpa/unbind
	wait_until 60 has_driver k-7 vhost_vdpa
	kill -0 "$daemon"
}

test_a_device_in_use_keeps_nobody_waiting() {
	setup
	write s 2 vhost_vdpa
	daemon
	wait_until 60 bound s 2 vhost_vdpa
	start_ready open holder "$(vdpactl path s-0)"
	write s 2 virtio_vdpa
	wait_until 60 has_driver s-1 virtio_vdpa
	has_driver s-0 vhost_vdpa
	write t 2 vhost_vdpa
	wait_until 60 bound t 2 vhost_vdpa
	wait_until 60 grep -q 's-0.*in use' daemon.log
	stop "$started"
	wait_until 60 has_driver s-0 virtio_vdpa
}
