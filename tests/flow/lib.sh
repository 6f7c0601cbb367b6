# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What flows are written with. A flow is tests/flow/NN-name.sh: functions test_…, each
# run alone by tests/vm/suite as root in the test machine, in an empty folder, with
# errexit on. A test passes when it comes to its end and the kernel did not complain.
# Devices and processes need not be tidied up, the suite does that after each test;
# modules stay loaded until the flow ends.

# A flow reads this file for shellcheck's sake; the suite has read it before.
[ -z "${flows-}" ] || return 0

PATH=${VDPAD_BUILD:+$VDPAD_BUILD/tests/vm:}$PATH

# The folder of the flows; and the suite gives each test one for its files.
# shellcheck disable=SC2034  # for the flows
flows=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${scratch:=}"

# The cards of tests/vm/run. The igb has SR-IOV; the others become parents by vp_vdpa.
igb=0000:01:00.0
virtio_cards=(0000:00:04.0 0000:00:05.0)
# QEMU's, on each card's own network.
# shellcheck disable=SC2034  # for the flows
gateway=10.0.2.2

# ---- a test and its verdict ----

# Called by the suite, in a process of its own.
run_test() {
	local flow=$1 test=$2
	exec 3>&1
	trap end_of_test EXIT
	trap 'fail "\`$BASH_COMMAND\` returned $?"' ERR
	# shellcheck source=/dev/null
	. "$flow"
	mkdir "$scratch/work"
	cd "$scratch/work" || fail 'no folder for the test'
	"$test"
	# What failed in a subshell, in "$(…)" for one, has not ended this shell.
	[ ! -e "$scratch/failed" ]
}

# A VDUSE disk has to leave the bus before its server ends: the other way round the
# kernel waits for the server's answers, and the name stays taken.
end_of_test() {
	local status=$? pid
	trap - ERR
	[ -z "$stopped" ] || kill -KILL "$stopped" 2>/dev/null || true
	for pid in "${!children[@]}"; do
		[ -n "${children[$pid]}" ] || stop "$pid"
	done
	for pid in "${!children[@]}"; do
		remove_vdpa "${children[$pid]}"
		stop "$pid"
	done
	exit "$status"
}

# fail WHAT…: says so, and from where in the flow.
fail() {
	local i
	trap - ERR
	touch "$scratch/failed"
	printf 'FAILED: %s\n' "$*" >&3
	for ((i = 1; i < ${#FUNCNAME[@]} - 1; i++)); do
		[ "${BASH_SOURCE[i]}" = "${BASH_SOURCE[0]}" ] ||
			printf '  at %s:%s %s\n' "${BASH_SOURCE[i]##*/}" \
				"${BASH_LINENO[i - 1]}" "${FUNCNAME[i]}" >&3
	done
	exit 1
}

# skip WHY…: counted as skipped, never as passed.
skip() {
	trap - ERR
	printf '%s\n' "$*"
	exit 77
}

# allow_kernel_log REGEX WHY…: what the kernel may say during this test.
allow_kernel_log() {
	printf '%s\n' "$1" >>"$scratch/allowed"
	shift
	printf 'allowed in the kernel log: %s\n' "$*"
}

# kernel_faults ALLOWED-FILE: prints the lines of stdin with which a kernel complains.
# True when there are any.
kernel_faults() {
	local allowed=$1
	[ -e "$allowed" ] || allowed=/dev/null
	grep -vEf "$allowed" | grep -E \
		-e 'WARNING: |BUG: |kernel BUG at|Oops: |Kernel panic' \
		-e 'general protection fault|stack segment fault|divide error' \
		-e 'possible (recursive|circular|irq) lock|suspicious RCU usage' \
		-e 'INFO: task .* blocked for more than|detected stalls?|self-detected stall' \
		-e 'cannot create duplicate filename|refcount_t: |list_(add|del) corruption' \
		-e 'unregister_netdevice: waiting for|tried to init an initialized object' \
		-e 'Call Trace:'
}

# ---- commands and what is expected of them ----

# show FILE WORD: its first 4000 bytes, each line after the word. No program is run for it: to
# start one costs the machine more than all else that a test does.
show() {
	local text
	[ -s "$1" ] || return 0
	LC_ALL=C IFS= read -r -d '' -n 4000 text <"$1" || true
	text=${text%$'\n'}
	printf '  %s: %s\n' "$2" "${text//$'\n'/$'\n'"  $2: "}"
}

# run COMMAND…: never fails; leaves $out, $err, $rc and $took (milliseconds).
run() {
	local started=${EPOCHREALTIME/./}
	rc=0 ran=("$@")
	"$@" >"$scratch/out" 2>"$scratch/err" </dev/null || rc=$?
	[ "$rc" -ne 127 ] || fail "$(<"$scratch/err")"		# no such command
	took=$(((${EPOCHREALTIME/./} - started) / 1000))
	# Of NULs, which a variable cannot have, bash says that it leaves them out.
	# shellcheck disable=SC2034  # for the flows
	{ out=$(<"$scratch/out"); err=$(<"$scratch/err"); } 2>/dev/null
	printf '$ %s\n  -> %s in %s ms\n' "${*@Q}" "$rc" "$took"
	show "$scratch/out" out
	show "$scratch/err" err
}

# must COMMAND…: run, and it has to end with 0.
must() { run "$@"; expect_rc 0; }

expect_rc() { [ "$rc" -eq "$1" ] || fail "exit status $rc, expected $1"; }

# expect_within MS: of the last command. What else the host does can only make it longer: one that
# refused, and so changed nothing, may try twice more.
expect_within() {
	local again
	for again in yes yes ''; do
		[ "$took" -gt "$1" ] || return 0
		case $again$rc in
		yes0 | yes75 | [0-9]*) break;;
		esac
		run "${ran[@]}"
	done
	fail "took $took ms, expected at most $1"
}

# expect_eq IS SHOULD
expect_eq() { [ "$1" = "$2" ] || fail "is '$1', expected '$2'"; }

# expect_match REGEX [TEXT]: of $out, unless another text is given.
expect_match() {
	[[ ${2-$out} =~ $1 ]] || fail "'${2-$out}' does not match '$1'"
}

# expect_no_match REGEX [TEXT]
expect_no_match() {
	[[ ! ${2-$out} =~ $1 ]] || fail "'${2-$out}' matches '$1'"
}

# expect_json FILTER SHOULD [TEXT]: what jq makes of $out; strings without quotes,
# arrays and objects on one line.
expect_json() {
	local is should=$2
	is=$(jq -rc "$1" <<<"${3-$out}") || fail "jq '$1' cannot read '${3-$out}'"
	# gojq sorts the keys of objects: so it does those of what is expected.
	[[ $should != *"{"* ]] || should=$(jq -c . <<<"$2") || fail "'$2' is no JSON"
	[ "$is" = "$should" ] || fail "jq '$1' is '$is', expected '$should'"
}

# poll SECONDS COMMAND…: until it succeeds; false when it did not in time.
poll() {
	local end=$((${EPOCHREALTIME/./} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || return 1
		sleep 0.05
	done
}

# wait_until SECONDS COMMAND…: the same; it has to.
wait_until() { poll "$@" || fail "not within $1 s: ${*:2}"; }

# Pids of what start began, each with the name of the VDUSE device that it serves.
declare -A children=()
# The process that stopped_after stopped.
stopped=

# start COMMAND…: in the background; $started is its pid, $started_out what it prints.
start() {
	started_out=$(mktemp "$scratch/started.XXXXXX")
	"$@" >"$started_out" 2>&1 </dev/null &
	started=$!
	children[$started]=
	printf '$ %s & [%s]\n' "${*@Q}" "$started"
}

# start_ready WORD COMMAND…: start, and wait until it prints WORD alone on a line.
start_ready() {
	local word=$1
	shift
	start "$@"
	poll 60 said_or_ended "$word"
	grep -qx "$word" "$started_out" ||
		fail "${*@Q} did not say '$word': $(<"$started_out")"
}

said_or_ended() { grep -qx "$1" "$started_out" || ! kill -0 "$started"; }

# stop PID: ends what start began.
stop() {
	unset "children[$1]"
	kill "$1" 2>/dev/null || true
	wait "$1" 2>/dev/null || true
}

# as_user COMMAND…: as an ordinary user without any capability.
as_user() { setpriv --reuid=nobody --regid=nogroup --clear-groups "$@"; }

# ---- vdpactl ----

# refused STATUS CODE ARGUMENT…: vdpactl says no: nothing on stdout, one sentence on
# stderr ($sentence), and with --json the same in an object ($err). $took is the
# first run's.
refused() {
	local status=$1 code=$2 first_took
	shift 2
	run vdpactl "$@"
	expect_rc "$status"
	expect_eq "$out" ''
	expect_match $'^vdpactl: [^\n]+$' "$err"
	sentence=${err#vdpactl: }
	first_took=$took
	run vdpactl --json "$@"
	took=$first_took
	expect_rc "$status"
	expect_json '.error | [.code, .message, (keys - ["holders"] | join(" "))] | join("\n")' \
		"$code"$'\n'"$sentence"$'\ncode errno kernel message target' "$err"
}

# traced ARGUMENT… -- COMMAND…: run it under strace -f; the trace is the file "trace".
traced() {
	local options=()
	while [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	shift
	run strace -f -o trace "${options[@]}" "$@"
}

# stopped_after SYSCALL[:PATH] K COMMAND…: starts it, and the process of it that first
# makes its Kth such call (on that file) is stopped when that has returned: $stopped.
# False when none did. What the command prints goes to $started_out.
stopped_after() {
	local call=$1 k=$2 options=()
	shift 2
	[[ $call != *:* ]] || options=(-P "${call#*:}")
	rm -f trace
	start strace -f -o trace "${options[@]}" -e "trace=${call%%:*}" \
		-e "inject=${call%%:*}:signal=STOP:when=$k" "$@"
	poll 60 stopped_or_ended || fail "${*@Q} neither stops nor ends"
	stopped=$(sed -n 's/^\([0-9]*\) .*stopped by SIGSTOP.*/\1/p' trace)
	[ -n "$stopped" ]
}

stopped_or_ended() { grep -q 'stopped by SIGSTOP' trace || ! kill -0 "$started"; }

# go_on: lets it go on to its end; $rc is its exit status.
go_on() {
	kill -CONT "$stopped"
	stopped=
	rc=0
	wait "$started" || rc=$?
	unset "children[$started]"
	printf '  -> %s\n' "$rc"
	show "$started_out" out
}

# ended: waits for what start began; $rc is its exit status.
ended() {
	rc=0
	wait "$started" || rc=$?
	unset "children[$started]"
	show "$started_out" out
	printf '  -> %s\n' "$rc"
}

# Not even one that waits for the kernel after its caller has gone.
no_vdpactl() { ! pgrep -x vdpactl; }

# ---- the kernel's side ----

load() { modprobe -a "$@"; }

vdpa_devices() { find /sys/bus/vdpa/devices -mindepth 1 -printf '%f\n' 2>/dev/null; }

# driver_of NAME: empty when it has none.
driver_of() { { readlink "/sys/bus/vdpa/devices/$1/driver" || true; } | sed 's,.*/,,'; }

bind_vdpa() { echo "$1" >"/sys/bus/vdpa/drivers/$2/bind"; }

unbind_vdpa() { echo "$1" >"/sys/bus/vdpa/devices/$1/driver/unbind"; }

# add_vdpa NAME MGMTDEV [DRIVER]: a device on that driver, or on none ("none" too),
# whatever the order in which the bus drivers were loaded.
add_vdpa() {
	local autoprobe
	autoprobe=$(</sys/bus/vdpa/drivers_autoprobe)
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	must vdpa dev add name "$1" mgmtdev "$2"
	echo "$autoprobe" >/sys/bus/vdpa/drivers_autoprobe
	[ "${3-none}" = none ] || bind_vdpa "$1" "$3"
}

# remove_vdpa NAME: unbound first, as it must be. Nothing when there is no such device.
remove_vdpa() {
	[ -n "$1" ] && [ -e "/sys/bus/vdpa/devices/$1" ] || return 0
	[ ! -e "/sys/bus/vdpa/devices/$1/driver" ] || unbind_vdpa "$1"
	vdpa dev del "$1"
}

# pci_driver ADDRESS [DRIVER]: hands a PCI function to DRIVER, or back to its own.
pci_driver() {
	local device=/sys/bus/pci/devices/$1
	[ ! -e "$device/driver" ] || echo "$1" >"$device/driver/unbind"
	printf '%s\n' "${2-}" >"$device/driver_override"
	echo "$1" >/sys/bus/pci/drivers_probe
}

# pci_driver_of ADDRESS: empty when it has none.
pci_driver_of() { { readlink "/sys/bus/pci/devices/$1/driver" || true; } | sed 's,.*/,,'; }

override_of() { echo "$(<"/sys/bus/pci/devices/$1/driver_override")"; }

# vp_vdpa_parent [N]: makes virtio card N (0, 1) a management device, $parent.
vp_vdpa_parent() {
	local card=${virtio_cards[${1:-0}]}
	load vp_vdpa
	pci_driver "$card" vp-vdpa
	# shellcheck disable=SC2034  # for the flow
	parent=pci/$card
}

# vduse_disk NAME MIB: a disk served by qemu-storage-daemon ($started), not yet on the
# vdpa bus; $disk_image is the file behind it.
vduse_disk() {
	load vduse
	disk_image=$scratch/$1.img
	truncate -s "$2M" "$disk_image"
	start qemu-storage-daemon \
		--blockdev "driver=file,filename=$disk_image,node-name=disk" \
		--export "type=vduse-blk,id=export,name=$1,node-name=disk,writable=on"
	children[$started]=$1
	wait_until 60 test -c "/dev/vduse/$1"
}

# igb_vfs N: the igb card gets N virtual functions.
igb_vfs() {
	load igb
	echo "$1" >"/sys/bus/pci/devices/$igb/sriov_numvfs"
}

# ---- afterwards ----

no_guest() { ! pgrep -x qemu-system-x86; }

# libvirt starts them in cgroups of its own. Whoever unbinds a device that one of them has open
# waits for it.
end_guests() {
	pkill -KILL -x qemu-system-x86 || true
	wait_until 60 no_guest
}

# Brings the machine back to where it was, by the kernel's own files and iproute2's
# vdpa alone. The processes of the test are gone by now.
cleanup_devices() {
	local name card
	[ ! -d /run/libvirt/qemu ] || end_guests
	# It would make again what is removed here.
	[ ! -d /run/systemd/system ] || systemctl stop vdpad.service 2>/dev/null || true
	# With all that is on it; there are devices that nobody else could remove.
	[ ! -e /sys/module/vdpatest ] || modprobe -r vdpatest
	[ ! -e /sys/bus/vdpa/drivers_autoprobe ] || echo 1 >/sys/bus/vdpa/drivers_autoprobe
	# Of a server that was killed; without this each question to it takes 30 s.
	for name in /sys/class/vduse/*/msg_timeout; do
		[ ! -e "$name" ] || echo 1 >"$name"
	done
	while read -r name; do
		remove_vdpa "$name"
	done < <(vdpa_devices)
	for name in /sys/class/vduse/*/msg_timeout; do
		[ ! -e "$name" ] || vduse-remove "$(basename "$(dirname "$name")")"
	done
	for card in "${virtio_cards[@]}" "$igb"; do
		[ "$(<"/sys/bus/pci/devices/$card/driver_override")" = '(null)' ] ||
			pci_driver "$card"
	done
	for name in /sys/bus/mdev/devices/*/remove; do
		[ ! -e "$name" ] || echo 1 >"$name"
	done
	rm -rf /dev/vhost-vdpa
	if [ -e "/sys/bus/pci/drivers/igb/$igb" ]; then
		echo 0 >"/sys/bus/pci/devices/$igb/sriov_numvfs"
	fi
}

# Each flow begins on a kernel without vDPA.
unload_modules() {
	modprobe -ra vdpa_sim_net vdpa_sim_blk vp_vdpa vduse mtty virtio_vdpa vhost_vdpa
	modprobe -ra igb virtio_net virtio_blk
}
