# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# timeout: 400
#
# Virtual functions: made and removed by vdpactl, on a card with SR-IOV and with the test NIC's
# driver on them, agreed by ip, vdpa and sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/vf.sh
. "${BASH_SOURCE[0]%/*}/vf.sh"
# shellcheck source=tests/flow/rounds.sh
. "${BASH_SOURCE[0]%/*}/rounds.sh"

# ---- how many there are ----

test_from_none_to_some_and_back() {
	card
	must vdpactl vf list "$pf" --json
	expect_json . '{"version":1,"vfs":[]}'
	must vdpactl vf count "$pf" 2
	expect_eq "$out" "$pf has 2 VFs"
	vf_count_is 2
	must vdpactl vf list "$pf" --json
	expect_json '[.vfs[] | [.index, .handle, .pf, .driver]]' \
		"[[0,\"pci/$vf0\",\"$pf\",null],[1,\"pci/$vf1\",\"$pf\",null]]"
	must vdpactl vf count "$pf" 2
	expect_eq "$out" "$pf has that many VFs already"
	must vdpactl vf count "$pf" 0 --force
	expect_eq "$out" "removing pci/$vf0
removing pci/$vf1
$pf has 0 VFs"
	vf_count_is 0
	must vdpactl vf count "$pf" 0
}

test_a_count_that_cannot_be_is_refused() {
	card
	refused 64 invalid-value vf count "$pf" 8
	expect_match 'can have 7 VFs at most' "$sentence"
	refused 64 invalid-value vf count "$pf" 1x
	refused 64 invalid-value vf count "$pf" 70000
	refused 64 invalid-value vf count "$pf" 1 --driver ../x
	refused 64 invalid-value vf count "$pf" 1 --driver nonesuch
	refused 64 usage vf count "$pf"
	refused 4 no-such-function vf count "pci/${virtio_cards[0]}" 1
	expect_match 'no SR-IOV' "$sentence"
	refused 4 no-such-function vf count pci/0000:ff:00.0 1
	refused 4 no-such-function vf count ../.. 1
	refused 4 no-such-function vf list "pci/${virtio_cards[0]}"
	refused 4 no-such-function vf list vdpasim_net
	vf_count_is 0
	modprobe -r igb
	refused 1 unsupported vf count "$pf" 1
	expect_match 'no kernel driver' "$sentence"
}

test_vfs_are_not_lost_unasked() {
	local before
	load vhost_vdpa
	vf_parent
	must vdpactl create v0 --mgmtdev "$parent" --driver vhost_vdpa
	before=$(stat -c %i /sys/bus/vdpa/devices/v0)
	for count in 0 2; do
		refused 5 collateral vf count "$pf" "$count"
		expect_match "it ends pci/$vf0, v0\$" "$sentence"
	done
	expect_eq "$(stat -c %i /sys/bus/vdpa/devices/v0)" "$before"
	expect_eq "$(driver_of v0)" vhost_vdpa
	vf_count_is 1
	must vdpactl --json vf count "$pf" 2 --force
	expect_json '[.results[] | [.operation, .status]]' \
		'[["driver-unbind","done"],["device-delete","done"],["vf-count","done"],["vf-count","done"]]'
	expect_json '.results[2].collateral' "[\"pci/$vf0\",\"v0\"]"
	expect_json '.results[3].arguments | [.count, .identity]' "[2,$(stat -c %i "$pf_dir/")]"
	vf_count_is 2
	[ ! -e /sys/bus/vdpa/devices/v0 ]
}

test_progress_is_for_terminals() {
	card
	LANG=C.UTF-8 script -qec "vdpactl vf count $pf 2" shown </dev/null
	expect_match $'\r'"$pf has [0-9] VFs of 2"$'\e\\[K' "$(<shown)"
	expect_match "$pf has 2 VFs" "$(<shown)"
	run vdpactl vf count "$pf" 0 --force
	expect_eq "$err" ''
}

# ---- a device on a VF ----

test_from_nothing_to_a_device_and_back() {
	card
	test_nic
	modprobe -r vhost_vdpa
	must vdpactl vf count "$pf" 1
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	must vdpa -j mgmtdev show "pci/$vf0"
	must vdpactl create v0 --mgmtdev "pci/$vf0" --mac 02:00:00:00:00:07 --driver vhost_vdpa
	expect_match '/dev/vhost-vdpa-0$'
	must vdpa -j dev show v0
	expect_json '.dev.v0.mgmtdev' "pci/$vf0"
	expect_eq "$(driver_of v0)" vhost_vdpa
	must vdpactl show v0 --json
	expect_json '[.mgmtdev, .driver, .config.mac]' \
		"[\"pci/$vf0\",\"vhost_vdpa\",\"02:00:00:00:00:07\"]"
	must vdpactl show "pci/$vf0" --json
	expect_json '[.function, .pf, .vf_index, .devices]' "[\"vf\",\"$pf\",0,[\"v0\"]]"
	must vdpactl destroy v0
	must vdpactl function unbind "pci/$vf0"
	run vdpa mgmtdev show "pci/$vf0"
	[ "$rc" -ne 0 ]
	must vdpactl vf count "$pf" 0 --force
	vf_count_is 0
}

vf_round() {
	vdpactl -q vf count "$pf" 1 --driver vdpatest-vf
	vdpactl -q create v0 --mgmtdev "pci/$vf0" --driver vhost_vdpa
	vdpactl -q vf count "$pf" 0 --force
}

test_fifty_rounds_leave_nothing() {
	load vhost_vdpa
	our_pf
	without_leak vf_round
	# The kernel sleeps for a second whenever VFs go.
	rounds=10 steps_without_leak vf-count "$pf" count=1 driver=vdpatest-vf \
		-- device-create v0 "pf=$pf" index=0 -- driver-bind v0 driver=vhost_vdpa \
		-- driver-unbind v0 -- device-delete v0 -- vf-count "$pf" count=0
	expect_eq "$(</sys/bus/vdpa/drivers_autoprobe)" 1
	expect_eq "$(find /run/vdpad/state -type f ! -name 'lock*')" ''
}

# With the real driver of the card.
test_a_few_rounds_of_vfs() {
	local round
	card
	test_nic
	for round in 1 2 3; do
		must vdpactl vf count "$pf" 2 --driver vdpatest-vf
		must vdpactl create v0 --mgmtdev "pci/$vf0"
		must vdpactl create v1 --mgmtdev "pci/$vf1"
		must vdpactl vf count "$pf" 0 --force
		vf_count_is 0
		expect_eq "$(vdpa_devices)" ''
	done
	expect_eq "$round" 3
	expect_eq "$(find /run/vdpad/state -type f ! -name 'lock*')" ''
}

# Nothing is touched, also not what comes before the device that is in use.
test_a_device_in_use_keeps_all_vfs() {
	card
	test_nic
	load vhost_vdpa
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	must vdpactl create v0 --mgmtdev "pci/$vf0" --driver vhost_vdpa
	must vdpactl create v1 --mgmtdev "pci/$vf1" --driver vhost_vdpa
	start_ready open holder "$(vdpactl path v1)"
	refused 5 in-use vf count "$pf" 0 --force
	expect_within 2000
	expect_json '.error | [.target, .holders[0].comm]' '["v1","holder"]' "$err"
	refused 5 in-use vf count "$pf" 4 --force
	refused 5 in-use function unbind "pci/$vf1"
	expect_within 2000
	expect_eq "$(driver_of v0)" vhost_vdpa
	expect_eq "$(driver_of v1)" vhost_vdpa
	expect_eq "$(override_of "$vf1")" vdpatest-vf
	vf_count_is 2
	stop "$started"
	must vdpactl vf count "$pf" 0 --force
}

# What is bound meanwhile, after the plan and before the write, is seen by the step.
test_a_device_that_comes_meanwhile_keeps_its_vf() {
	load vhost_vdpa
	vf_parent
	add_vdpa v0 "$parent" vhost_vdpa
	start_ready open holder /dev/vhost-vdpa-0
	# Unplanned: the management device is not asked, as if v0 had come later.
	run unshare -n vdpactl vf count "$pf" 0 --force
	expect_rc 5
	expect_match 'its device v0 has the driver vhost_vdpa; unbind that first' "$err"
	vf_count_is 1
	stop "$started"
}

# A VF's own interface, which somebody uses where we cannot see it.
test_an_interface_elsewhere_keeps_all_vfs() {
	local netdev
	card
	load igbvf vhost_vdpa
	test_nic
	must vdpactl vf count "$pf" 2
	must vdpactl function bind "pci/$vf0" vdpatest-vf
	must vdpactl create v0 --mgmtdev "pci/$vf0" --driver vhost_vdpa
	wait_until 60 compgen -G "/sys/bus/pci/devices/$vf1/net/*"
	netdev=$(basename "/sys/bus/pci/devices/$vf1"/net/*)
	ip netns add away
	ip link set "$netdev" netns away
	ip -n away address add 192.0.2.1/24 dev "$netdev"
	ip -n away link set "$netdev" up
	refused 5 in-use vf count "$pf" 0 --force
	expect_within 2000
	expect_match 'another network namespace' "$sentence"
	refused 5 in-use function unbind "pci/$vf1"
	expect_within 2000
	# Nor was anything begun.
	expect_eq "$(driver_of v0)" vhost_vdpa
	vf_count_is 2
	ip netns del away
	wait_until 60 compgen -G "/sys/bus/pci/devices/$vf1/net/*"
	must vdpactl vf count "$pf" 0 --force
	vf_count_is 0
	modprobe -r igbvf
}

# ---- the driver of new VFs ----

test_no_other_driver_sees_them() {
	card
	load igbvf
	test_nic
	dmesg -C
	must vdpactl vf count "$pf" 2 --driver vdpatest-vf
	for vf in "$vf0" "$vf1"; do
		expect_eq "$(pci_driver_of "$vf")" vdpatest-vf
		must vdpa mgmtdev show "pci/$vf"
	done
	expect_eq "$(dmesg | grep -c "igbvf 0000" || true)" 0
	expect_eq "$(<"$pf_dir/sriov_drivers_autoprobe")" 1
	# Another one, for those that are there.
	must vdpactl vf count "$pf" 2 --driver igbvf
	expect_eq "$(pci_driver_of "$vf0") $(pci_driver_of "$vf1")" 'igbvf igbvf'
	must vdpactl vf list "$pf" --json
	expect_json '[.vfs[].netdev | type]' '["string","string"]'
	must vdpactl vf count "$pf" 0 --force
	modprobe -r igbvf
}

test_autoprobe_is_the_hosts() {
	card
	load igbvf
	must vdpactl vf count "$pf" 1
	expect_eq "$(pci_driver_of "$vf0")" igbvf
	must vdpactl vf count "$pf" 0 --force
	echo 0 >"$pf_dir/sriov_drivers_autoprobe"
	must vdpactl vf count "$pf" 1
	expect_eq "$(pci_driver_of "$vf0")" ''
	test_nic
	must vdpactl vf count "$pf" 2 --force --driver vdpatest-vf
	expect_eq "$(<"$pf_dir/sriov_drivers_autoprobe")" 0
	# What a step that was killed has left is put right by the next one.
	echo 1 >"/run/vdpad/state/sriov_drivers_autoprobe-pci:$igb"
	must vdpactl vf count "$pf" 0 --force
	expect_eq "$(<"$pf_dir/sriov_drivers_autoprobe")" 1
	expect_eq "$(find /run/vdpad/state -type f ! -name 'lock*')" ''
	modprobe -r igbvf
}
