#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The commands that manual pages and documents show, for tests/flow/47-examples.sh to run.

`examples.py FILE` prints those of one file that are to be run, each with what is shown below it, all
ended by NUL. `examples.py` alone tells what is wrong: a file that the flow does not run, an entry of
the table that is for nothing.
"""

import fnmatch
import glob
import os
import re
import sys

os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
FLOW = "tests/flow/47-examples.sh"

# Files, what commands in them have, what is put in for that, and why; None: they are not run.
OTHERWISE = [
    ("*", r"(vf count \S+ \d+)", r"\1 --driver vdpatest-vf", "what is a parent on the VFs of the test machine"),
    ("README.md", r"^\./|^apt-get ", None, "installs and builds what is there already, or boots such a machine"),
    ("README.md", r"examples/vhost-for-vms\.json", None, "its VFs are to have features that the test NIC has not"),
    ("docs/administrators.md", r"show edge0", "show n0", "edge0 is made further below"),
    ("docs/kubernetes.md", r"^podman |^kubectl ", None, "needs a cluster; tests/flow/80-kubernetes.sh has a kubelet"),
    ("docs/openstack.md", r"^openstack ", None, "needs a cloud"),
    ("docs/performance.md", r"^make bench", None, "measures for minutes, and builds"),
    ("man/vdpad.8.scd", r"--spawn-workers", None, "where there is no systemd: tests/flow/61-daemon.sh"),
]


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def fences(path):
    """What stands in fences of no language or of a terminal's; in a page, below EXAMPLES."""
    whole = text(path)
    if path.endswith(".scd"):
        whole = whole.partition("\n# EXAMPLES\n")[2].partition("\n# SEE ALSO\n")[0]
    return [body for language, body in re.findall(r"^```(\w*)\n(.*?)^```$", whole, re.M | re.S)
            if language in ("", "console")]


def examples(path):
    """Pairs of a command and what is shown below it. Only a document's have no prompt, and show nothing."""
    for fence in fences(path):
        lines = fence.replace("\\\n", "").splitlines()
        if any(re.match(r"[#$] ", line) for line in lines):
            for command in re.split(r"^[#$] ", "\n".join(lines), flags=re.M)[1:]:
                first, _, shown = command.partition("\n")
                yield first, shown.rstrip("\n")
        elif path.endswith(".md"):
            yield from ((line, "") for line in lines)


def to_run(path, used):
    """The same as they are run; the entries of the table that were for something go to `used`."""
    for command, shown in examples(path):
        for entry in OTHERWISE:
            paths, pattern, instead, _ = entry
            if fnmatch.fnmatch(path, paths) and re.search(pattern, command):
                used.add(entry)
                command = re.sub(pattern, instead, command) if instead else ""
        if command:
            yield command, shown


def check():
    flow, used, faults, count = text(FLOW), set(), [], 0
    for path in ["README.md", "examples/README.md", *glob.glob("man/*.scd"), *glob.glob("docs/*.md")]:
        found = list(to_run(path, used))
        count += len(found)
        if found and not re.search(rf"^\s*examples_of {re.escape(path)}$", flow, re.M):
            faults += [f"{FLOW} does not run {command}, of {path}" for command, _ in found]
    faults += [f"{path}: there is no {pattern} any more" for path, pattern, *_ in set(OTHERWISE) - used]
    print("\n".join(faults or [f"{count} examples are run"]))
    return bool(faults)


if len(sys.argv) == 1:
    sys.exit(check())
for pair in to_run(sys.argv[1], set()):
    sys.stdout.write("".join(part + "\0" for part in pair))
