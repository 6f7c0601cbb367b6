# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl plan, apply, export: small documents on the real kernel, each for one thing that
# is promised of them.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/document.sh
. "${BASH_SOURCE[0]%/*}/document.sh"

# Each device with all that a document can say of it, and its identity in sysfs.
state_of_all() {
	local name
	vdpactl --json list | jq -c '.devices[] | [.name, .mgmtdev, .driver, .config]'
	for name in /sys/bus/vdpa/devices/*; do
		stat -L -c '%n %i' "$name"
	done
}

test_from_nothing_to_a_document() {
	load_simulators
	document d \
		'{"name":"n-{n}","count":3,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:01:{n}","mtu":1400,"driver":"vhost_vdpa"}' \
		'{"name":"b0","mgmtdev":"vdpasim_blk","driver":"virtio_vdpa"}' \
		'{"name":"none","mgmtdev":"vdpasim_net","driver":"none"}'
	run vdpactl --json plan d.json
	expect_rc 2
	expect_json '[.steps[].operation] | group_by(.) | map([.[0], length])' \
		'[["device-create",5],["driver-bind",4]]'
	expect_json '[.steps[].id] == [range(1; 10)]' true
	expect_eq "$(vdpa_devices)" ''
	run vdpactl apply d.json --detailed-exitcode
	expect_rc 2
	expect_match '9 done, 0 failed, 0 skipped'
	expect_eq "$(driver_of n-2) $(driver_of b0) $(driver_of none)" \
		'vhost_vdpa virtio_vdpa '
	must vdpa -j dev config show n-1
	expect_json '.config["n-1"] | [.mac, .mtu]' '["02:00:00:00:01:01",1400]'
	plans_nothing d.json
	run vdpactl apply d.json --detailed-exitcode
	expect_rc 0
	expect_match 'nothing to do'
}

test_prune_takes_what_this_document_named() {
	load_simulators
	add_vdpa foreign vdpasim_net vhost_vdpa
	document a '{"name":"a-{n}","count":3,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	document b '{"name":"b-0","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	must vdpactl apply a.json
	must vdpactl apply b.json
	document a '{"name":"a-1","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	must vdpactl apply a.json
	expect_eq "$(vdpa_devices | sort | xargs)" 'a-0 a-1 a-2 b-0 foreign'
	# Not named by the last generation any more: they are nobody's now.
	must vdpactl apply a.json --prune
	expect_eq "$(vdpa_devices | sort | xargs)" 'a-0 a-1 a-2 b-0 foreign'
	document a '{"name":"a-{n}","count":2,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	must vdpactl apply a.json
	document a
	must vdpactl apply a.json --prune
	expect_eq "$(vdpa_devices | sort | xargs)" 'a-2 b-0 foreign'
}

test_a_device_in_use_is_left_and_said() {
	load_simulators
	document d '{"name":"n0","mgmtdev":"vdpasim_net","mtu":1400,"driver":"vhost_vdpa"}' \
		'{"name":"n1","mgmtdev":"vdpasim_net","mtu":1400,"driver":"vhost_vdpa"}'
	must vdpactl apply d.json
	start_ready open holder /dev/vhost-vdpa/by-name/n0
	sed -i s/1400/9000/g d.json
	run vdpactl apply d.json
	expect_rc 3
	expect_match "n0 is in use: pid $started \\(holder\\)" "$err"
	must vdpa -j dev config show
	expect_json '.config | [.n0.mtu, .n1.mtu]' '[1400,9000]'
	document d '{"name":"n0","mgmtdev":"vdpasim_net","mtu":9000,"driver":"vhost_vdpa"}'
	run vdpactl apply d.json
	expect_rc 5
	stop "$started"
	must vdpactl apply d.json
	must vdpa -j dev config show n0
	expect_json .config.n0.mtu 9000
}

test_a_failure_is_rolled_back() {
	load_simulators
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --mtu 1400 \
		--driver vhost_vdpa
	document d '{"name":"n0","mgmtdev":"vdpasim_net","mtu":9000}' \
		'{"name":"new","mgmtdev":"vdpasim_net"}' \
		'{"name":"bad","mgmtdev":"vdpasim_blk","mtu":1400}'
	run vdpactl apply d.json --rollback-on-failure
	expect_rc 1
	expect_match 'Some provided attributes are not supported: 0x2000' "$err"
	expect_eq "$(vdpa_devices)" n0
	expect_eq "$(driver_of n0)" vhost_vdpa
	must vdpa -j dev config show n0
	expect_json '.config.n0 | [.mac, .mtu]' '["02:00:00:00:00:01",1400]'
}

test_export_of_any_state_plans_nothing() {
	load_simulators
	vduse_disk disk0 16
	vp_vdpa_parent 0
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 --mtu 1400 \
		--driver vhost_vdpa
	must vdpactl create n1 --mgmtdev vdpasim_net --features MTU,VERSION_1,ACCESS_PLATFORM \
		--driver none
	must vdpactl create b0 --mgmtdev vdpasim_blk --driver virtio_vdpa
	must vdpactl create vp0 --mgmtdev "$parent" --driver none
	must vdpactl create disk0 --mgmtdev vduse --driver virtio_vdpa
	vdpactl export >all.json
	plans_nothing all.json
	local before
	before=$(state_of_all)
	must vdpactl apply all.json
	expect_eq "$(state_of_all)" "$before"
	# From nothing it makes the same again.
	must vdpactl destroy n0 n1 b0 vp0
	must vdpactl apply all.json
	plans_nothing all.json
	must vdpactl export n0 b0
	expect_json '[.devices[].name] | sort' '["b0","n0"]'
}

# A plan that finds nothing to do asks three times and writes nothing.
test_a_plan_without_steps_costs_three_dumps() {
	load_simulators
	document d '{"name":"n-{n}","count":20,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	must vdpactl apply d.json
	traced -e trace=sendto,sendmsg -- vdpactl plan d.json
	expect_rc 0
	# The look for the family, and the dumps of management devices, devices, configurations.
	expect_eq "$(grep -c 'AF_NETLINK\|nlmsg_type' trace)" 4
}

test_what_is_refused() {
	load_simulators
	echo '{"version":2}' >bad.json
	run vdpactl apply bad.json
	expect_rc 65
	run vdpactl apply missing.json
	expect_rc 65
	document ok '{"name":"n0","mgmtdev":"vdpasim_net"}'
	refused 64 usage apply ok.json ok.json
	cp ok.json 'b d.json'
	refused 64 invalid-name apply 'b d.json'
	run as_user vdpactl apply ok.json
	expect_rc 77
	expect_eq "$(vdpa_devices)" ''
	document later '{"name":"n0","mgmtdev":"pci/0000:55:00.0"}'
	must vdpactl apply later.json
	expect_match 'n0: waits for its management device'
}
