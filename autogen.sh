#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Makes ./configure from a git checkout; a release tarball needs no such thing.
set -eu
cd "$(dirname "$0")"
exec autoreconf --force --install --symlink
