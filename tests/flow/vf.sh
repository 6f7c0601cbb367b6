# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The card with SR-IOV, under its own driver or the test NIC's, and its VFs.

# shellcheck source=tests/flow/testnic.sh
. "${BASH_SOURCE[0]%/*}/testnic.sh"

pf=pci/$igb
pf_dir=/sys/bus/pci/devices/$igb
vf0=0000:01:10.0
# shellcheck disable=SC2034  # for the flows
vf1=0000:01:10.2

# The card may have been removed by the test before.
card() {
	[ -e "$pf_dir" ] || echo 1 >/sys/bus/pci/rescan
	load igb
	wait_until 60 compgen -G "$pf_dir/net/*"
	# Where there is udevd it gives the interface another name.
	[ ! -d /run/systemd/system ] || udevadm settle
	interface=$(basename "$pf_dir"/net/*)
}

# our_pf: the card gets the test NIC's driver for PFs, which does not touch its hardware: what
# the real one does to it takes seconds.
our_pf() {
	test_nic persona=mlx5
	[ ! -e "$pf_dir/driver" ] || echo "$igb" >"$pf_dir/driver/unbind"
	pci_driver "$igb" vdpatest
}

# A VF that is a management device, $parent.
vf_parent() {
	card
	test_nic persona=mlx5
	must vdpactl vf count "$pf" 1 --driver vdpatest-vf
	# shellcheck disable=SC2034  # for the flow
	parent=pci/$vf0
}

# vf_has INDEX JQ-FILTER SHOULD: what ip says of it.
vf_has() {
	must ip -j link show dev "$interface"
	expect_json ".[0].vfinfo_list[$1] | $2" "$3"
}

vf_count_is() {
	must ip -j link show dev "$interface"
	expect_json '.[0].vfinfo_list // [] | length' "$1"
	expect_eq "$(<"$pf_dir/sriov_numvfs")" "$1"
	expect_eq "$(find "$pf_dir/" -maxdepth 1 -name 'virtfn*' | wc -l)" "$1"
}
