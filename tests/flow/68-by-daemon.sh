# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# What vdpactl does by itself it does by the daemon too: tests of the other flows, word for word.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

flows=$(realpath "${BASH_SOURCE[0]%/*}")

# by_daemon FLOW TEST: with a daemon that keeps nothing.
by_daemon() {
	# shellcheck source=/dev/null
	. "$flows/$1.sh"
	# Workers are started on the way, by systemd on an emulated machine: how long that takes says
	# nothing.
	# shellcheck disable=SC2317  # the flow calls it
	expect_within() { :; }
	# shellcheck disable=SC2317  # the flow calls it
	timeout() { command timeout 60 "${@:2}"; }
	fresh_daemon
	"test_$2"
	on_bus
}

test_create_for_vhost_with_mac_and_mtu() { by_daemon 11-create create_for_vhost_with_mac_and_mtu; }
test_create_on_every_kind_of_management_device() { by_daemon 11-create create_on_every_kind_of_management_device; }

test_bind_to_virtio_and_back() { by_daemon 12-bind to_virtio_and_back; }
test_after_unbind_none_takes_it() { by_daemon 12-bind after_unbind_none_takes_it; }

test_in_use_forced_bind_is_completed_when_the_holder_closes() { by_daemon 14-in-use forced_bind_is_completed_when_the_holder_closes; }
test_in_use_forced_destroy_is_completed_when_the_holder_closes() { by_daemon 14-in-use forced_destroy_is_completed_when_the_holder_closes; }

test_virtio_mounted_disk() { by_daemon 15-in-use-virtio mounted_disk; }
test_virtio_interface_with_an_address() { by_daemon 15-in-use-virtio interface_with_an_address; }

test_names_bad_names_are_refused_before_the_kernel_hears_of_them() { by_daemon 16-names bad_names_are_refused_before_the_kernel_hears_of_them; }
test_names_of_others_are_shown_escaped() { by_daemon 16-names names_of_others_are_shown_escaped; }

test_errors_a_name_twice() { by_daemon 17-errors a_name_twice; }
test_errors_no_such_management_device() { by_daemon 17-errors no_such_management_device; }
test_errors_an_attribute_that_the_parent_does_not_take() { by_daemon 17-errors an_attribute_that_the_parent_does_not_take; }
test_errors_what_is_not_there() { by_daemon 17-errors what_is_not_there; }
test_errors_drivers() { by_daemon 17-errors drivers; }

test_set_mac_where_the_kernel_can() { by_daemon 18-set-stats set_mac_where_the_kernel_can; }
test_set_mac_of_a_device_in_use() { by_daemon 18-set-stats set_mac_of_a_device_in_use; }
test_set_mac_where_the_parent_cannot() { by_daemon 18-set-stats set_mac_where_the_parent_cannot; }
test_stats_are_those_of_iproute2() { by_daemon 18-set-stats stats_are_those_of_iproute2; }

test_vf_from_nothing_to_a_device_and_back() { by_daemon 31-vf from_nothing_to_a_device_and_back; }
test_vf_a_device_in_use_keeps_all_vfs() { by_daemon 31-vf a_device_in_use_keeps_all_vfs; }

test_function_after_unbind_none_takes_it() { by_daemon 32-function after_unbind_none_takes_it; }

test_apply_from_nothing_to_a_document() { by_daemon 40-apply from_nothing_to_a_document; }
test_apply_prune_takes_what_this_document_named() { by_daemon 40-apply prune_takes_what_this_document_named; }
test_apply_a_device_in_use_is_left_and_said() { by_daemon 40-apply a_device_in_use_is_left_and_said; }
test_apply_a_failure_is_rolled_back() { by_daemon 40-apply a_failure_is_rolled_back; }
test_apply_what_is_refused() { by_daemon 40-apply what_is_refused; }
