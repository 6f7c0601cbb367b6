# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What vdpactl lists, against iproute2's vdpa and sysfs.

# shellcheck source=tests/flow/lib.sh
. "${BASH_SOURCE[0]%/*}/lib.sh"

# iproute2's words for what vdpactl prints. Its keys have stray blanks at the end.
# shellcheck disable=SC2016  # jq's variables
as_iproute2='
	def class: {net: "network"}[.] // .;
	def present: with_entries(select(.value != null));
	def mgmtdevs: [.mgmtdevs[] | {key: .handle, value: ({
		supported_classes: .classes, max_supported_vqs,
		dev_features: [.features[] | ltrimstr("bit-")]} | present)}] | from_entries;
	def devices: [.devices[] | {key: .name, value: ({
		type: .class | class, mgmtdev, vendor_id, max_vqs, max_vq_size}
		| present)}] | from_entries;
	def configs: [.devices[] | {key: .name,
		value: (if .class == "net" then .config else {} end)}] | from_entries;
	def trimmed: walk(if type == "object"
		then with_entries(.key |= rtrimstr(" ")) else . end);
	def worded: map_values(.dev_features |= map(tostring));'

# agree OURS THEIRS: jq filters over vdpactl's output in "ours" and iproute2's in "theirs".
agree() {
	jq "$as_iproute2 $1" ours >ours.same
	jq "$as_iproute2 $2" theirs >theirs.same
	must diff theirs.same ours.same
}

agree_on_devices() {
	vdpactl list --json >ours
	vdpa -j dev show >theirs
	agree devices .dev
	vdpa -j dev config show >theirs
	agree configs '.config | trimmed'
	expect_json '[.version, (keys | length)]' '[1,2]' "$(<ours)"
}

last_part() { sed 's,.*/,,'; }

# Driver, char device and interface of each device, by sysfs alone.
agree_with_sysfs() {
	local device
	for device in /sys/bus/vdpa/devices/*; do
		echo "$(last_part <<<"$device")" \
			"$(readlink "$device/driver" | last_part || echo -)" \
			"$(compgen -G "$device/vhost-vdpa-*" | last_part || echo -)" \
			"$(compgen -G "$device/virtio*/net/*" | last_part || echo -)"
	done | sort >theirs.same
	jq -r '.devices[] | [.name, .driver, .chardev, .virtio.netdev]
		| map(. // "-" | sub(".*/"; "")) | join(" ")' ours | sort >ours.same
	must diff theirs.same ours.same
}

test_mgmtdevs_of_all_four_kinds() {
	load vdpa_sim_net vdpa_sim_blk vduse
	vp_vdpa_parent 0
	vdpactl list mgmtdevs --json >ours
	vdpa -j mgmtdev show >theirs
	expect_json '.mgmtdev | length' 4 "$(<theirs)"
	agree mgmtdevs '.mgmtdev | worded'
	expect_json '[.mgmtdevs[] | [.handle, .function, .driver, .pci_address,
		.dma_translation]] | sort | .[]' \
		'["pci/0000:00:04.0","pf","vp-vdpa","0000:00:04.0","platform"]
["vdpasim_blk","simulator",null,null,"device"]
["vdpasim_net","simulator",null,null,"device"]
["vduse","vduse",null,null,"device"]' "$(<ours)"
	must vdpactl list mgmtdevs
	expect_match 'pci/0000:00:04.0 +pf +net +3 +vp-vdpa'
	must vdpactl show --json "$parent"
	expect_json . "$(jq -c '.mgmtdevs[] | select(.bus)' ours)"
}

test_devices_of_all_four_kinds() {
	load vdpa_sim_net vdpa_sim_blk vhost_vdpa virtio_vdpa virtio_net virtio_blk
	vp_vdpa_parent 0
	vduse_disk disk0 16
	add_vdpa plain vdpasim_net
	must vdpa dev add name n0 mgmtdev vdpasim_net mac 02:00:00:00:00:01 mtu 1400
	add_vdpa n1 vdpasim_net virtio_vdpa
	add_vdpa b0 vdpasim_blk vhost_vdpa
	add_vdpa vp0 "$parent" vhost_vdpa
	add_vdpa disk0 vduse virtio_vdpa
	agree_on_devices
	agree_with_sysfs
	expect_json '[.devices[] | [.name, .driver]] | sort | .[]' \
		'["b0","vhost_vdpa"]
["disk0","virtio_vdpa"]
["n0","vhost_vdpa"]
["n1","virtio_vdpa"]
["plain",null]
["vp0","vhost_vdpa"]' "$(<ours)"
	must vdpactl list drivers --json
	expect_json '.drivers | sort_by(.name) | .[] | [.name, (.devices | sort)]' \
		'["vhost_vdpa",["b0","n0","vp0"]]
["virtio_vdpa",["disk0","n1"]]'
}

# iproute2 prints no configuration of a disk; the disk itself tells it.
test_block_configuration_is_that_of_the_disk() {
	local queue=/sys/block/vda/queue
	load vdpa_sim_blk virtio_vdpa virtio_blk
	add_vdpa b0 vdpasim_blk virtio_vdpa
	wait_until 60 test -b /dev/vda
	must vdpactl show b0 --json
	expect_json .virtio.blockdev vda
	expect_json .config.capacity "$(<"/sys/block/vda/size")"
	expect_json .config.block_size "$(<"$queue/logical_block_size")"
	expect_json .config.size_max "$(<"$queue/max_segment_size")"
	expect_json .config.seg_max "$(<"$queue/max_segments")"
	expect_json .config.num_queues "$(find /sys/block/vda/mq -mindepth 1 -maxdepth 1 | wc -l)"
	expect_json '.config.max_discard_sectors * 512' "$(<"$queue/discard_max_hw_bytes")"
	expect_json '.config.max_write_zeroes_sectors * 512' \
		"$(<"$queue/write_zeroes_max_bytes")"
	expect_json .config.read_only "$([ "$(<"/sys/block/vda/ro")" = 0 ] && echo false)"
	expect_json .config.flush "$([ "$(<"$queue/write_cache")" = 'write back' ] && echo true)"
}

test_three_hundred_devices() {
	local i
	load vdpa_sim_net vdpa_sim_blk vhost_vdpa
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	vdpa dev add name blk0 mgmtdev vdpasim_blk
	for ((i = 0; i < 299; i++)); do
		vdpa dev add name net$i mgmtdev vdpasim_net mtu $((1000 + i)) \
			mac "$(printf '02:00:00:00:%02x:%02x' $((i / 256)) $((i % 256)))"
	done
	for ((i = 0; i < 299; i += 30)); do
		bind_vdpa net$i vhost_vdpa
	done
	agree_on_devices
	expect_json '.devices | length' 300 "$(<ours)"
	expect_json '[.devices[] | select(.driver)] | length' 10 "$(<ours)"
	vdpactl list mgmtdevs --json >ours
	expect_json '.mgmtdevs | map({(.handle): .devices | length}) | add
		| [.vdpasim_net, .vdpasim_blk]' '[299,1]' "$(<ours)"
}

# The kernel takes nearly any name, and other tools do too.
test_foreign_names_are_listed_escaped() {
	local name long
	long=$(printf 'x%.0s' {1..300})
	load vdpa_sim_net
	echo 0 >/sys/bus/vdpa/drivers_autoprobe
	for name in 'a b' .. . $'x\n' $'\e[2J' '%s%n' "$long" $'\xff\\'; do
		must vdpa dev add name "$name" mgmtdev vdpasim_net
	done
	must vdpactl list --json
	expect_json '[.devices[].name] | sort | .[]' "%s%n
.
..
\\x1b[2J
\\xff\\x5c
a b
x\\x0a
$long"
	expect_json '[.devices[] | select(.class != "net" or .mgmtdev != "vdpasim_net")]' '[]'
	must vdpactl list
	expect_no_match $'[^\n -~]'
	expect_eq "$(wc -l <<<"$out")" 9
	must vdpactl list mgmtdevs --json
	expect_json '.mgmtdevs[0].devices | length' 8
	must vdpactl status
	expect_no_match $'[^\n -~]'
	must vdpactl show --json 'x\x0a'
	expect_json .name 'x\x0a'
	must vdpactl show --json ..
	expect_json .name ..
	for name in 'a b' '%s%n' '\xff\x5c' '\x1b[2J'; do
		must vdpactl destroy "$name"
	done
	must vdpactl list --json
	expect_json '[.devices[].name] | sort | .[:3] | .[]' $'.\n..\nx\\x0a'
	# One that sysfs cannot tell from others is not touched.
	refused 64 invalid-name destroy ..
	refused 64 invalid-name unbind 'x\x0a'
	for name in .. . $'x\n' "$long"; do
		must vdpa dev del "$name"
	done
}

test_an_ordinary_user_reads_all() {
	local verb
	load vdpa_sim_net vdpa_sim_blk vhost_vdpa virtio_vdpa virtio_net
	must vdpa dev add name n0 mgmtdev vdpasim_net
	add_vdpa n1 vdpasim_net virtio_vdpa
	for verb in '' 'path n0' 'show vdpasim_net' 'list --json' 'list mgmtdevs --json' \
		    'list drivers --json'; do
		# shellcheck disable=SC2086  # words
		vdpactl $verb >root
		# shellcheck disable=SC2086
		must as_user vdpactl $verb
		expect_eq "$out" "$(<root)"
	done
	must as_user vdpactl show n0 --json
	expect_json '[.name, .driver, .in_use, .holders]' '["n0","vhost_vdpa",null,null]'
}
