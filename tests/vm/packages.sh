# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What prepare and prepare-consumers share: the cache, and Debian's packages, which are
# unpacked there and not installed.

# Which of Debian's they are from: its backports for this release, or sid; and the mirror, once
# make_apt_view has found it.
suite=backports
mirror=

cache=${VDPAD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/vdpad}
# What is being made, and removed when that fails.
unfinished=

say() { printf 'vm: %s\n' "$*" >&2; }
die() { say "$*"; exit 1; }

hash_of() { cat "$@" | sha256sum | cut -c1-12; }

# One run at a time fills the cache.
lock_cache() {
	export PATH=$PATH:/usr/sbin:/sbin
	trap 'rm -rf "$unfinished"' EXIT
	mkdir -p "$cache"
	exec 9>"$cache/lock"
	flock -n 9 || { say 'waiting for another run that fills the cache'; flock 9; }
	rm -rf "$cache"/tmp.*			# from a run that was killed
}

# begin: $unfinished is a new folder, beside its final place.
begin() {
	unfinished=$(mktemp -d "$cache/tmp.XXXXXX")
	chmod 755 "$unfinished"
}

# forget_old GLOB…: what nobody has asked for in three days is an older recipe's.
forget_old() {
	local glob
	for glob; do
		find "$cache" -maxdepth 1 -name "$glob" -mtime +3 -exec rm -rf {} +
	done
}

# A view of apt that knows the suite alone and touches none of the host's state.
apt_view() {
	local command=$1 folder=$cache/apt/$suite
	shift
	"$command" -o Dir::Etc::sourcelist="$folder/sources.list" \
		-o Dir::Etc::sourceparts=- -o Dir::Etc::preferences=- \
		-o Dir::Etc::preferencesparts="$folder/preferences.d" \
		-o Dir::State::status=/dev/null \
		-o Dir::State::Lists="$folder/lists" -o Dir::Cache="$folder" \
		-o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)" -q "$@" >&2
}

# Where this host has the Debian release $1 from.
find_mirror() {
	# shellcheck disable=SC2016  # apt fills these in, not the shell
	apt-get indextargets --format '$(CODENAME) $(REPO_URI)' \
		'Created-By: Packages' 'Origin: Debian' | sed -n "s/^$1 //p" | sort -u |
		head -n 1
}

make_apt_view() {
	local folder=$cache/apt/$suite release options name
	release=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	mirror=$(find_mirror "$release")
	if [ -z "$mirror" ]; then		# no index yet, as in a fresh container
		apt-get -q update >&2 || true
		mirror=$(find_mirror "$release")
	fi
	[ -n "$mirror" ] || die "apt knows no Debian mirror of '$release'"
	options=signed-by=/usr/share/keyrings/debian-archive-keyring.gpg
	case $suite in
	backports) name=$release-backports;;
	*) name=$suite options+=' check-valid-until=no';;	# a mirror that is behind will do
	esac
	mkdir -p "$folder"/{lists/partial,archives/partial,preferences.d}
	echo "deb [$options] $mirror $name main" >"$folder/sources.list"
	apt_view apt-get update ||
		say "the index of $name could not be had; going on with the last one"
}

# The packages stay in the cache: another recipe with the same ones needs no network.
download() {
	mkdir -p "$cache/debs"
	(cd "$cache/debs" && apt_view apt-get download "$@") ||
		die "these packages could not be had from $suite: $*"
}

# unpack FOLDER PACKAGE…
unpack() {
	local into=$1 package deb
	shift
	for package; do
		deb=$(find "$cache/debs" -name "${package}_*.deb" | sort -V | tail -n 1)
		dpkg-deb -x "$deb" "$into"
	done
}
