# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# Somebody else changes things between two calls of ours: vdpactl is stopped in between.
# It has then looked, and holds the lock for changes, unless a test says otherwise.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# Where it is stopped: it has the lock. No other call of a verb's process is flock().
the_lock=(flock 1)

net_device() {
	load virtio_net vhost_vdpa virtio_vdpa vdpa_sim_net
	must vdpactl create n0 --mgmtdev vdpasim_net --mac 02:00:00:00:00:01 \
		--driver "${1-vhost_vdpa}"
}

# Another device of the same name, on vhost_vdpa unless "none" is said.
make_anew() {
	remove_vdpa n0
	add_vdpa n0 vdpasim_net "${1-vhost_vdpa}"
	the_new_one=$(describe n0)
}

# describe NAME: all that could be done to a device by mistake.
describe() {
	stat -Lc %i "/sys/bus/vdpa/devices/$1"
	driver_of "$1"
	cat "/sys/bus/vdpa/devices/$1/driver_override"
	vdpa -j dev config show "$1"
}

expect_untouched() { expect_eq "$(describe n0)" "$the_new_one"; }

# ended CODE STATUS: how the command that was stopped ended (it had --json).
ended() {
	expect_rc "$2"
	expect_json .error.code "$1" "$(grep '^{"error"' "$started_out")"
	expect_eq "$(</sys/bus/vdpa/drivers_autoprobe)" 1
}

verbs=('destroy n0' 'bind n0 virtio_vdpa' 'unbind n0' 'set n0 --mac 02:00:00:00:00:02')

test_made_anew_between_look_and_act() {
	local verb
	net_device
	for verb in "${verbs[@]}"; do
		# shellcheck disable=SC2086  # words
		stopped_after "${the_lock[@]}" vdpactl --json $verb
		make_anew
		go_on
		ended changed-underneath 1
		expect_untouched
	done
}

test_gone_between_look_and_act() {
	local verb
	for verb in "${verbs[@]}"; do
		net_device
		# shellcheck disable=SC2086  # words
		stopped_after "${the_lock[@]}" vdpactl --json $verb
		remove_vdpa n0
		go_on
		ended no-such-device 4
		[ ! -e /sys/bus/vdpa/devices/n0 ]
	done
}

# After the unbind there is a "change" event; then it would be deleted, or bound.
test_made_anew_between_unbind_and_what_follows() {
	local verb
	for verb in 'destroy n0' 'bind n0 virtio_vdpa'; do
		net_device
		# shellcheck disable=SC2086  # words
		stopped_after write:/sys/devices/n0/uevent 1 vdpactl --json $verb
		expect_eq "$(driver_of n0)" ''
		make_anew none
		go_on
		ended changed-underneath 1
		expect_untouched
		remove_vdpa n0
	done
}

# When it was made, driver_override keeps all drivers away; then it would be bound.
test_made_anew_between_create_and_bind() {
	load virtio_net vhost_vdpa virtio_vdpa vdpa_sim_net
	stopped_after write:/sys/devices/n0/driver_override 1 \
		vdpactl --json create n0 --mgmtdev vdpasim_net --driver virtio_vdpa
	expect_eq "$(driver_of n0)" ''
	make_anew none
	go_on
	ended changed-underneath 1
	expect_untouched
}

test_bound_by_somebody_else_between_look_and_act() {
	net_device none
	stopped_after "${the_lock[@]}" vdpactl --json bind n0 virtio_vdpa
	echo vhost_vdpa >/sys/bus/vdpa/devices/n0/driver_override
	bind_vdpa n0 vhost_vdpa
	go_on
	ended changed-underneath 1
	expect_eq "$(driver_of n0)" vhost_vdpa
}

test_created_by_somebody_else_between_look_and_act() {
	load vdpa_sim_net
	stopped_after "${the_lock[@]}" vdpactl --json create n0 --mgmtdev vdpasim_net
	make_anew
	go_on
	ended exists 1
	expect_untouched
}

test_management_device_goes_between_look_and_act() {
	load vdpa_sim_blk vdpa_sim_net
	stopped_after "${the_lock[@]}" vdpactl --json create n0 --mgmtdev vdpasim_net
	modprobe -r vdpa_sim_net
	go_on
	ended no-such-mgmtdev 4
	net_device
	stopped_after "${the_lock[@]}" vdpactl --json destroy n0
	modprobe -r vdpa_sim_net
	go_on
	ended no-such-device 4
	must vdpactl list
}

# All of vDPA goes and comes, with another family id; and the device with it.
test_vdpa_itself_goes_and_comes() {
	net_device
	stopped_after "${the_lock[@]}" vdpactl --json set n0 --mac 02:00:00:00:00:02
	unload_modules
	[ ! -e /sys/bus/vdpa ]
	load vdpa_sim_net vhost_vdpa
	go_on
	ended no-such-device 4
	stopped_after "${the_lock[@]}" vdpactl create n0 --mgmtdev vdpasim_net --driver vhost
	unload_modules
	load vdpa_sim_net
	go_on
	expect_rc 0
	expect_eq "$(driver_of n0)" vhost_vdpa
}

test_parent_is_unbound_between_look_and_act() {
	vp_vdpa_parent 0
	must vdpactl create vp0 --mgmtdev "$parent" --driver none
	stopped_after "${the_lock[@]}" vdpactl --json destroy vp0
	pci_driver "${virtio_cards[0]}"
	go_on
	ended no-such-device 4
	must vdpactl list mgmtdevs --json
	expect_json '[.mgmtdevs[] | select(.bus)]' '[]'
}

# vp_vdpa would take a second device and mix the two up: it never hears of it. Each
# looked before the other one acted.
test_two_at_once_on_vp_vdpa() {
	vp_vdpa_parent 0
	stopped_after "${the_lock[@]}" vdpactl --json create vp0 --mgmtdev "$parent" --driver none
	start vdpactl --json create vp1 --mgmtdev "$parent" --driver none
	local second=$started second_out=$started_out
	sleep 1
	kill -CONT "$stopped"
	stopped=
	rc=0
	wait "$second" || rc=$?
	started_out=$second_out
	ended mgmtdev-full 1
	expect_eq "$(vdpa_devices)" vp0
}
