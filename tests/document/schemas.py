#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What vdpactl prints against schemas/snapshot-1 and plan-1.

Reports as TAP. Without arguments: what the unit tests expect of vdpactl, and the
snapshots of the plans in tests/data. With arguments: files of that output, so that
flows can ask about the real thing.
"""

import glob
import json
import os
import sys

import jsonschema

TREE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
KINDS_OF_PLANS = {"steps", "results"}

count = 0
failed = 0


def report(faults, title):
    global count, failed
    count += 1
    failed += bool(faults)
    print(f"{'not ok' if faults else 'ok'} {count} - {title}")
    for fault in faults:
        print(f"# {fault}")


def read(*path):
    with open(os.path.join(TREE, *path), encoding="utf-8") as file:
        return json.load(file)


def judge_of(name):
    schema = read("schemas", name)
    jsonschema.Draft202012Validator.check_schema(schema)
    return schema, jsonschema.Draft202012Validator(schema)


SNAPSHOT, SNAPSHOT_JUDGE = judge_of("snapshot-1.schema.json")
PLAN_JUDGE = judge_of("plan-1.schema.json")[1]


def faults_of(judge, value):
    return [f"{'/'.join(map(str, e.path))}: {e.message[:300]}" for e in judge.iter_errors(value)]


def object_judge(kind):
    return jsonschema.Draft202012Validator(
        {"$defs": SNAPSHOT["$defs"], "$ref": f"#/$defs/{kind}"}
    )


def faults_of_output(value):
    """A listing, or one object as `show` prints it."""
    if "version" in value:
        return faults_of(PLAN_JUDGE if KINDS_OF_PLANS & value.keys() else SNAPSHOT_JUDGE, value)
    return faults_of(object_judge("mgmtdev" if "handle" in value else "device"), value)


def check_output():
    for path in sorted(glob.glob(os.path.join(TREE, "tests/data/cli/*.json"))):
        name = os.path.basename(path)
        if name.startswith(("list", "show")):
            report(faults_of_output(read("tests/data/cli", name)), name)


def check_fixtures():
    for path in sorted(glob.glob(os.path.join(TREE, "tests/data/plan/*.json"))):
        faults = []
        for title, fixture in read(path).items():
            for key in {"snapshot", "before"} & fixture.keys():
                snapshot = dict(fixture[key], version=1)
                faults += [f"{title}: {fault}" for fault in faults_of(SNAPSHOT_JUDGE, snapshot)]
        report(faults, os.path.basename(path))


def check_strictness():
    """A judge that takes everything would make all of the above pass."""
    wrong = [
        {},
        {"version": 2},
        {"version": 1, "devices": [{"name": "a", "colour": "red"}]},
        {"version": 1, "devices": [{"mgmtdev": "vdpasim_net"}]},
        {"version": 1, "mgmtdevs": [{"handle": "a", "function": "card"}]},
        {"version": 1, "functions": [{"handle": "a", "mac": "02:00:00:00:00:GG"}]},
    ]
    report(
        [str(value) for value in wrong if SNAPSHOT_JUDGE.is_valid(value)],
        "wrong snapshots are refused",
    )
    step = {"operation": "device-create", "target": "n0", "arguments": {}}
    wrong = [
        {"version": 1, "steps": [dict(step, operation="device-paint")]},
        {"version": 1, "steps": [dict(step, arguments={"colour": "red"})]},
        {"version": 1, "results": [step]},
    ]
    report([str(value) for value in wrong if PLAN_JUDGE.is_valid(value)], "wrong plans are refused")


if len(sys.argv) > 1:
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            report(faults_of_output(json.load(file)), path)
else:
    check_output()
    check_fixtures()
    check_strictness()
print(f"1..{count}")
sys.exit(bool(failed))
