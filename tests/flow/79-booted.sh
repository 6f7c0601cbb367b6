# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# boot: 2
# needs: libvirt
#
# After the machine was switched off: what 78-kept applied is there without a hand.

# shellcheck source=tests/flow/libvirt.sh
. "${BASH_SOURCE[0]%/*}/libvirt.sh"

test_what_was_applied_is_there() {
	load vdpa_sim_net vhost_vdpa
	kept_daemon
	must vdpactl --timeout 60 status --wait converged
	for n in {0..7}; do
		expect_eq "$(mac_of "edge-$n")" "02:00:00:00:01:0$n"
		expect_eq "$(driver_of "edge-$n")" vhost_vdpa
		[ -c "/dev/vhost-vdpa/by-name/edge-$n" ]
	done
	expect_eq "$(vdpa_devices | wc -l)" 10
}

number_of() { local path; path=$(vdpactl path "$1"); echo "${path##*-}"; }

# The other way round than at the first boot, if chance has not made it so.
swap_numbers() {
	[ "$(number_of one)" -gt "$(number_of two)" ] || return 0
	must vdpactl unbind one --force
	must vdpactl unbind two --force
	must vdpactl bind one vhost_vdpa --force
	must vdpactl bind two vhost_vdpa --force
}

# The numbers of two devices are swapped, and a guest has its own all the same: by its name.
test_a_guest_has_its_own_device_still() {
	local one two
	load vdpa_sim_net vhost_vdpa
	read -r one two </var/lib/vdpad/numbers
	kept_daemon
	must vdpactl --timeout 60 status --wait converged
	[ "${one##*-}" -gt "${two##*-}" ]
	swap_numbers
	[ "$(number_of one)" -lt "$(number_of two)" ]
	expect_eq "$(mac_of one) $(mac_of two)" '02:00:00:00:02:01 02:00:00:00:02:02'
	begin_libvirt
	# shellcheck disable=SC2154  # by_name: of libvirt.sh
	guest web "$(interface "$by_name/two")"
	begin web
	is_open_in_guest two
}
