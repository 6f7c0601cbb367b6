# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out, err, rc: of run; parent: of vp_vdpa_parent
#
# What is refused, and how: an exit status, one sentence, the kernel's own words.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

test_a_kernel_without_vdpa() {
	unload_modules
	refused 69 no-kernel-support list
	refused 69 no-kernel-support create n0 --mgmtdev vdpasim_net
	refused 69 no-kernel-support destroy n0
	refused 69 no-kernel-support bind n0 vhost_vdpa
	refused 69 no-kernel-support path n0
	expect_match 'vdpa is not loaded' "$sentence"
}

test_a_network_namespace_without_vdpa() {
	load vdpa_sim_net
	run unshare -n vdpactl list
	expect_rc 69
}

test_a_name_twice() {
	load vdpa_sim_net vdpa_sim_blk
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	refused 1 exists create n0 --mgmtdev vdpasim_net
	refused 1 exists create n0 --mgmtdev vdpasim_blk
	must vdpa -j dev show
	expect_json '.dev | keys' '["n0"]'
}

test_no_such_management_device() {
	load vdpa_sim_net
	refused 4 no-such-mgmtdev create n0 --mgmtdev pci/0000:77:00.0
	refused 4 no-such-mgmtdev create n0 --mgmtdev nothing
}

test_an_attribute_that_the_parent_does_not_take() {
	load vdpa_sim_net vdpa_sim_blk
	refused 1 unsupported create b0 --mgmtdev vdpasim_blk --mtu 1400
	expect_match 'vdpa: Some provided attributes are not supported: 0x2000' "$sentence"
	expect_json .error.errno EOPNOTSUPP "$err"
	expect_json .error.kernel 'vdpa: Some provided attributes are not supported: 0x2000' \
		"$err"
	refused 1 unsupported create n0 --mgmtdev vdpasim_net --max-vqp 2
	refused 1 kernel create n0 --mgmtdev vdpasim_net --features MTU \
		--mac 02:00:00:00:00:01
	expect_match 'Missing features 0x20 for provided attributes' "$sentence"
	expect_eq "$(vdpa_devices)" ''
}

test_values_that_we_do_not_accept() {
	load vdpa_sim_net
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --mtu 10
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --mtu 70000
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --mtu x
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --mac ff:ff:ff:ff:ff:ff
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --mac 02:00:00
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --max-vqp 0
	refused 64 invalid-value create n0 --mgmtdev vdpasim_net --features NONSENSE
	refused 64 usage create n0
	refused 64 usage create n0 --mgmtdev vdpasim_net --nonsense
	refused 64 usage nonsense
	expect_eq "$(vdpa_devices)" ''
}

test_what_is_not_there() {
	load vdpa_sim_net
	refused 4 no-such-device destroy n0
	refused 4 no-such-device bind n0 vhost_vdpa
	refused 4 no-such-device unbind n0
	refused 4 no-such-device path n0
	refused 4 no-such-device show n0
}

test_drivers() {
	load vdpa_sim_net vhost_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --driver none
	refused 64 invalid-value bind n0 vhost-vdpa
	expect_match 'vhost_vdpa' "$sentence"
	refused 64 invalid-value bind n0 other_vdpa
	expect_match 'no driver other_vdpa is registered' "$sentence"
	expect_eq "$(driver_of n0)" ''
	refused 5 wrong-driver path n0
}

test_an_ordinary_user() {
	load vdpa_sim_net vhost_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	local verb
	for verb in 'create n1 --mgmtdev vdpasim_net' 'destroy n0' 'bind n0 virtio_vdpa' \
		'unbind n0' 'set n0 --mac 02:00:00:00:00:09'; do
		# shellcheck disable=SC2086  # words
		run as_user vdpactl $verb
		expect_rc 77
		expect_eq "$(wc -l <"$scratch/err")" 1
	done
	expect_eq "$(driver_of n0)" vhost_vdpa
	for verb in list 'list mgmtdevs' 'list drivers' 'show n0' 'path n0' status; do
		# shellcheck disable=SC2086  # words
		must as_user vdpactl $verb
	done
}

test_a_second_device_on_vp_vdpa() {
	vp_vdpa_parent 0
	must vdpactl create vp0 --mgmtdev "$parent" --driver none
	traced -e trace=sendto,sendmsg -- vdpactl create vp1 --mgmtdev "$parent"
	expect_rc 1
	expect_match 'carries one device, and has vp0' "$err"
	refused 1 mgmtdev-full create vp1 --mgmtdev "$parent"
	expect_eq "$(vdpa_devices)" vp0
}

test_persist_needs_the_daemon() {
	load vdpa_sim_net
	refused 69 daemon-unreachable create n0 --mgmtdev vdpasim_net --persist
	expect_eq "$(vdpa_devices)" ''
}
