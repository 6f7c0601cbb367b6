# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out, err, rc: of run; flows: of lib.sh
#
# machine: systemd
# timeout: 600
#
# The commands that the manual pages and the documents show, as tests/man/examples.py takes them
# from there: they do what they are shown for, and say what stands below them.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"
# shellcheck source=tests/flow/vf.sh
. "${BASH_SOURCE[0]%/*}/vf.sh"

# The host that is written of: a simulator, and a card whose VFs are parents. The daemon keeps nothing.
a_host() {
	load vdpa_sim_net vhost_vdpa virtio_vdpa
	card
	test_nic persona=mlx5
	fresh_daemon
}

# Whose process it is that has a device open is known only now.
without_pid() { printf '%s\n' "$1" | sed 's/pid [0-9]* /pid N /'; }

# examples_of FILE: in their order; one that is shown to be refused has to be.
examples_of() {
	local command shown
	/usr/bin/python3 "$flows/../man/examples.py" "$1" >"$scratch/commands"
	[ -s "$scratch/commands" ]
	while IFS= read -r -d '' command && IFS= read -r -d '' shown; do
		[ "$command" != "${hold_before-}" ] || hold
		run bash -c "$command"
		[ -z "$shown" ] || expect_eq "$(without_pid "$out$err")" "$(without_pid "$shown")"
		case $command:$shown in
		*:vdpactl:\ *) expect_rc 5;;
		# Whether something is to be done is for the reader's host to say.
		'vdpactl plan '*) [ "$rc" -eq 2 ] || expect_rc 0;;
		*) expect_rc 0;;
		esac
	done <"$scratch/commands"
	systemctl disable --now vdpad-ready.service vdpad.service
}

# The virtual machine that has n0.
hold() {
	cp "$(type -P holder)" qemu-system-x86
	start_ready open ./qemu-system-x86 /dev/vhost-vdpa-0
}

test_readme() {
	a_host
	hold_before='vdpactl bind n0 virtio_vdpa'
	examples_of README.md
}

# It ends with what the journal has of the device, which no test before this one made ready.
test_man_vdpad() {
	a_host
	must vdpactl create edge0 --mgmtdev vdpasim_net --driver vhost_vdpa --persist
	examples_of man/vdpad.8.scd
	expect_match 'edge0 is ready'
}

test_man_vdpactl() {
	a_host
	examples_of man/vdpactl.8.scd
}

test_man_org_vdpad1() {
	a_host
	must vdpactl create edge0 --mgmtdev vdpasim_net --driver virtio_vdpa
	examples_of man/org.vdpad1.5.scd
	expect_eq "$(driver_of edge0)" vhost_vdpa
}

test_for_administrators() {
	a_host
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	examples_of docs/administrators.md
}

# The pool as an administrator fits it to the host: its card has fewer VFs, of another driver.
test_for_openstack() {
	a_host
	mkdir examples
	jq '.functions |= [first | .count = 2 | .driver = "vdpatest-vf"] | .devices |= [first | .count = 2]' \
		"$flows/../../examples/openstack-vf-pool.json" >examples/openstack-vf-pool.json
	examples_of docs/openstack.md
}

test_examples() {
	a_host
	cp "$flows"/../../examples/*.json .
	examples_of examples/README.md
}
