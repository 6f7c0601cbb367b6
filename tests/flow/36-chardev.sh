# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The step chardev-set: owner, group and mode of a char device that is not opened for it,
# and of no other file that somebody put in its place.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

node=/dev/vhost-vdpa-0

vhost_device() {
	load vhost_vdpa vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --driver vhost_vdpa
	[ -c "$node" ]
}

access() { stat -c '%U:%G %a' "${1:-$node}"; }

# fails STATUS CODE ARGUMENT…
fails() {
	run step chardev-set "${@:3}"
	expect_rc "$1"
	expect_json .error.code "$2" "$err"
}

test_owner_group_and_mode() {
	vhost_device
	expect_eq "$(access)" 'root:root 600'
	must step chardev-set n0 owner=nobody group=nogroup mode=0660
	expect_eq "$(access)" 'nobody:nogroup 660'
	must step chardev-set n0 owner=nobody group=nogroup mode=0660
	expect_eq "$(access)" 'nobody:nogroup 660'
	must step chardev-set n0 owner=1 group=2
	expect_eq "$(stat -c '%u:%g %a' "$node")" '1:2 600'
	must step chardev-set n0
	expect_eq "$(access)" 'root:root 600'
	must step chardev-set n0 group=daemon mode=0660
	expect_eq "$(access)" 'root:daemon 660'
}

test_the_owner_can_open_it() {
	vhost_device
	run as_user holder "$node"
	expect_rc 1
	must step chardev-set n0 owner=nobody
	start_ready open as_user holder "$node"
}

test_it_is_not_opened() {
	vhost_device
	start_ready open holder "$node"
	must step chardev-set n0 owner=nobody
	expect_eq "$(access)" 'nobody:root 600'
	kill -0 "$started"
}

test_after_a_bind_it_is_roots_again() {
	vhost_device
	must step chardev-set n0 owner=nobody mode=0666
	must vdpactl unbind n0
	must vdpactl bind n0 vhost_vdpa
	expect_eq "$(access)" 'root:root 600'
}

test_what_is_refused() {
	vhost_device
	fails 64 invalid-value n0 owner=no-such-user
	fails 64 invalid-value n0 group=no-such-group
	fails 64 invalid-value n0 owner=-1
	fails 64 invalid-value n0 owner=4294967295
	fails 4 no-such-device n1 owner=nobody
	expect_eq "$(access)" 'root:root 600'
	must vdpactl unbind n0
	fails 5 wrong-driver n0 owner=nobody
	run as_user step chardev-set n0 owner=nobody
	[ "$rc" -ne 0 ]
}

test_an_ordinary_user_may_not() {
	vhost_device
	run as_user step chardev-set n0 owner=nobody
	expect_rc 77
	expect_eq "$(access)" 'root:root 600'
}

# Whatever is at the path: a link to it, to another file, another device, a file.
test_other_files_in_its_place_are_not_touched() {
	vhost_device
	must vdpactl create n1 --mgmtdev vdpasim_net --driver vhost_vdpa
	mv "$node" /dev/saved
	echo secret >/dev/other
	chmod 600 /dev/other
	local fake
	for fake in 'ln -s saved' 'ln -s other' 'ln -s vhost-vdpa-1' 'ln /dev/other' \
		    'ln /dev/vhost-vdpa-1' 'mkdir' 'mkfifo' 'true'; do
		$fake "$node" 2>/dev/null
		fails 5 wrong-driver n0 owner=nobody mode=0666
		rm -rf "$node"
	done
	expect_eq "$(access /dev/saved) $(access /dev/other) $(access /dev/vhost-vdpa-1)" \
		'root:root 600 root:root 600 root:root 600'
	mv /dev/saved "$node"
	must step chardev-set n0 owner=nobody
	rm /dev/other
}

# Somebody exchanges the node for a link to a file of his choice, again and again.
test_race_for_the_path_is_not_won() {
	vhost_device
	echo secret >/dev/other
	chmod 600 /dev/other
	mknod /dev/real c "$((0x$(stat -c %t "$node")))" "$((0x$(stat -c %T "$node")))"
	while :; do
		ln -sf /dev/other /dev/link
		mv -T /dev/link "$node"
		ln -f /dev/real /dev/hard
		mv -T /dev/hard "$node"
	done &
	children[$!]=
	local racer=$! done=0 round
	for ((round = 0; round < 60; round++)); do
		run step chardev-set n0 owner=nobody "mode=$((round % 2 ? 0660 : 0600))"
		[ "$rc" -ne 0 ] || done=$((done + 1))
		expect_eq "$(access /dev/other)" 'root:root 600'
	done
	stop "$racer"
	printf '%s of 60 found the node\n' "$done"
	# What is there now is not the kernel's, which would leave it in the way of the next one.
	rm -f /dev/real /dev/link /dev/hard /dev/other "$node"
}

# First to root, so that who has it keeps no say in it; to the new owner last.
test_in_this_order() {
	vhost_device
	must step chardev-set n0 owner=nobody mode=0600
	traced -e trace=fchownat,chmod,fchmodat,open,openat -- \
		step chardev-set n0 owner=daemon group=daemon mode=0660
	expect_rc 0
	sed -nE -e 's/.*(fchownat)\([0-9]+, "", ([0-9]+, [0-9]+), .*/\1 \2/p' \
		-e 's/.*(chmod)\("[^"]*", (0[0-7]+)\).*/\1 \2/p' trace >order
	expect_eq "$(<order)" "fchownat 0, 0
chmod 0660
fchownat $(id -u daemon), $(id -g daemon)"
	! grep -E "open(at)?\(.*$node\"" trace | grep -v O_PATH
}
