# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the flows on the daemon share. Each test begins with a daemon that keeps nothing, unless it is
# about what is kept.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

on_bus() { busctl status org.vdpad1 >/dev/null 2>&1; }

main_pid() { systemctl show --property MainPID --value vdpad.service; }

# The daemon, with what it keeps.
kept_daemon() {
	[ -e /usr/lib/systemd/system/vdpad.service ] || skip 'there is no daemon to be tested'
	# Each test starts it, and the rule of udev does: systemd would think that it fails to stay.
	systemctl reset-failed vdpad.service 2>/dev/null || true
	systemctl restart vdpad.service
	wait_until 60 on_bus
}

# The daemon, which keeps nothing.
fresh_daemon() {
	rm -rf /var/lib/vdpad/documents /etc/vdpad/documents.d/* /run/vdpad/documents.d/*
	kept_daemon
}

# A user of that name; in group kvm if there is a second word.
user() {
	getent passwd "$1" >/dev/null || useradd --no-create-home ${2:+--groups "$2"} "$1"
}

as() { setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups "${@:2}"; }

# document NAME MAC: one simulated device.
document() {
	printf '{"version":1,"devices":[{"name":"%s","mgmtdev":"vdpasim_net","mac":"%s","driver":"vhost_vdpa"}]}\n' "$@"
}

state_of() { vdpactl -j list | jq -r --arg name "$1" '.devices[] | select(.name == $name).state'; }

has_state() { [ "$(state_of "$1")" = "$2" ]; }

exists() { [ -e "/sys/bus/vdpa/devices/$1" ]; }

is_gone() { ! exists "$1"; }

is_bound() { [ "$(driver_of "$1")" = "$2" ]; }

mac_of() { vdpa -j dev config show "$1" | jq -r --arg name "$1" '.config[$name].mac'; }

has_mac() { [ "$(mac_of "$1")" = "$2" ]; }
