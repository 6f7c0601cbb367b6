# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out: of run; nic_pf, igb_pf: of document.sh
#
# What vdpactl prints as JSON on a host with a bit of everything, against the schemas.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"
# shellcheck source=tests/flow/document.sh
. "${BASH_SOURCE[0]%/*}/document.sh"

# saved NAME VERB…: what it prints goes to NAME.json.
saved() {
	local name=$1
	shift
	run vdpactl --json "$@"
	[ "$rc" -eq 0 ] || [ "$rc" -eq 2 ] || fail "exit status $rc"
	printf '%s\n' "$out" >"$name.json"
}

test_what_is_printed_is_what_the_schemas_say() {
	load_everything
	everything 7
	saved plan plan everything.json
	saved results apply everything.json
	for kind in devices mgmtdevs drivers functions; do
		saved "$kind" list "$kind"
	done
	saved holders list --holders
	saved device show net-0
	saved mgmtdev show vdpasim_net
	saved vfs vf list "$igb_pf"
	saved sfs sf list
	saved types mdev types
	saved mdevs mdev list
	saved vduse vduse list
	saved bind bind net-0 virtio_vdpa
	saved destroy destroy net-0
	rm everything.json
	run /usr/bin/python3 "$flows/../document/schemas.py" ./*.json
	expect_rc 0
	expect_match '1..16' "$out"
}
