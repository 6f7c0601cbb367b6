# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What the flows on a real libvirt share. It is Debian's, which tests/vm/prepare-consumers keeps; the
# QEMU of its guests is the one that the machine runs in.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

# shellcheck disable=SC2034  # for the flows
by_name=/dev/vhost-vdpa/by-name

# A daemon that does not answer is waited for without an end.
virsh() { timeout 120 /usr/bin/virsh "$@"; }

# Once in a machine, with the users that the package would have made. No guest boots from its network
# card, and the program for that is a package of its own.
unpack_libvirt() {
	[ ! -e /run/libvirt-is-here ] || return 0
	tar -xf "${VDPAD_LIBVIRT:?}" -C /
	groupadd --system libvirt
	useradd --system libvirt-qemu
	cat >/etc/libvirt/qemu.conf <<-'END'
		user = "root"
		group = "root"
		security_driver = "none"
		stdio_handler = "file"
	END
	cat >/usr/bin/qemu-system-x86_64 <<-END
		#!/bin/sh
		export QEMU_MODULE_DIR=$VDPAD_RIG/usr/lib/x86_64-linux-gnu/qemu
		exec $VDPAD_RIG/usr/bin/qemu-system-x86_64 -L $VDPAD_RIG/usr/share/qemu \
			-L $VDPAD_RIG/usr/share/seabios -global virtio-net-pci.romfile= "\$@"
	END
	chmod +x /usr/bin/qemu-system-x86_64
	systemctl daemon-reload
	touch /run/libvirt-is-here
}

libvirt_answers() { timeout 20 /usr/bin/virsh uri; }

# Without dmidecode, one in some dozens never answered its first client: it gets three tries.
begin_libvirt() {
	local attempt
	unpack_libvirt
	for attempt in 1 2 3; do
		systemctl reset-failed libvirtd.service 2>/dev/null || true
		systemctl restart libvirtd.service || true
		poll 60 libvirt_answers && return
		printf '  libvirt does not answer, try %s\n' "$attempt"
	done
	fail 'libvirt does not begin'
}

# The daemon of libvirt beside ours, which keeps nothing.
fresh_libvirt() {
	fresh_daemon
	must vdpactl --timeout 60 status --wait converged
	begin_libvirt
}

# has_view NAME DRIVER [CHAR-DEVICE]: what libvirt shows of a device; no driver is "".
has_view() {
	local xml
	xml=$(virsh nodedev-dumpxml "vdpa_$1") || return
	[ "$(tr -d ' \n' <<<"$xml" | sed -n 's,.*<driver><name>\(.*\)</name></driver>.*,\1,p')" = "$2" ] &&
		[ "$(sed -n 's,.*<chardev>\(.*\)</chardev>.*,\1,p' <<<"$xml")" = "${3-}" ]
}

# ---- guests ----

# guest NAME ELEMENT…: a guest that boots nothing, with these devices, is guest.xml.
guest() {
	cat >guest.xml <<-END
		<domain type='qemu'>
		  <name>$1</name>
		  <memory unit='MiB'>64</memory>
		  <memoryBacking><source type='memfd'/><access mode='shared'/></memoryBacking>
		  <os><type arch='x86_64'>hvm</type></os>
		  <devices>
		    <memballoon model='none'/>
		    ${*:2}
		  </devices>
		</domain>
	END
}

interface() { echo "<interface type='vdpa'><source dev='$1'/><model type='virtio'/></interface>"; }

# begin NAME: the guest of guest.xml, which does not run yet; $qemu is its process.
begin() {
	must virsh create --paused guest.xml
	qemu=$(<"/run/libvirt/qemu/$1.pid")
}

# is_open_in_guest NAME: QEMU has it, says the kernel, and vdpactl too.
is_open_in_guest() {
	local node
	node=$(vdpactl path "$1")
	readlink "/proc/$qemu"/fd/* | grep -qx "$node" || fail "QEMU has not opened $node"
	must vdpactl list --holders --json
	expect_json "[.devices[] | select(.name == \"$1\").holders[].pid]" "[$qemu]"
	must vdpactl show "$1"
	expect_match "holders +$qemu qemu-system-x86"
}

# is_held_by_guest NAME: and it is taken from nobody.
is_held_by_guest() {
	is_open_in_guest "$1"
	refused 5 in-use bind "$1" virtio_vdpa
	expect_match "$qemu" "$sentence"
	expect_eq "$(driver_of "$1")" vhost_vdpa
}
