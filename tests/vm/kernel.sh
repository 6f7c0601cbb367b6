# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# The test machine's kernel, of Debian's backports or of sid, and modules for it. sid's headers are
# for a compiler that this host has not: they are in a Debian of their own, a folder of the rig.

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=tests/vm/packages.sh
. "$here/packages.sh"

kernel=${VDPAD_KERNEL:-backports}
case $kernel in
backports | sid) ;;
*) die "VDPAD_KERNEL is \"$kernel\", and neither \"backports\" nor \"sid\"";;
esac
# "6.12.95+deb12-amd64", once prepare knows it.
version=

# These are in the machine's kernel as Debian has it: vdpa, vduse, vhost_vdpa, virtio_vdpa. These
# are not.
simulators=(drivers/vdpa/vdpa_sim/vdpa_sim{,_net,_blk}.c
	    drivers/vdpa/vdpa_sim/vdpa_sim.h
	    drivers/vdpa/virtio_pci/vp_vdpa.c
	    drivers/vhost/vringh.c
	    samples/vfio-mdev/mtty.c)

kernel_version() {
	suite=$kernel apt_view apt-cache depends linux-image-amd64 2>&1 |
		sed -n 's/.*Depends: linux-image-\(.*-amd64\)$/\1/p' | head -n 1
}

# What of it is unpacked: newer ones are in parts.
kernel_packages() {
	if [ "$kernel" = sid ]; then
		echo "linux-base-$version linux-binary-$version linux-modules-$version"
	else
		echo "linux-image-$version linux-headers-$version" \
			"linux-headers-${version%-amd64}-common linux-kbuild-${version%-amd64}"
	fi
	echo "linux-source-$(cut -d. -f1,2 <<<"$version")"
}

# A Debian with the headers and the compiler that they want, in the rig $1.
make_debian() {
	say "making a Debian of $kernel to build modules in"
	mmdebstrap --quiet --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
		--include="make,linux-headers-$version" "$kernel" "$1/debian" "$mirror" >&2 ||
		die "a Debian of $kernel could not be made"
}

# The headers in the rig $1 name their own place, which is below $2 and then $3.
place_headers() { sed -i "s,$2/usr/src/,$3/usr/src/," "$1/usr/src/linux-headers-$version/Makefile"; }

# Runs make for modules in the folder $2 of the rig $1.
make_modules() {
	local rig=$1 folder=$2 name
	local arguments=(-C "/usr/src/linux-headers-$version" -j"$(nproc)" CONFIG_DEBUG_INFO_BTF_MODULES=)
	if [ "$kernel" != sid ]; then
		arguments[1]=$rig${arguments[1]}
		make "${arguments[@]}" M="$folder"
		return
	fi
	name=$(basename "$folder")
	rm -rf "${rig:?}/debian/$name"
	cp -r "$folder" "$rig/debian/$name"
	# objtool reads a limit in /proc.
	# shellcheck disable=SC2016  # the other shell expands them
	unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" make "$@"' \
		"$rig/debian" "${arguments[@]}" M="/$name" &&
		cp "$rig/debian/$name"/*.ko "$folder"
}

build_modules() {
	local log=$2/build.log
	make_modules "$@" >"$log" 2>&1 ||
		{ cat "$log" >&2; die "the kernel modules in $2 could not be built"; }
	find "$2" -name '*.ko' -exec strip --strip-debug {} +
}

# Puts built modules beside the kernel's own, where modprobe finds them.
add_modules() {
	local root=$1 folder=$2
	mkdir -p "$root/lib/modules/$version/updates"
	find "$folder" -name '*.ko' \
		-exec cp -t "$root/lib/modules/$version/updates" {} +
	depmod -b "$root" "$version"
}

build_simulators() {
	local rig=$1 folder=$1/simulators archive
	say 'building vdpa_sim, vp_vdpa and their like'
	archive=$(echo "$rig"/usr/src/linux-source-*.tar.xz)
	mkdir "$folder"
	tar -xf "$archive" -C "$folder" --transform 's,.*/,,' \
		"${simulators[@]/#/$(basename "$archive" .tar.xz)/}"
	rm "$archive"
	cp "$here/simulators.kbuild" "$folder/Kbuild"
	build_modules "$rig" "$folder"
	add_modules "$rig" "$folder"
}

# Makes it in the rig $1, whose place is $2 in the end.
make_kernel() {
	local rig=$1 place=$2 packages
	read -ra packages < <(kernel_packages | xargs)
	suite=$kernel download "${packages[@]}"
	unpack "$rig" "${packages[@]}"
	if [ "$kernel" = sid ]; then
		mv "$rig/usr/lib" "$rig/lib"
		mv "$rig/lib/modules/$version/vmlinuz" "$rig/vmlinuz"
		make_debian "$rig"
		build_simulators "$rig"
	else
		mv "$rig/boot/vmlinuz-$version" "$rig/vmlinuz"
		place_headers "$rig" '' "$rig"
		build_simulators "$rig"
		# Its last word on where it is.
		place_headers "$rig" "$rig" "$place"
	fi
}
