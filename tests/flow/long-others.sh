# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# machine: systemd
# timeout: 900
#
# The daemon among three who do as they like for five minutes. What documents say comes back.
#
# Not in a whole run, by name alone: for its time, and because the machine itself stood still in it
# twice, without a word, as long as each of its processors had a thread.

# shellcheck source=tests/flow/daemon.sh
. "${BASH_SOURCE[0]%/*}/daemon.sh"

# wish COUNT MAC-BYTE: what the document says, in one move.
wish() {
	printf '{"version":1,"devices":[{"name":"d-{n}","count":%s,"mgmtdev":"vdpasim_net","mac":"02:00:00:00:%s:{n}","driver":"vhost_vdpa"}]}\n' \
		"$@" >/run/vdpad/documents.d/.d.new
	mv /run/vdpad/documents.d/.d.new /run/vdpad/documents.d/d.json
}

one_of() { eval "echo \${$((RANDOM % $# + 1))}"; }

some_device() { echo "d-$((RANDOM % 8))"; }

administrator() {
	case $((RANDOM % 6)) in
	0) vdpactl bind "$(some_device)" "$(one_of vhost_vdpa virtio_vdpa)" --force --timeout 3;;
	1) vdpactl unbind "$(some_device)" --force --timeout 3;;
	2) vdpactl set "$(some_device)" --mac "02:00:00:00:77:0$((RANDOM % 10))" --force;;
	3) vdpactl destroy "$(some_device)" --force --timeout 3;;
	4) wish "$(one_of 4 6 8)" "$(one_of 30 31)";;
	5) vdpactl create "a-$((RANDOM % 3))" --mgmtdev vdpasim_net; vdpactl destroy "a-$((RANDOM % 3))";;
	esac
}

# Does by iproute2 and sysfs what vdpactl does with more care.
neighbour() {
	local device
	device=$(some_device)
	case $((RANDOM % 5)) in
	0) echo "$device" >/sys/bus/vdpa/drivers/vhost_vdpa/unbind;;
	1) echo "$device" >/sys/bus/vdpa/drivers/virtio_vdpa/bind;;
	2) vdpa dev set name "$device" mac 02:00:00:00:66:66;;
	3) vdpa dev add name "f-$((RANDOM % 3))" mgmtdev vdpasim_net;;
	4) vdpa dev del "f-$((RANDOM % 3))";;
	esac
}

# Uses devices for a moment, and now and then something is killed.
stranger() {
	case $((RANDOM % 8)) in
	0) pkill -KILL -x vdpad-worker;;
	1) kill -KILL "$(main_pid)"; sleep 2;;
	*) timeout 1 holder "/dev/vhost-vdpa-$((RANDOM % 8))";;
	esac
}

# acts ACTOR SEED SECONDS
acts() {
	local end=$((SECONDS + $3)) count=0
	trap - ERR
	set +e
	RANDOM=$2
	while [ "$SECONDS" -lt "$end" ]; do
		"$1" >>"$1.log" 2>&1
		count=$((count + 1))
	done
	echo "$1: $count acts"
}

# is_as_wished COUNT MAC-BYTE: whatever else is there; one that is wished for no more is foreign.
is_as_wished() {
	local i
	for ((i = 0; i < $1; i++)); do
		is_bound "d-$i" vhost_vdpa && has_mac "d-$i" "02:00:00:00:$2:0$i" || return 1
	done
}

becomes_as_wished() {
	poll "$1" is_as_wished "${@:2}" && return
	run vdpactl list
	run vdpactl status
	run journalctl -u vdpad.service -n 40 --no-pager -o cat
	fail "not within $1 s: ${*:2}"
}

test_three_who_do_as_they_like() {
	local seed=$RANDOM actor actors=()
	load vdpa_sim_net vhost_vdpa virtio_vdpa virtio_net
	fresh_daemon
	# Somebody kills it more often than systemd takes for an accident.
	mkdir -p /run/systemd/system/vdpad.service.d
	printf '[Unit]\nStartLimitIntervalSec=0\n' >/run/systemd/system/vdpad.service.d/limit.conf
	systemctl daemon-reload
	wish 6 30
	wait_until 60 is_as_wished 6 30
	add_vdpa foreign vdpasim_net
	printf '  seed %s\n' "$seed"
	for actor in administrator neighbour stranger; do
		acts "$actor" $((seed + ${#actors[@]})) 300 &
		actors+=($!)
	done
	wait "${actors[@]}"
	wish 7 32
	becomes_as_wished 120 7 32
	must vdpactl --timeout 60 status --wait converged
	must vdpactl -j status
	expect_json '.lanes' '[]'
	expect_eq "$(</sys/bus/vdpa/drivers_autoprobe)" 1
	exists foreign
	rm /run/systemd/system/vdpad.service.d/limit.conf
	systemctl daemon-reload
}
