# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl vduse list, and devices whose servers are programs: one that works, and one that
# never answers. Such a one costs seconds, and never the host's netlink.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/rounds.sh
. "${BASH_SOURCE[0]%/*}/rounds.sh"

# silent NAME: a disk whose server never answers.
silent() {
	load vduse
	start_ready ready vduse-silent "$1"
	children[$started]=$1
}

# The longest that netlink has kept somebody waiting, in milliseconds, goes to the file
# "slowest" while this runs.
ask_netlink_all_the_time() {
	local begun took slowest=0
	while :; do
		begun=${EPOCHREALTIME/./}
		vdpa dev show >/dev/null
		devlink dev show >/dev/null
		took=$(((${EPOCHREALTIME/./} - begun) / 1000))
		[ "$took" -le "$slowest" ] || slowest=$took
		echo "$slowest" >slowest.new
		mv slowest.new slowest
	done
}

# The first, before a module is loaded.
test_list_works_without_vduse_in_the_kernel() {
	must vdpactl --json vduse list
	expect_eq "$out" '{"version":1,"vduse":[]}'
}

test_list_tells_who_waits_and_who_is_attached() {
	load virtio_vdpa virtio_blk
	vduse_disk disk0 16
	silent mute0
	must vdpactl --json vduse list
	expect_json '.vduse[0]' '{"name":"disk0","attached":false,"class":null,"msg_timeout":30,"queues":1}'
	expect_json '.vduse[1] | [.name, .attached, .queues]' '["mute0",false,1]'
	must vdpactl create disk0 --mgmtdev vduse --driver virtio_vdpa
	must vdpactl --json vduse list
	expect_json '.vduse[0]' '{"name":"disk0","attached":true,"class":"block","msg_timeout":5,"queues":1}'
	expect_json '.vduse | length' 2
	must as_user vdpactl vduse list
	expect_match 'NAME +ATTACHED +CLASS +QUEUES +MSG-TIMEOUT'
	expect_match 'disk0 +yes +block +1 +5'
	expect_match 'mute0 +no +- +1 +30'
}

# A device of another parent by the name of one that waits is not it.
test_namesake_of_another_parent_is_not_attached() {
	load vdpa_sim_net
	silent n0
	children[$started]=
	add_vdpa n0 vdpasim_net
	must vdpactl --json vduse list
	expect_json '.vduse[0] | [.attached, .class]' '[false,null]'
}

test_destroy_leaves_the_server_alone() {
	load virtio_vdpa virtio_blk
	vduse_disk disk0 16
	local round
	for round in 1 2 3; do
		must vdpactl create disk0 --mgmtdev vduse --driver virtio_vdpa
		wait_until 60 test -b /dev/vda
		must dd if=/dev/vda of=/dev/null bs=1M count=1 iflag=direct
		must vdpactl destroy disk0
		kill -0 "$started"
		must vdpactl --json vduse list
		expect_json '.vduse[0] | [.name, .attached]' '["disk0",false]'
	done
	expect_eq "$round" 3
}

test_from_nothing_to_vhost_and_back() {
	load vhost_vdpa
	vduse_disk disk0 16
	must vdpactl create disk0 --mgmtdev vduse --driver vhost_vdpa
	[ -c /dev/vhost-vdpa-0 ]
	must vdpa -j dev show disk0
	expect_json '.dev.disk0 | [.type, .mgmtdev]' '["block","vduse"]'
	must vdpactl show vduse --json
	expect_json '[.function, .devices]' '["vduse",["disk0"]]'
	start_ready open holder /dev/vhost-vdpa-0
	refused 5 in-use destroy disk0
	expect_within 2000
	stop "$started"
	must vdpactl destroy disk0
	expect_eq "$(vdpa_devices)" ''
	[ ! -e /dev/vhost-vdpa-0 ]
	must vdpactl --json vduse list
	expect_json '.vduse[0] | [.name, .attached]' '["disk0",false]'
}

vduse_round() {
	vdpactl -q create disk0 --mgmtdev vduse --driver vhost_vdpa
	vdpactl -q destroy disk0
}

test_fifty_rounds_leave_nothing() {
	load vhost_vdpa
	vduse_disk disk0 16
	without_leak vduse_round
	steps_without_leak device-create disk0 mgmtdev=vduse msg_timeout=5 \
		-- driver-bind disk0 driver=vhost_vdpa -- driver-unbind disk0 \
		-- device-delete disk0
	kill -0 "$started"
}

test_without_a_server_there_is_nothing_to_attach() {
	load vduse
	refused 1 kernel create disk0 --mgmtdev vduse
	expect_match 'no server offers a device of that name' "$sentence"
}

test_timeout_is_bounded_before_it_is_attached() {
	local timeout=/sys/class/vduse/mute0/msg_timeout
	silent mute0
	echo 0 >"$timeout"
	must vdpactl create mute0 --mgmtdev vduse --driver none
	expect_eq "$(<"$timeout")" 5
	must vdpactl destroy mute0
	# A shorter one is right; one that is asked for too.
	echo 2 >"$timeout"
	must vdpactl create mute0 --mgmtdev vduse --driver none
	expect_eq "$(<"$timeout")" 2
	must vdpactl destroy mute0
	must step device-create mute0 mgmtdev=vduse msg_timeout=9
	expect_eq "$(<"$timeout")" 9
	run step device-create mute1 mgmtdev=vduse msg_timeout=0
	expect_rc 64
}

test_silent_server_costs_seconds_and_not_the_netlink() {
	load virtio_vdpa virtio_blk
	silent mute0
	ask_netlink_all_the_time &
	children[$!]=
	local asker=$!
	wait_until 60 test -s slowest
	run vdpactl create mute0 --mgmtdev vduse --driver virtio_vdpa
	stop "$asker"
	expect_rc 1
	expect_match 'cannot bind mute0 to virtio_vdpa: its virtio driver refused the device' "$err"
	expect_within 25000
	printf 'netlink kept us waiting for at most %s ms\n' "$(<slowest)"
	[ "$(<slowest)" -lt 1500 ]
	must vdpactl destroy mute0
	expect_eq "$(vdpa_devices)" ''
}

# Who does not wait that long is told so, and the kernel's wait ends all the same.
test_silent_server_and_an_impatient_caller() {
	load virtio_vdpa virtio_blk
	silent mute0
	run vdpactl create mute0 --mgmtdev vduse --driver virtio_vdpa --timeout 1
	expect_rc 75
	expect_within 8000
	must vdpactl --json vduse list
	expect_json '.vduse[0].attached' true
	wait_until 60 no_vdpactl
	must vdpactl destroy mute0 --timeout 30
}

test_server_that_is_killed() {
	load virtio_vdpa virtio_blk
	vduse_disk disk0 16
	must vdpactl create disk0 --mgmtdev vduse --driver virtio_vdpa
	kill -KILL "$started"
	wait "$started" || true
	must vdpactl --json vduse list
	expect_json '.vduse[0].attached' true
	must vdpactl destroy disk0 --timeout 60
	expect_eq "$(vdpa_devices)" ''
}
