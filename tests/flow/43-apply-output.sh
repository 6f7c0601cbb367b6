# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# vdpactl plan and apply: what they print, to a terminal and to a file; and the way back
# after a failure.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/document.sh
. "${BASH_SOURCE[0]%/*}/document.sh"

# on_terminal COMMAND: run, with a terminal for both outputs.
on_terminal() { run script -qec "$1" /dev/null; }

test_few_steps_are_told_one_by_one_and_summed_up() {
	load_simulators
	document d '{"name":"n-{n}","count":2,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}' \
		'{"name":"bad","mgmtdev":"vdpasim_blk","mtu":1400,"driver":"vhost_vdpa"}'
	run vdpactl apply d.json
	expect_rc 3
	expect_match '\[1/6\] n-0: device-create mgmtdev=vdpasim_net \(it is missing\): done'
	expect_match '\[3/6\] bad: device-create .*: FAILED'
	expect_match '\[6/6\] bad: driver-bind .*: skipped'
	expect_match 'OPERATION +DONE +FAILED +SKIPPED
device-create +2 +1 +0
driver-bind +2 +0 +1
FAILED +OPERATION +CODE +KERNEL
bad +device-create +unsupported +vdpa: Some provided attributes are not supported: 0x2000
4 done, 1 failed, 1 skipped$'
	expect_match '^vdpactl: .*bad.*Some provided attributes are not supported: 0x2000$' "$err"
	run vdpactl -q apply d.json
	expect_rc 1
	expect_eq "$out" ''
	expect_match '^vdpactl: .*bad' "$err"
	run vdpactl --json apply d.json
	expect_json '[.results[] | [.operation, .status, .error.kernel]]' \
		'[["device-create","failed","vdpa: Some provided attributes are not supported: 0x2000"],["driver-bind","skipped",null]]'
	expect_json .error.target bad "$err"
}

test_many_steps_are_one_bar_on_a_terminal() {
	load_simulators
	document d '{"name":"n-{n}","count":12,"mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	on_terminal 'vdpactl apply d.json'
	expect_rc 0
	expect_match $'\r''\[ {30}\] 0/24 device-create n-0'
	expect_match $'\r''\[#{15} {15}\] 12/24 driver-bind n-0'
	expect_no_match '\[1/24\]'
	expect_match 'device-create +12 +0 +0'
	expect_match '24 done, 0 failed, 0 skipped'
	vdpactl -q destroy n-{0..11}
	on_terminal 'vdpactl apply d.json 2>err'
	expect_match '\[24/24\] n-11: driver-bind'
	vdpactl -q destroy n-{0..11}
	on_terminal 'vdpactl apply d.json | cat'
	expect_match '\[24/24\] n-11: driver-bind'
	expect_no_match '\[#'
	document few '{"name":"n-0","mgmtdev":"vdpasim_net","driver":"none"}'
	on_terminal 'vdpactl apply few.json'
	expect_match '\[1/1\] n-0: driver-unbind'
}

# Each device by its own name, with what each step is told.
test_the_plan_is_expanded() {
	load_simulators
	document d '{"name":"n-{n}","count":3,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:01:{n}","driver":"vhost_vdpa"}'
	run vdpactl plan d.json
	expect_rc 2
	expect_eq "$(wc -l <<<"$out")" 6
	expect_match 'n-2: device-create mgmtdev=vdpasim_net mac=02:00:00:00:01:02'
	run vdpactl apply --check d.json
	expect_rc 2
	expect_eq "$(vdpa_devices)" ''
}

# ---- the way back ----

# What is made, changed, bound elsewhere and given away is as it was; even the record of
# whose the devices are.
test_a_failure_is_rolled_back_whole() {
	load_simulators
	test_nic persona=mlx5
	sf_parent 7
	document d \
		'{"name":"n-{n}","count":3,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:01:{n}","mtu":1400,"driver":"vhost_vdpa","chardev":{"owner":"nobody","group":"nogroup","mode":"0640"}}' \
		'{"name":"b0","mgmtdev":"vdpasim_blk","driver":"virtio_vdpa"}' \
		'{"name":"none","mgmtdev":"vdpasim_net","driver":"none"}' \
		'{"name":"old","mgmtdev":"vdpasim_net","driver":"none"}'
	must vdpactl apply d.json
	add_vdpa foreign vdpasim_net vhost_vdpa
	local before kept
	before=$(fingerprint)
	kept=$(identities | grep -E '^(foreign|none|b0) ')
	document d \
		'{"name":"n-0","mgmtdev":"vdpasim_net","mtu":9000,"driver":"vhost_vdpa"}' \
		'{"name":"n-1","mgmtdev":"vdpasim_net","mac":"02:00:00:00:09:09","driver":"virtio_vdpa"}' \
		'{"name":"n-2","mgmtdev":"vdpasim_net","driver":"vhost_vdpa","chardev":{"mode":"0666"}}' \
		'{"name":"b0","mgmtdev":"vdpasim_blk","driver":"vhost_vdpa"}' \
		'{"name":"none","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}' \
		'{"name":"new-{n}","count":2,"mgmtdev":"vdpasim_net","driver":"virtio_vdpa"}' \
		'{"name":"sf","mgmtdev":{"pf":"'"$nic_pf"'","sfnum":7},"driver":"vhost_vdpa"}'
	knob dev_add 'errno=28'
	run vdpactl apply d.json --rollback-on-failure
	# Nothing of it is left: the status is the failure's, not that of a part.
	expect_rc 1
	expect_match 'sf +device-create +mgmtdev-full'
	expect_match 'cannot create sf: .* carries no more devices' "$err"
	expect_match 'as it was before$'
	expect_eq "$(diff <(echo "$before") <(fingerprint))" ''
	expect_eq "$(identities | grep -E '^(foreign|none|b0) ')" "$kept"
	# "old" is still one of those that the document named.
	run vdpactl --json plan d.json --prune
	expect_json '[.steps[] | select(.operation == "device-delete") | .target] | contains(["old"])' true
}

# Functions that were made for it go again, and one that was there stays.
test_functions_are_rolled_back() {
	load_everything
	sf_parent 7
	must vdpactl create there --mgmtdev "$parent" --driver vhost_vdpa
	two_vfs_an_sf_and_an_mdev >d.json
	local before
	before=$(fingerprint)
	knob dev_add 'errno=28 times=9 text=no room left on the card'
	run vdpactl apply d.json --rollback-on-failure
	expect_rc 1
	expect_match 'as it was before$'
	expect_eq "$(diff <(echo "$before") <(fingerprint))" ''
	knob dev_add 'times=0'
	must vdpactl apply d.json
	plans_nothing d.json
}

two_vfs_an_sf_and_an_mdev() {
	cat <<-END
	{ "version": 1,
	  "functions": [
	    { "type": "vf", "pf": "$igb_pf", "count": 2, "driver": "vdpatest-vf" },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 7, "eswitch": "switchdev" },
	    { "type": "sf", "pf": "$nic_pf", "sfnum": 8, "eswitch": "switchdev" },
	    { "type": "mdev", "parent": "$nic_pf", "mdev_type": "vdpatest-vdpa", "uuid": "${uuid}0" } ],
	  "devices": [
	    { "name": "vf", "mgmtdev": { "pf": "$igb_pf", "vf": 1 }, "driver": "vhost_vdpa" },
	    { "name": "there", "mgmtdev": { "pf": "$nic_pf", "sfnum": 7 }, "driver": "vhost_vdpa" },
	    { "name": "sf", "mgmtdev": { "pf": "$nic_pf", "sfnum": 8 }, "driver": "vhost_vdpa" } ] }
	END
}

test_without_rollback_the_rest_is_done() {
	load_simulators
	document d '{"name":"bad","mgmtdev":"vdpasim_blk","mtu":1400}' \
		'{"name":"n0","mgmtdev":"vdpasim_net","driver":"vhost_vdpa"}'
	run vdpactl apply d.json
	expect_rc 3
	expect_eq "$(vdpa_devices) $(driver_of n0)" 'n0 vhost_vdpa'
}
