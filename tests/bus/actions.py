#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Whether each polkit action that a method needs is in the policy, owned by the daemon's user, and none more. Prints TAP."""
import os
import sys
import xml.etree.ElementTree as ElementTree

source = os.environ.get("srcdir", ".")
BESIDE = {"org.vdpad1.force"}  # needed by a claim, by no method of its own


def needed():
    """The actions that org.vdpad1.xml says its methods need; every method has to say."""
    actions, silent = set(), []
    tree = ElementTree.parse(source + "/schemas/org.vdpad1.xml")
    for method in tree.iter("method"):
        values = [a.get("value") for a in method.iter("annotation")
                  if a.get("name") == "org.vdpad1.Action"]
        if len(values) != 1:
            silent.append(method.get("name"))
        actions.update(v for v in values if v)
    return actions | BESIDE, silent


def allowed():
    """The actions of the policy, and those that polkit would answer no question of ours about."""
    tree = ElementTree.parse(source + "/integration/polkit/org.vdpad1.policy")
    actions, unowned, open_ones = set(), [], []
    for action in tree.iter("action"):
        actions.add(action.get("id"))
        owners = [a.text for a in action.iter("annotate")
                  if a.get("key") == "org.freedesktop.policykit.owner"]
        if owners != ["unix-user:vdpad"]:
            unowned.append(action.get("id"))
        for default in action.find("defaults"):
            if not default.text.startswith("auth_admin"):
                open_ones.append(action.get("id"))
    return actions, unowned, open_ones


def report(number, title, wrong):
    print("%s %d - actions: %s" % ("not ok" if wrong else "ok", number, title))
    for line in wrong:
        print("# " + line)
    return bool(wrong)


want, silent = needed()
have, unowned, open_ones = allowed()
print("1..5")
failed = report(1, "every method says which it needs", silent)
failed |= report(2, "all that are needed are in the policy", sorted(want - have))
failed |= report(3, "none is in the policy that nobody needs", sorted(have - want))
failed |= report(4, "each belongs to the user of the daemon", unowned)
failed |= report(5, "none is given to an ordinary user by default", open_ones)
sys.exit(failed)
