# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out, err, rc: of run; parent: of vp_vdpa_parent
#
# vdpactl doctor: what it finds wrong with a host, and that it finds nothing wrong with a sound one.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

test_a_kernel_without_vdpa() {
	unload_modules
	run vdpactl doctor
	expect_rc 1
	expect_match 'modprobe vdpa' "$out"
}

test_another_network_namespace() {
	load vdpa_sim_net
	run unshare -n vdpactl doctor
	expect_rc 1
	expect_match 'initial network namespace' "$out"
}

test_a_sound_host() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	must vdpactl doctor
	expect_eq "$out" 'no problem found'
	must vdpactl --json doctor
	expect_json .findings '[]'
}

test_an_ordinary_user() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	run as_user vdpactl --json doctor
	expect_rc 0
	expect_json '.findings | map(.severity)' '["hint"]'
}

test_a_panic_on_hung_tasks() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	echo 1 >/proc/sys/kernel/hung_task_panic
	run vdpactl doctor
	echo 0 >/proc/sys/kernel/hung_task_panic
	expect_rc 1
	expect_match 'kernel.hung_task_panic' "$out"
}

test_autoprobe_is_off() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	run vdpactl --json doctor
	echo 1 >/sys/bus/vdpa/drivers_autoprobe
	expect_rc 0
	expect_json '.findings | map(.severity)' '["hint"]'
}

# This machine has no IOMMU, and vp_vdpa translates by it.
test_a_card_without_iommu() {
	load vdpa vhost_vdpa virtio_vdpa
	vp_vdpa_parent 0
	run vdpactl --json doctor
	expect_rc 1
	expect_json '.findings | map([.severity, .target])' "[[\"problem\",\"$parent\"]]"
}

test_an_unbind_that_waits() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	start_ready open holder /dev/vhost-vdpa-0
	run vdpactl --timeout 1 unbind n0 --force
	expect_rc 75
	run vdpactl --json doctor
	expect_rc 1
	expect_json '.findings | map([.severity, .target])' '[["problem","n0"]]'
}
