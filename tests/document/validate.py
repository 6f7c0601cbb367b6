#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""vdpactl validate, as it is typed: what it prints, its exit status, how much it reads.

Reports as TAP. Run by `make check`, in the folder of the build; asks the kernel nothing.
"""

import array
import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import termios
import time

VDPACTL = os.path.abspath("vdpactl/vdpactl")
RIGHT = {"version": 1, "devices": [{"name": "a-{n}", "count": 3, "mgmtdev": "vdpasim_net"}]}
WRONG = {"version": 1, "devices": [{"name": "b", "mgmtdev": "vduse", "mtu": 70000}], "x": 0}

count = 0
failed = 0


def report(is_right, title, *details):
    global count, failed
    count += 1
    failed += not is_right
    print(f"{'ok' if is_right else 'not ok'} {count} - {title}")
    for detail in () if is_right else details:
        print(f"# {detail}")


def run(*arguments, text=b""):
    return subprocess.run([VDPACTL, *arguments], input=text, capture_output=True, timeout=60)


def expect(title, done, status, out, err):
    """`out` and `err` are what is printed, or what has to hold of it."""
    printed = done.stdout.decode(), done.stderr.decode()
    report(
        done.returncode == status
        and all(
            wanted(text) if callable(wanted) else wanted == text
            for wanted, text in zip((out, err), printed)
        ),
        title,
        f"status {done.returncode}",
        *printed,
    )


def write(name, document):
    with open(name, "w", encoding="utf-8") as file:
        file.write(document if isinstance(document, str) else json.dumps(document))


def faults_of(err):
    error = json.loads(err)["error"]
    assert error["code"] == "invalid-document", error
    return [(fault["file"], fault["path"], fault["message"]) for fault in error["faults"]]


def check_words():
    write("right.json", RIGHT)
    write("wrong.json", WRONG)
    write("more.json", {"version": 1, "devices": [{"name": "a-1", "mgmtdev": "vduse"}]})
    expect("a right one", run("validate", "right.json"), 0, "valid: 3 devices\n", "")
    expect("quietly", run("-q", "validate", "right.json"), 0, "", "")
    expect(
        "expanded",
        run("validate", "right.json", "--json"),
        0,
        lambda out: [device["name"] for device in json.loads(out)["devices"]]
        == ["a-0", "a-1", "a-2"],
        "",
    )
    faults = (
        "wrong.json: devices[0].mtu: 70000 is not in 68..65535\n"
        "wrong.json: x: there is no such key here; "
        "there are version defaults functions devices profiles\n"
    )
    expect(
        "a wrong one",
        run("validate", "wrong.json"),
        65,
        "",
        faults + "vdpactl: validate: 2 faults in the document\n",
    )
    expect(
        "a wrong one as JSON",
        run("--json", "validate", "wrong.json"),
        65,
        "",
        lambda err: faults_of(err)[0]
        == ("wrong.json", "devices[0].mtu", "70000 is not in 68..65535"),
    )
    expect(
        "several files",
        run("validate", "right.json", "more.json"),
        65,
        "",
        'more.json: devices[0].name: "a-1" is that of devices[0] in right.json already\n'
        "vdpactl: validate: 1 fault in the document\n",
    )
    right, wrong = (json.dumps(document).encode() for document in (RIGHT, WRONG))
    expect("standard input", run("validate", "-", text=right), 0, "valid: 3 devices\n", "")
    expect(
        "standard input, wrong",
        run("validate", "-", text=wrong),
        65,
        "",
        lambda err: err.startswith("standard input: devices[0].mtu: 70000 is not in"),
    )
    pipe = subprocess.run(
        ["bash", "-c", f"'{VDPACTL}' validate <(cat right.json)"], capture_output=True, timeout=60
    )
    expect("a pipe of the shell's", pipe, 0, "valid: 3 devices\n", "")
    expect("no file", run("validate"), 64, "", lambda err: "FILE" in err)
    expect(
        "a file that is not there",
        run("validate", "none.json"),
        65,
        "",
        "vdpactl: validate: cannot read none.json: No such file or directory\n",
    )
    expect("a folder", run("validate", "."), 65, "", lambda err: "Is a directory" in err)


def check_many():
    write("many.json", {"version": 1, "devices": [7] * 5000})
    done = run("validate", "many.json")
    lines = done.stderr.decode().splitlines()
    report(
        done.returncode == 65
        and len(lines) == 102
        and lines[99:] == [
            "many.json: devices[99]: 7 is not an object",
            "and 4900 more",
            "vdpactl: validate: 5000 faults in the document",
        ],
        "the first hundred faults",
        *lines[99:],
    )
    expect(
        "the first hundred faults as JSON",
        run("-j", "validate", "many.json"),
        65,
        "",
        lambda err: len(faults_of(err)) == 100 and "5000 faults" in err,
    )


def faulty(number):
    """A device with everything wrong that can be."""
    return {
        "name": f"a b{number}",
        "mgmtdev": {"pf": "x", "vf": -1, "z": 0},
        "mac": "zz",
        "mtu": 70000,
        "max_vqp": 0,
        "features": ["X", "MTU", "MTU"],
        "driver": "vhost-vdpa",
        "chardev": {"owner": "", "group": 3, "mode": "660"},
        "on_demand": 1,
        "msg_timeout": 0,
        "what": [],
    }


def check_large():
    """What it costs is tests/unit/test-document-cost.c's."""
    totals = []
    for devices in (1000, 10000):
        write("faulty.json", {"version": 1, "devices": [faulty(n) for n in range(devices)]})
        totals.append(int(run("validate", "faulty.json").stderr.split()[-5]))
    report(totals[1] == 10 * totals[0] > 100000, "10000 devices with all faults", totals)
    write("large.json", '{"version": 1}' + " " * (64 << 20))
    with open("large.json", "rb") as file:
        done = subprocess.run(
            [VDPACTL, "validate", "-"], stdin=file, capture_output=True, timeout=60
        )
        # The offset of an open file is one for all who have it.
        read = os.lseek(file.fileno(), 0, os.SEEK_CUR)
    report(
        done.returncode == 65 and b"more than 8 MiB" in done.stderr and read == (8 << 20) + 1,
        "what is too large is not read to its end",
        done.stderr,
        read,
    )
    write("deep.json", "[" * 1000000)
    expect(
        "what is too deep",
        run("validate", "deep.json"),
        65,
        "",
        lambda err: "line 1, column 17: more than 16 lists" in err,
    )


def is_drained(pipe):
    """Whether all that was written to a pipe has been read, from its writing end."""
    left = array.array("i", [1])
    fcntl.ioctl(pipe, termios.FIONREAD, left)
    return not left[0]


def check_interrupted():
    """Whoever waits for standard input can be stopped."""
    # What a shell starts in the background ignores it, and so does what that starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [VDPACTL, "validate", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        # Before, it may be libtool's script, which goes on when a child of it is stopped.
        process.stdin.write(b"{")
        process.stdin.flush()
        patience = time.monotonic() + 60
        while not is_drained(process.stdin) and time.monotonic() < patience:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(60)
            report(process.returncode != 0, "Ctrl-C while it reads", process.returncode)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            report(False, "Ctrl-C while it reads", "it goes on")


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        check_words()
        check_many()
        check_large()
        check_interrupted()
        os.chdir("/")
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
