# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# needs: libvirt
# timeout: 600
#
# What OpenStack's Nova finds of devices on VFs: its own functions, on a real libvirt.

# shellcheck source=tests/flow/libvirt.sh
. "${BASH_SOURCE[0]%/*}/libvirt.sh"

# nova: begins to look at this host.
nova() {
	local folder=${VDPAD_NOVA:?}/usr/lib
	mkfifo questions
	exec 4<>questions
	# shellcheck disable=SC2016  # the inner shell fills it in
	start env PYTHONPATH="$folder/python3/dist-packages" PYTHONDONTWRITEBYTECODE=1 \
		LD_LIBRARY_PATH="$folder/x86_64-linux-gnu" \
		sh -c 'exec /usr/bin/python3 "$0" <questions 2>nova.log' "$flows/nova-lookup.py"
	poll 300 said_or_ended ready || true
	grep -qx ready "$started_out" || { show nova.log nova; fail 'Nova does not begin'; }
}

# nova_says ADDRESS TYPE PATH: it is asked once.
nova_says() {
	local before answer
	before=$(wc -l <"$started_out")
	echo "$1" >&4
	poll 120 more_lines_or_ended "$before" || true
	more_lines "$before" || { show nova.log nova >&3; fail 'Nova does not answer'; }
	answer=$(tail -n 1 "$started_out")
	printf '  nova on %s: %s\n' "$1" "$answer" >&3
	[ "$(jq -r '"\(.type) \(.path)"' <<<"$answer")" = "$2 $3" ]
}

more_lines() { [ "$(wc -l <"$started_out")" -gt "$1" ]; }

more_lines_or_ended() { more_lines "$1" || ! kill -0 "$started"; }

# The PCI addresses of the card's functions, which have a driver that makes them parents.
two_vfs() {
	local n
	load vhost_vdpa igb vdpatest
	printf '{"version":1,"functions":[{"type":"vf","pf":"pci/%s","count":2,"driver":"vdpatest-vf"}]}\n' \
		"$igb" >vf.json
	must vdpactl --timeout 120 apply vf.json
	for n in 0 1; do
		vf[n]=$(basename "$(readlink "/sys/bus/pci/devices/$igb/virtfn$n")")
	done
}

test_what_nova_finds() {
	local vf=()
	fresh_libvirt
	two_vfs
	must vdpactl create edge --mgmtdev "pci/${vf[0]}" --driver vhost_vdpa
	nova
	wait_until 120 nova_says "${vf[0]}" vdpa "$(vdpactl path edge)"
	nova_says "${vf[1]}" type-VF 'no device'
	nova_says "$igb" type-PF 'no device'
	# No view is stale, and no restart needed, when the device becomes another one.
	must vdpactl unbind edge
	wait_until 120 nova_says "${vf[0]}" vdpa null
	must vdpactl bind edge vhost_vdpa
	wait_until 120 nova_says "${vf[0]}" vdpa "$(vdpactl path edge)"
	must vdpactl destroy edge
	wait_until 120 nova_says "${vf[0]}" type-VF 'no device'
	must vdpactl create late --mgmtdev "pci/${vf[1]}" --driver vhost_vdpa
	wait_until 120 nova_says "${vf[1]}" vdpa "$(vdpactl path late)"
}
