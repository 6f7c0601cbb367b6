# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test machine itself: what other flows take for granted is there, and the suite
# notices what it has to notice. Nothing of ours is used but the harness.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

test_kernel_has_no_vdpa_before_a_module_is_loaded() {
	[ ! -e /sys/bus/vdpa ]
	run vdpa mgmtdev show
	[ "$rc" -ne 0 ]
}

test_simulators_are_management_devices() {
	load vdpa_sim_net vdpa_sim_blk
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev.vdpasim_net.supported_classes' '["net"]'
	expect_json '.mgmtdev.vdpasim_blk.supported_classes' '["block"]'
}

test_virtio_card_is_a_management_device_by_vp_vdpa() {
	vp_vdpa_parent 0
	expect_eq "$parent" pci/0000:00:04.0
	vp_vdpa_parent 1
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev["pci/0000:00:04.0"].max_supported_vqs' 3
	expect_json '.mgmtdev["pci/0000:00:05.0"].max_supported_vqs' 3
}

test_vduse_is_a_management_device_and_serves_a_disk() {
	load virtio_vdpa virtio_blk
	vduse_disk disk0 16
	must vdpa -j mgmtdev show
	expect_json '.mgmtdev.vduse.supported_classes' '["net","block"]'
	add_vdpa disk0 vduse virtio_vdpa
	expect_eq "$(driver_of disk0)" virtio_vdpa
	wait_until 60 test -b /dev/vda
	head -c 1M /dev/urandom >written
	must dd if=written of=/dev/vda bs=1M oflag=direct
	must dd if=/dev/vda of=read bs=1M count=1 iflag=direct
	must cmp written read
	must cmp -n 1048576 written "$disk_image"
}

test_vduse_server_may_be_killed() {
	load virtio_vdpa virtio_blk
	vduse_disk killed 16
	add_vdpa killed vduse virtio_vdpa
	kill -KILL "$started"
	wait "$started" || true
	unset "children[$started]"
}

test_after_vduse_server_was_killed() {
	expect_eq "$(ls /dev/vduse)" control
}

test_vp_vdpa_reaches_the_gateway() {
	local interface
	load virtio_vdpa virtio_net
	vp_vdpa_parent 0
	add_vdpa vp0 "$parent" virtio_vdpa
	wait_until 60 compgen -G '/sys/bus/pci/devices/0000:00:04.0/virtio*/net/*'
	interface=$(basename /sys/bus/pci/devices/0000:00:04.0/virtio*/net/*)
	ip link set "$interface" up
	ip address add 10.0.2.15/24 dev "$interface"
	must busybox ping -c 1 -W 5 "$gateway"
}

test_igb_makes_virtual_functions() {
	igb_vfs 2
	must ip -j link show
	expect_json '[.[] | select(.vfinfo_list) | .vfinfo_list | length]' '[2]'
	[ -e /sys/bus/pci/devices/0000:01:10.0/physfn ]
	expect_eq "$(</sys/bus/pci/devices/0000:01:10.0/device)" 0x10ca
}

test_mtty_offers_mdev_types() {
	load mtty
	[ -e /sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/create ]
}

test_modules_can_be_unloaded() {
	load vdpa_sim_net vdpa_sim_blk vp_vdpa vduse virtio_vdpa vhost_vdpa mtty
	unload_modules
	[ ! -e /sys/bus/vdpa ]
}

test_what_an_ordinary_user_and_a_namespace_may() {
	must as_user id -u
	expect_match '^65534$'
	run as_user touch /root/x
	[ "$rc" -ne 0 ]
	must runuser -u nobody -- id -u
	expect_match '^65534$'
	must unshare -m sh -c 'mount -t tmpfs none /mnt && touch /mnt/x'
	[ ! -e /mnt/x ]
}

test_files_can_be_written_and_loopback_is_up() {
	touch /tmp/x /etc/x /run/x
	must ip -j link show dev lo
	expect_json '.[0].flags | contains(["UP"])' true
	[ -d /sys/kernel/debug/tracing ]
}

test_holder_keeps_a_character_device_busy() {
	load vhost_vdpa vdpa_sim_net
	add_vdpa n0 vdpasim_net vhost_vdpa
	wait_until 60 test -c /dev/vhost-vdpa-0
	start_ready open holder /dev/vhost-vdpa-0
	run holder /dev/vhost-vdpa-0
	expect_rc 1
	expect_match 'busy' "$err"
	stop "$started"
	start_ready ready opener /dev/vhost-vdpa-0
	sleep 0.2
	stop "$started"
	expect_match '^ready
[1-9][0-9]* [1-9][0-9]*$' "$(<"$started_out")"
}

test_uevents_are_seen() {
	start_ready ready uevents
	load vdpa_sim_net
	add_vdpa n0 vdpasim_net
	wait_until 60 grep -qx 'add /devices/n0' "$started_out"
}

# The suite takes these three for failed tests; here is the reason that it can.

test_kernel_complaints_are_found() {
	local line
	for line in '[   12.3] WARNING: CPU: 1 PID: 9 at drivers/vdpa/vdpa.c:5 f+0x1/0x2' \
		    '[   12.3] BUG: kernel NULL pointer dereference, address: 0' \
		    '[   12.3] Oops: Oops: 0000 [#1] PREEMPT SMP NOPTI' \
		    '[   12.3] INFO: task vdpa:12 blocked for more than 120 seconds.' \
		    '[   12.3] WARNING: possible recursive locking detected' \
		    '[   12.3] sysfs: cannot create duplicate filename /bus/vdpa/x' \
		    '[   12.3] refcount_t: underflow; use-after-free.'; do
		expect_eq "$(kernel_faults /dev/null <<<"$line")" "$line"
	done
	! kernel_faults /dev/null <<<'[ 4.0] vringh: loading out-of-tree module taints kernel.'
	! kernel_faults /dev/null </dev/null
	echo 'at drivers/vdpa' >allowed
	! kernel_faults allowed <<<'WARNING: CPU: 1 PID: 9 at drivers/vdpa/vdpa.c:5'
}

test_failing_tests_fail() {
	cat >flow.sh <<-'END'
		test_command() { false; true; }
		test_expectation() { run echo a; expect_eq "$out" b; }
		test_subshell() { true "$(false)"; }
		test_json() { expect_json .a 1 '{'; }
		test_nothing() { expect_json .a ready ''; }
		test_skip() { skip because; }
	END
	run inner_test command
	expect_rc 1
	# shellcheck disable=SC2016
	expect_match 'FAILED: `false` returned 1'
	run inner_test expectation
	expect_rc 1
	expect_match "is 'a', expected 'b'"
	expect_match 'at flow.sh:2 test_expectation'
	run inner_test subshell
	expect_rc 1
	run inner_test json
	expect_rc 1
	expect_match 'FAILED: jq'
	run inner_test nothing
	expect_rc 1
	run inner_test skip
	expect_rc 77
	expect_eq "$out" because
}

inner_test() {
	rm -rf inner
	mkdir inner
	scratch=$PWD/inner bash -eEuo pipefail \
		-c '. "$0/lib.sh"; run_test "$1" "$2"' "$flows" "$PWD/flow.sh" "test_$1"
}
