# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
# shellcheck disable=SC2154  # out, err, rc: of run
#
# Names: what we would never give a device is refused before the kernel hears of it;
# what others gave theirs is shown escaped, and nothing follows it out of /sys.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# No datagram left, nothing was written below /sys, and the kernel said nothing.
expect_nothing_sent() {
	expect_no_match 'nlmsg_type=|AF_NETLINK' "$(grep -E '^[0-9]+ +send' trace || true)"
	expect_no_match '/sys/bus/vdpa' "$(grep -E 'O_WRONLY|O_RDWR' trace || true)"
}

test_bad_names_are_refused_before_the_kernel_hears_of_them() {
	load vdpa_sim_net
	local name long
	long=$(printf 'x%.0s' {1..300})
	for name in ../../x a/b . .. -rf $'x\n' '' "${long:0:64}" "$long" ' x' 'a b' \
		$'\xff\xfe' '%s%n'; do
		dmesg --clear
		traced -e trace=sendto,sendmsg,openat,openat2 -- \
			vdpactl create --mgmtdev vdpasim_net -- "$name"
		expect_rc 64
		expect_eq "$out" ''
		expect_eq "$(wc -l <"$scratch/err")" 1
		expect_nothing_sent
		run vdpactl --json create --mgmtdev vdpasim_net -- "$name"
		expect_rc 64
		expect_json '.error.code | IN("invalid-name", "usage")' true "$err"
		expect_eq "$(dmesg | grep -iE 'vdpa|kobject|sysfs|warn' || true)" ''
	done
	expect_eq "$(vdpa_devices)" ''
}

test_an_option_where_a_name_is_wanted() {
	load vdpa_sim_net
	refused 64 usage create -rf --mgmtdev vdpasim_net
	refused 64 usage destroy -rf
}

test_the_longest_name_that_is_taken() {
	load vdpa_sim_net
	local name
	name=$(printf 'x%.0s' {1..63})
	must vdpactl create "$name" --mgmtdev vdpasim_net --driver vhost_vdpa
	expect_eq "$(vdpa_devices)" "$name"
	must vdpactl path "$name"
	must vdpactl destroy "$name"
}

test_names_of_others_are_shown_escaped() {
	load vdpa_sim_net
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	must vdpa dev add name 'a b' mgmtdev vdpasim_net
	must vdpa dev add name .. mgmtdev vdpasim_net
	must vdpa dev add name $'x\n' mgmtdev vdpasim_net
	must vdpa dev add name $'\xff\e[31m' mgmtdev vdpasim_net
	echo 1 >/sys/bus/vdpa/drivers_autoprobe
	must vdpactl --json list
	expect_json '[.devices[].name] | sort' \
		'["..","\\xff\\x1b[31m","a b","x\\x0a"]'
	must vdpactl list
	expect_match 'x\\x0a'
	expect_no_match $'\e'
	must vdpactl --json show 'a\x20b'
	expect_json .name 'a b'
	# What can be reached in /sys can be removed by a verb that names it; no path is
	# made of the others.
	must vdpactl destroy 'a\x20b'
	run vdpactl destroy ..
	[ "$rc" -ne 0 ]
	run vdpactl bind 'x\x0a' vhost_vdpa
	[ "$rc" -ne 0 ]
	must vdpa dev del ..
	must vdpa dev del $'x\n'
	must vdpa dev del $'\xff\e[31m'
}
