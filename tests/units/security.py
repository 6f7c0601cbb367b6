#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The systemd units: whether systemd understands them, and how much each of their processes could do.

Asks systemd-analyze about the units as the build has made them. Reports as TAP. Run by `make check`, in
the folder of the build.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile

SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")
UNITS = "integration/systemd"
# What is exposed at most, of 10.
LIMITS = {"vdpad.service": 1.0, "vdpad-worker@.service": 2.0, "vdpad-holders@.service": 1.5,
          "vdpad-libvirt.service": 1.0}
OTHERS = ["vdpad-ready.service", "vdpad-worker.socket", "vdpad-holders.socket"]

count = 0
failed = 0


def report(is_right, title, details=""):
    global count, failed
    count += 1
    failed += not is_right
    print(("ok" if is_right else "not ok"), count, "-", title)
    for line in details.splitlines() if not is_right else []:
        print("#", line)


def analyze(*words, **options):
    return subprocess.run(["systemd-analyze", *words], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, **options)


def collect(folder):
    """All units in one folder, with programs that are there: systemd looks for them."""
    for name in [*LIMITS, *OTHERS]:
        built = os.path.join(UNITS, name)
        path = built if os.path.exists(built) else os.path.join(SOURCE, built)
        with open(path, encoding="utf-8") as file:
            text = re.sub(r"^(Exec\w+)=\S+", r"\1=/bin/true", file.read(), flags=re.M)
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def check_security(folder, name, limit):
    path = os.path.join(folder, name.replace("@.", "@1."))
    if not os.path.exists(path):
        shutil.copy(os.path.join(folder, name), path)
    result = analyze("security", "--offline=yes", f"--threshold={int(limit * 10)}", path)
    found = re.search(r"exposure level for \S+: ([\d.]+)", result.stdout)
    level = float(found[1]) if found else None
    report(result.returncode == 0 and level is not None and level <= limit,
           f"{name} is exposed by {level}, at most {limit}", result.stdout)


def check_words(folder):
    """Every line is understood: a word that systemd does not know would protect nothing."""
    paths = [os.path.join(folder, name.replace("@.", "@1.")) for name in [*LIMITS, *OTHERS]]
    result = analyze("verify", "--recursive-errors=no", "--man=no", *paths)
    ours = [line for line in result.stdout.splitlines() if folder in line]
    report(not ours, "systemd understands the units", "\n".join(ours))


def main():
    if not shutil.which("systemd-analyze"):
        print("Bail out! systemd-analyze is missing: ./check --deps")
        sys.exit(99)
    with tempfile.TemporaryDirectory() as folder:
        collect(folder)
        for name, limit in LIMITS.items():
            check_security(folder, name, limit)
        check_words(folder)
    print(f"1..{count}")
    sys.exit(failed > 0)


main()
