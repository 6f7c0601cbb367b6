#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The completion of vdpactl: verbs and options as the real one has them, names as a false one does.
# Reports as TAP. Run by `make check`, in the folder of the build.

set -euo pipefail

build=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
count=0 failed=0

# shellcheck source=completion/vdpactl
. "${srcdir:-.}/completion/vdpactl"
compopt() { echo "$*" >"$folder/compopt"; } # works inside of readline only
# What is asked has a limit of two seconds, which a busy host is no reason to miss here.
patience=60
timeout() {
	[ "$1" = 2 ] || echo "a limit of $1" >>"$folder/errors"
	command timeout "$patience" "${@:2}"
}

# What a line is completed to, in one line.
completed() {
	COMP_LINE=$1 COMP_POINT=${#1} COMPREPLY=()
	_vdpactl 2>>"$folder/errors"
	printf '%s\n' ${COMPREPLY[@]+"${COMPREPLY[@]}"} | sort | paste -sd ' '
}

# expect LINE WANTED, both in one line.
expect() {
	local got
	count=$((count + 1))
	got=$(completed "$1")
	if [ "$got" = "$2" ]; then
		echo "ok $count - ${1//#/}"
	else
		failed=$((failed + 1))
		printf 'not ok %s - %s\n# wanted: %s\n# got:    %s\n' "$count" "$1" "$2" "$got"
	fi
}

# hold TITLE COMMAND…
hold() {
	count=$((count + 1))
	if "${@:2}"; then
		echo "ok $count - $1"
	else
		failed=$((failed + 1))
		echo "not ok $count - $1"
	fi
}

# ---- verbs and options ----

PATH=$build/vdpactl:$PATH
verbs=$(vdpactl --help | awk '/^verbs/ { on = 1; next } /^$/ { on = 0 } on' | cut -c 3-22)
hold 'there are verbs' [ "$(wc -l <<<"$verbs")" -gt 20 ]
expect 'vdpactl ' "$(awk '{ print $1 }' <<<"$verbs" | sort -u | paste -sd ' ')"
expect 'vdpactl vf ' 'count list set'
expect 'vdpactl vf c' 'count'
expect 'vdpactl --timeout 3 docu' 'document'
expect 'vdpactl -j --timeout=3 unb' 'unbind'
expect 'vdpactl no-such-verb ' ''
expect 'vdpactl . * [' ''
while read -r verb; do
	# shellcheck disable=SC2086  # one word or two
	options=$(vdpactl $verb --help | grep '^  -' | cut -c 3-24 | grep -oE -e '--?[a-z-]+' | sort | paste -sd ' ')
	hold "$verb has options" [ -n "$options" ]
	expect "vdpactl $verb -" "$options"
done <<<"$verbs"
expect 'vdpactl doctor ' "$(completed 'vdpactl doctor -')"
expect 'vdpactl list ' 'devices drivers functions mgmtdevs'
expect 'vdpactl list --holders m' 'mgmtdevs'
expect 'vdpactl vf set P 1 --trust ' 'off on'
expect 'vdpactl vf set P 1 --trust=o' 'off on'
expect 'vdpactl vf set P 1 --link-state ' 'auto disable enable'
expect 'vdpactl sf add P --eswitch ' 'switchdev'
expect 'vdpactl info --format ' 'cdi device-info libvirt-xml nova qemu'
expect 'vdpactl status --wait ' 'converged'
expect 'vdpactl apply ' ''
hold 'files are for readline to complete' grep -qx -e '-o default' "$folder/compopt"

# ---- names ----

mkdir "$folder/bin"
cat >"$folder/bin/vdpactl" <<-END
	#!/bin/bash
	case \$* in *--help) exec "$build/vdpactl/vdpactl" "\$@";; esac
	echo "\$*" >>"$folder/calls"
	[ ! -e "$folder/slow" ] || exec sleep 600
	[ ! -e "$folder/broken" ] || { echo "vdpactl: no vDPA here" >&2; exit 69; }
	cat "$folder/tables/\$*"
END
chmod +x "$folder/bin/vdpactl"
PATH=$folder/bin:$PATH
hash -r
mkdir "$folder/tables"
table() { cat >"$folder/tables/$1"; }
table 'list devices' <<-'END'
	NAME      CLASS  MGMTDEV
	n0        net    vdpasim_net
	disk\x0a  block  vduse
	a b       net    -
END
table 'list mgmtdevs' <<-'END'
	HANDLE            FUNCTION
	pci/0000:07:00.2  vf
	vduse             vduse
END
table 'list functions' <<-'END'
	HANDLE            FUNCTION  PF
	pci/0000:07:00.0  pf        -
	pci/0000:07:00.2  vf        pci/0000:07:00.0
END
table 'list drivers' <<-'END'
	DRIVER       DEVICES
	vhost_vdpa   1
	virtio_vdpa  0
END
table 'mdev types' <<-'END'
	PARENT  TYPE    AVAILABLE
	mtty    mtty-1  24
	mtty    mtty-2  12
END
table 'mdev list' <<-'END'
	UUID                                  PARENT
	83b8f4f2-509f-382f-3c1e-e6bfe0fa1001  mtty
END
table 'document list' <<-'END'
	DOCUMENT  STATE  DEVICES
	default   good   3
END

names='a\ b disk\\x0a n0'
expect 'vdpactl bind ' "$names"
expect 'vdpactl bind disk\\x' 'disk\\x0a'
expect 'vdpactl bind n0 ' 'vhost_vdpa virtio_vdpa'
expect 'vdpactl bind n0 --force vi' 'virtio_vdpa'
expect 'vdpactl destroy n0 n1 n' 'n0'
expect 'vdpactl export ' "$names"
expect 'vdpactl create v' ''
expect 'vdpactl create n1 --mgmtdev ' 'pci/0000:07:00.2 vduse'
expect 'vdpactl create n1 --mgmtdev pci/0000:07:0' '00.2'
expect 'vdpactl create n1 --mgmtdev=v' 'vduse'
expect 'vdpactl create n1 --driver ' 'none vhost_vdpa virtio_vdpa'
expect 'vdpactl show p' 'pci/0000:07:00.0 pci/0000:07:00.2'
expect 'vdpactl show ' "$names pci/0000:07:00.0 pci/0000:07:00.2 vduse"
expect 'vdpactl vf count ' 'pci/0000:07:00.0'
expect 'vdpactl vf count pci/0000:07:00.0 4 --driver ' ''
expect 'vdpactl function bind ' 'pci/0000:07:00.0 pci/0000:07:00.2'
expect 'vdpactl mdev create ' 'mtty'
expect 'vdpactl mdev create mtty ' 'mtty-1 mtty-2'
expect 'vdpactl mdev remove ' '83b8f4f2-509f-382f-3c1e-e6bfe0fa1001'

# ---- a daemon that is not there, a host that does not answer ----

: >"$folder/calls"
expect 'vdpactl document show ' ''
hold 'the daemon is not started by it' [ "$(cat "$folder/calls")" = metrics ]
table metrics </dev/null
expect 'vdpactl document show ' 'default'
touch "$folder/broken"
expect 'vdpactl bind ' ''
rm "$folder/broken"
touch "$folder/slow"
: >"$folder/calls"
SECONDS=0 patience=5
expect 'vdpactl show ' ''
hold 'it was asked' [ -s "$folder/calls" ]
hold 'it does not wait for an answer' [ "$SECONDS" -lt 300 ]
hold 'nothing is complained of' [ ! -s "$folder/errors" ]

echo "1..$count"
[ "$failed" -eq 0 ]
