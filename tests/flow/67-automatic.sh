# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
#
# With nobody at the keyboard: what appears is made what documents and profiles say.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

plugged=

# qmp COMMAND [ARGUMENTS]: asks QEMU. It greets who connects, and wants to be answered first.
qmp() {
	local port reply
	port=$(grep -lx qmp /sys/class/virtio-ports/*/name)
	exec {port}<>"/dev/$(basename "${port%/name}")"
	for words in '{"execute":"qmp_capabilities"}' "{\"execute\":\"$1\",\"arguments\":${2-{\}}}"; do
		printf '%s\n' "$words" >&"$port"
		while read -r -t 10 reply <&"$port"; do
			printf '  qemu: %s\n' "$reply"
			! jq -e 'has("return") or has("error")' <<<"$reply" >/dev/null || break
		done
	done
	exec {port}>&-
	[[ $reply == *'"return"'* ]]
}

# The card in the second root port, which was empty.
plug() {
	local before
	before=$(ls /sys/bus/pci/devices)
	qmp device_add '{"driver":"igb","id":"card","bus":"rp1","romfile":""}'
	wait_until 60 has_card "$before"
	plugged=$(comm -13 <(echo "$before") <(ls /sys/bus/pci/devices) | head -n 1)
}

has_card() { [ "$(ls /sys/bus/pci/devices)" != "$1" ]; }

unplug() {
	qmp device_del '{"id":"card"}'
	wait_until 60 [ ! -e "/sys/bus/pci/devices/$plugged" ]
}

# Of the card in rp1 alone, whose VFs get the test NIC's driver.
card_profile() {
	cat >"/run/vdpad/documents.d/card.json" <<-END
	{ "version": 1, "profiles": [ { "name": "card",
	    "match": { "vendors": ["8086"], "drivers": ["igb"], "pciAddresses": ["$1"] },
	    "functions": [ { "type": "vf", "count": 2, "driver": "vdpatest-vf" } ],
	    "devices": [ { "name": "card-{n}", "count": 2, "mgmtdev": { "vf": "{n}" },
	      "mac": "02:00:00:00:70:{n}", "driver": "vhost_vdpa" } ] } ] }
	END
}

test_a_card_that_is_plugged_in_gives_devices() {
	load vhost_vdpa vdpatest
	plug
	fresh_daemon
	unplug
	card_profile "$plugged"
	plug
	wait_until 90 is_bound card-1 vhost_vdpa
	wait_until 60 is_bound card-0 vhost_vdpa
	expect_eq "$(mac_of card-1)" 02:00:00:00:70:01
	wait_until 60 has_state card-1 ready
	# It goes with its devices, and nothing is wrong with that.
	unplug
	wait_until 60 is_gone card-1
	wait_until 60 has_state card-1 ''
	plug
	wait_until 90 is_bound card-1 vhost_vdpa
	systemctl stop vdpad.service
	rm /run/vdpad/documents.d/card.json
	unplug
}

# The daemon is started by the rule of udev, and by nothing else.
test_a_parent_that_appears_starts_it() {
	load vdpa_sim_net vhost_vdpa
	fresh_daemon
	document n0 02:00:00:00:00:01 >/run/vdpad/documents.d/d.json
	wait_until 60 is_bound n0 vhost_vdpa
	systemctl stop vdpad.service
	vdpa dev del n0
	modprobe -r vdpa_sim_net
	! on_bus
	modprobe vdpa_sim_net
	wait_until 60 is_bound n0 vhost_vdpa
	on_bus
}
