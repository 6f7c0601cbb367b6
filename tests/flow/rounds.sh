# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The same again and again, and nothing may be left of it: for flows that go from nothing
# to a device and back fifty times, by vdpactl and, in one process, by the library's steps.

rounds=${VDPAD_ROUNDS:-50}

# What the first rounds allocate may stay: caches, modules, folders.
warm_up=5

# The names of all that a round makes, one a line, and how many use each module.
all_objects() {
	{ find /dev /run/vdpad /sys/bus/*/devices /sys/class/{net,block,vduse,vfio} -mindepth 1 \
		! -path '/dev/pts/*' ! -name 'lock*' 2>/dev/null || true; } | sort
	sed 's/^\([^ ]* [^ ]* [^ ]*\) .*/\1/' /proc/modules | sort
	pgrep -x vdpactl || true
}

# $files are open in all processes, $kib of memory are the kernel's own.
measure() {
	sleep 1		# until what is freed after a grace period is free
	echo 3 >/proc/sys/vm/drop_caches
	files=$({ find /proc/[0-9]*/fd -type l 2>/dev/null || true; } | wc -l)
	kib=$(awk '/^(SUnreclaim|KernelStack|Percpu|VmallocUsed)/ { sum += $2 } END { print sum }' \
		/proc/meminfo)
}

# without_leak COMMAND…: fifty times; a file, a name, a process or 16 KiB that each round
# left would be seen.
without_leak() {
	local round files kib files_before kib_before limit=$((rounds - warm_up))
	for ((round = 0; round < warm_up; round++)); do
		"$@"
	done
	all_objects >objects.before
	measure
	files_before=$files kib_before=$kib
	for ((; round < rounds; round++)); do
		"$@"
	done
	measure
	printf '%s rounds of %s: %s files and %s KiB more\n' "$limit" "$1" \
		$((files - files_before)) $((kib - kib_before))
	all_objects >objects.after
	must diff objects.before objects.after
	[ $((files - files_before)) -lt "$limit" ]
	[ $((kib - kib_before)) -lt $((16 * limit)) ]
}

# steps_without_leak STEP…: as tests/vm/step.c has them. What malloc keeps for each thread it
# would count as used.
steps_without_leak() {
	must env GLIBC_TUNABLES=glibc.malloc.tcache_count=0 step --rounds "$rounds" "$@"
}
