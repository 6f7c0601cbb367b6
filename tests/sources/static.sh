# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # build, jobs: of check
#
# The stage "static" of ./check: whatever reads the sources and runs nothing of them.

sources() { git ls-files "$@"; }

scripts() { git grep -lIE '^#!/bin/(ba)?sh|^#!/bin/busybox sh|shellcheck shell='; }

tidy() {
	local folder=$build/clang
	clang_objects || return 1
	# What protoc wrote is not ours to read.
	sed 's/,$//' "$folder"/commands/*.json |
		jq -s 'map(select(.file | endswith(".pb.cc") | not)) | unique_by(.file)' \
		>"$folder/compile_commands.json" || return 1
	jq -r '.[].file' "$folder/compile_commands.json" |
		xargs -P "$jobs" -n 4 clang-tidy --quiet -p "$folder" --warnings-as-errors='*'
}

# Left out: memleak, which knows no cleanup attribute, and uninitvar, which does not
# see that "r" says whether a value was returned. clang-tidy looks for both.
# The headers of tests/kmod are the kernel's.
run_cppcheck() {
	sources '*.c' ':!tests/kmod' | xargs cppcheck --quiet -j "$jobs" --std=c11 \
		--inline-suppr --enable=warning,performance,portability \
		--suppress=memleak --suppress=uninitvar --error-exitcode=1 \
		-D'SD_BUS_PARAM(x)=#x' -I libvdpamgmt -I tests/unit
}

run_shellcheck() { scripts | xargs shellcheck -x; }

format() { sources '*.[ch]' | xargs clang-format --dry-run -Werror; }

spelling() { sources ':!tests/data' ':!tests/fuzz/corpus' | xargs codespell; }

# What can bear a comment names its licence: the library is LGPL, all else GPL.
licence() {
	local file want wrong=0
	for file in $(sources ':!*.md' ':!*.json' ':!LICENSES' ':!NEWS' ':!COPYING*' \
			':!debian/changelog' ':!debian/copyright' ':!debian/source' \
			':!*.gitignore' ':!tests/data' ':!tests/fuzz/corpus'); do
		want=GPL-2.0-or-later
		[[ $file != libvdpamgmt/* ]] || want=LGPL-2.1-or-later
		head -n 3 "$file" | grep -q "SPDX-License-Identifier: $want\b" ||
			{ echo "$file: no SPDX line with $want"; wrong=1; }
	done
	return "$wrong"
}

# The rules for SELinux fit what they stand on.
labels() {
	secilc -o "$build/policy" -f "$build/contexts" tests/sources/policy.cil \
		integration/selinux/vdpad.cil
}

# What ARCHITECTURE.md says, and no tool of others looks at.
promises() { tests/sources/check.py && tests/man/examples.py; }

static_checks() {
	local check
	for check in tidy run_cppcheck run_shellcheck format spelling licence labels promises; do
		if quietly "$check" "$check"; then
			count 1 0 0
		else
			echo "   $check: FAILED"
			count 0 1 0
			recall <<<"$check"
		fi
	done
}
