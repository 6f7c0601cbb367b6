#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the sources promise and no compiler looks at: who includes what, that decisions are pure, that
ARCHITECTURE.md knows each file and folder, that links in documents lead somewhere, and that files and
functions stay short. Reports each fault on a line; run by ./check."""

import fnmatch
import os
import re
import subprocess
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FILES = subprocess.run(["git", "ls-files"], text=True, capture_output=True, check=True).stdout.split("\n")[:-1]
faults = []

PUBLIC = {"vdpamgmt.h", "vdpamgmt-provision.h", "vdpamgmt-consumer.h"}
KERNEL = r"libmnl/|libkmod|netlink/|linux/|libudev"
# A folder, and what its files include besides their own headers, the public ones and libc's.
LAYERS = {
    "libvdpamgmt": rf"{KERNEL}|json-c/",
    "vdpactl": r"json-c/|systemd/sd-bus\.h",
    "vdpad": r"json-c/|systemd/",
    "vdpad/worker": r"\.\./protocol\.h",
    "integration/kubernetes": r"json-c/|google/protobuf/|grpcpp/|\w+\.grpc\.pb\.h",
    "integration/libvirt": r"json-c/|systemd/sd-bus\.h|libxml/|libvirt/",
}
# libvirt waits for the hook, which must never call it.
CALL_LIBVIRT = "integration/libvirt/bridge*.c"
LIBRARIES = rf"{KERNEL}|json-c/|systemd/|libxml/|libvirt/|google/|grpcpp/"

# Decide without asking anybody: no descriptor, no clock, no file.
PURE = ["libvdpamgmt/plan*.c", "libvdpamgmt/sf-move.c", "libvdpamgmt/match.c", "libvdpamgmt/consumer*.c",
        "vdpad/reconcile.c", "vdpad/targets-decide.c", "integration/libvirt/verdict.c", "integration/libvirt/bridge-decide.c",
        "integration/kubernetes/allocate.c", "integration/kubernetes/prefer.c",
        "integration/kubernetes/selector.c"]
IMPURE = r"fcntl\.h|unistd\.h|sys/(?!types)|time\.h|poll\.h|(sysfs|request|transport|writer|wire)\.h|" \
         rf"systemd/|libvirt/|{KERNEL}"

# Longer than 400 lines, and why that is better than two files.
LONG = {
    "libvdpamgmt/vdpamgmt.h": "the documentation of one interface",
    "libvdpamgmt/vdpamgmt-provision.h": "the documentation of one interface",
    "libvdpamgmt/json.c": "one form, each kind of object a few lines",
    "libvdpamgmt/json-scan.c": "one grammar",
    "libvdpamgmt/vdpa-msg.c": "one family's messages",
    "libvdpamgmt/devlink-msg.c": "one family's messages",
    "libvdpamgmt/snapshot-json.c": "writes and reads the same keys",
    "libvdpamgmt/plan-function.c": "one kind of object",
    "vdpactl/guard.c": "one process and its child",
    "vdpad/protocol.c": "writes and reads the same messages",
}


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def includes(path):
    return re.findall(r'^#include ["<]([^">]+)[">]', text(path), re.M)


def check_layers():
    for path in FILES:
        folder = os.path.dirname(path)
        if folder not in LAYERS or not re.search(r"\.(c|cc|h)$", path):
            continue
        for name in includes(path):
            own = os.path.exists(os.path.join(folder, name)) or name in PUBLIC
            foreign = re.match(LIBRARIES, name) or os.path.exists(os.path.join("libvdpamgmt", name)) or "/" in name
            if not own and foreign and not re.match(LAYERS[folder] + r"|sys/|net/|arpa/|netinet/", name):
                faults.append(f"{path} includes {name}, which is not for {folder}")
            if name.startswith("libvirt/") and not fnmatch.fnmatch(path, CALL_LIBVIRT):
                faults.append(f"{path} includes {name}, which is for {CALL_LIBVIRT} alone")


def check_pure():
    for pattern in PURE:
        found = fnmatch.filter(FILES, pattern)
        if not found:
            faults.append(f"{pattern} is no file any more")
        for path in found:
            for name in includes(path):
                if re.match(IMPURE, name) and not name.startswith("linux/virtio_"):  # numbers alone
                    faults.append(f"{path} decides, and includes {name}")


def check_architecture():
    named = re.findall(r"`([\w./…-]+)`", text("ARCHITECTURE.md"))
    patterns = [os.path.basename(name.rstrip("/")).replace("…", "*") for name in named]
    folders = [name for name in named if name.endswith("/")]
    for path in FILES:
        if re.fullmatch(r"(libvdpamgmt|vdpad|vdpad/worker|integration/\w+)/[\w-]+\.(c|cc)", path):
            name = os.path.basename(path)
            if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
                faults.append(f"ARCHITECTURE.md does not know {path}")
    there = {found[0] for path in FILES if (found := re.match(r"(?:tests/)?[\w-]+/", path))}
    faults.extend(f"ARCHITECTURE.md does not know {folder}" for folder in sorted(there.difference(folders)))
    for folder in folders:
        if "*" not in folder and not any(path.startswith(folder) or f"/{folder}" in path for path in FILES):
            faults.append(f"ARCHITECTURE.md knows a folder that is not there: {folder}")


def check_links():
    count = 0
    for path in fnmatch.filter(FILES, "*.md"):
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text(path)):
            count += 1
            if "://" not in link and not os.path.exists(os.path.join(os.path.dirname(path), link)):
                faults.append(f"{path} has a link to {link}, which is not there")
    if not count:
        faults.append("no link was found in any document")


def check_sizes():
    for path in FILES:
        if path.startswith("tests/") or not re.search(r"\.(c|cc|h)$|^check$", path):
            continue
        long = text(path).count("\n") > 400
        if long and path not in LONG:
            faults.append(f"{path} has more than 400 lines")
        if not long and path in LONG:
            faults.append(f"{path} is short now: no exception is needed")


def functions(path):
    """The lines of each body with what is above it: `{` and `}` stand in the first column for nothing else."""
    lines = text(path).split("\n")
    start = None
    for number, line in enumerate(lines):
        if line == "{":
            start = number
        elif line == "}" and start is not None:
            yield number - start - 1, f"{path}:{start}: {lines[start - 1].strip()}"
            start = None


def check_functions():
    found = sorted(function for path in FILES if re.search(r"\.(c|cc|h)$", path) for function in functions(path))
    if not found:
        faults.append("no function was found in any file")
        return
    faults.extend(f"{name} has {length} lines, more than 100" for length, name in found if length > 100)
    for share, what, limit in (0.5, "half of", 20), (0.9, "nine in ten of", 50):
        length = found[int(len(found) * share)][0]
        if length > limit:
            faults.append(f"{what} the functions have up to {length} lines, more than {limit}")


check_layers()
check_pure()
check_architecture()
check_links()
check_sizes()
check_functions()
print("\n".join(faults))
sys.exit(bool(faults))
