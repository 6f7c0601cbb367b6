#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual pages against what they describe, both ways: what is missing in a page, and what is too much.

Reads the sources of the pages, so that scdoc is not needed. Reports as TAP. Run by `make check`, in the
folder of the build.
"""

import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

PLUGIN = "integration/kubernetes/vdpa-device-plugin"  # not built without gRPC
SOURCE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../..")

count = 0
failed = 0


def report(title, wrong):
    global count, failed
    count += 1
    failed += bool(wrong)
    print("not ok" if wrong else "ok", count, "-", title)
    for line in wrong:
        print("#", line)


def compare(title, page, real):
    """Two sets. Empty ones are no agreement: then something was not read."""
    wrong = [] if page and real else [f"nothing to compare: {len(page)} with {len(real)}"]
    wrong += [f"missing in the page: {item}" for item in sorted(set(real) - set(page))]
    wrong += [f"only in the page: {item}" for item in sorted(set(page) - set(real))]
    report(f"{title} ({len(real)})", wrong)


def read(path):
    with open(os.path.join(SOURCE, path), encoding="utf-8") as file:
        return file.read()


def run(*words, text=None):
    return subprocess.run(words, input=text, text=True, capture_output=True, timeout=60, check=False)


# ---- pages ----

def plain(text):
    """Without scdoc's markup: an underscore inside a word is none."""
    return re.sub(r"\\(.)|\*|(?<![^\W_])_|_(?![^\W_])", lambda match: match[1] or "", text)


class Page:
    """The terms of a page, each with its section, its subsection and what is said of it; its examples."""

    def __init__(self, name):
        self.terms = []
        self.examples = []
        section = heading = ""
        for block in re.split(r"\n\n+(?=[^\t\n])", read(f"man/{name}.scd")):
            lines = block.strip("\n").split("\n")
            if lines[0].startswith("```"):
                self.examples.append("\n".join(lines[1:-1]))
            elif lines[0].startswith("# "):
                section, heading = lines[0][2:], ""
            elif lines[0].startswith("## "):
                heading = lines[0][3:]
            else:
                term = [line for line in lines if not line.startswith("\t")]
                body = [line.strip() for line in lines if line.startswith("\t")]
                if body:
                    self.terms.append((section, heading, " ".join(term), " ".join(body)))

    def of(self, section, heading=None):
        return [term for where, below, term, _ in self.terms
                if where == section and heading in (None, below)]


# ---- command lines ----

def help_options(text, title):
    """The first column of the options below a line that begins so."""
    block = re.search(rf"^{title}.*\n((?:  .*\n)+)", text, re.M)
    return set(re.findall(r"^  (-.*?)  ", block[1], re.M)) if block else set()


def check_vdpactl():
    page = Page("vdpactl.8")
    text = run("vdpactl/vdpactl", "--help").stdout
    verbs = re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", text, re.M)
    usages, own, unlike = set(), set(), [] if verbs else ["there is no verb"]
    for verb in verbs:
        about = run("vdpactl/vdpactl", *verb.split(), "--help").stdout
        usage = re.match(r"usage: vdpactl (.*)", about)[1]
        options = help_options(about, "options:")
        if {option.split()[0] for option in options} != set(re.findall(r"--[a-z-]+", usage)):
            unlike.append(usage)
        usages.add(usage)
        own |= options
    compare("vdpactl(8): verbs, with their arguments and options",
            {plain(term) for term in page.of("VERBS")}, usages)
    report("vdpactl VERB --help: the usage has the options that are listed", unlike)
    compare("vdpactl(8): options of every verb",
            {plain(term) for term in page.of("OPTIONS", "Of every verb")},
            help_options(text, "options"))
    compare("vdpactl(8): options of some verbs",
            {plain(term) for term in page.of("OPTIONS", "Of some verbs")}, own)
    check_nouns(verbs)


def check_nouns(verbs):
    """The help of the first word of verbs of two has these and no others."""
    nouns = {verb.split()[0] for verb in verbs if " " in verb}
    told = {(noun, verb) for noun in nouns
            for verb in re.findall(r"^  ([a-z][a-z ]*?)  ", run("vdpactl/vdpactl", noun, "--help").stdout, re.M)}
    compare("vdpactl NOUN --help: its verbs", told,
            {(noun, verb) for noun in nouns for verb in verbs if verb.startswith(noun + " ")})


def check_program(program):
    """One without verbs."""
    name = os.path.basename(program)
    text = run(program, "--help").stdout
    compare(f"{name}(8): options", {plain(term) for term in Page(f"{name}.8").of("OPTIONS")},
            set(re.findall(r"^  (-.*?)  ", text, re.M)))


# ---- the document ----

class Schema:
    """Every object of the schema, by its path, and its keys; those that have to be there are marked."""

    def __init__(self, schema):
        self.schema = schema
        self.keys = set()
        self.walk(schema, "the document")

    def resolve(self, node):
        while "$ref" in node:
            node = self.schema["$defs"][node["$ref"].rsplit("/", 1)[1]]
        return node

    def walk(self, node, path):
        node = self.resolve(node)
        if "items" in node:
            self.walk(node["items"], path + "[]")
            return
        for kind in node.get("oneOf", ()):
            self.walk(kind, path)
        kinds = [kind for kind in node.get("allOf", ())
                 if "const" in kind.get("if", {}).get("properties", {}).get("type", {})]
        for kind in kinds:
            name = kind["if"]["properties"]["type"]["const"]
            self.walk(kind["then"], f'{path} with type "{name}"')
        # What such an object has in common is in each kind, too.
        for key, value in {} if kinds else node.get("properties", {}).items():
            self.keys.add((path, key, key in node.get("required", ())))
            bare = re.sub(r" with type .*", "", path)
            self.walk(value, key if path == "the document" else f"{bare}.{key}")


def check_document():
    page = Page("vdpad-document.5")
    described = set()
    for section, heading, term, _ in page.terms:
        for path in re.split(", | and ", heading.removeprefix("Of ")) if section == "KEYS" else ():
            for key, required in re.findall(r"\*([^*]+)\*( \(required\))?", term):
                described.add((path, key, bool(required)))
    schema = Schema(json.loads(read("schemas/document-1.schema.json")))
    compare("vdpad-document(5): keys", described, schema.keys)
    wrong = [] if page.examples else ["there is none"]
    for example in page.examples:
        done = run("vdpactl/vdpactl", "validate", "-", text=example)
        if done.returncode:
            wrong += done.stderr.splitlines()
    report(f"vdpad-document(5): the examples are valid ({len(page.examples)})", wrong)


# ---- the bus ----

def check_bus():
    page = Page("org.vdpad1.5")
    members, actions = set(), set()
    for interface in ElementTree.fromstring(read("schemas/org.vdpad1.xml")).iter("interface"):
        name = interface.get("name")
        for entry in interface.iter("property"):
            members.add((name, "Properties", f"{entry.get('name')} {entry.get('type')}"))
        for method in interface.iter("method"):
            ways = {"in": [], "out": []}
            for arg in method.iter("arg"):
                ways[arg.get("direction")].append(f"{arg.get('type')} {arg.get('name')}")
            text = f"{method.get('name')}({', '.join(ways['in'])})"
            members.add((name, "Methods", " -> ".join([text, *ways["out"]])))
            for note in method.iter("annotation"):
                if note.get("name") == "org.vdpad1.Action" and note.get("value"):
                    actions.add((note.get("value"), f"{name.split('.')[-1]}.{method.get('name')}"))
    compare("org.vdpad1(5): members",
            {(section, heading, plain(term)) for section, heading, term, _ in page.terms
             if section.startswith("org.vdpad1.")}, members)
    compare("org.vdpad1(5): what each polkit action is needed for",
            {(plain(term), method) for section, _, term, body in page.terms
             if section == "POLKIT" for method in re.findall(r"[A-Z]\w+\.\w+", body)}, actions)
    policy = ElementTree.fromstring(read("integration/polkit/org.vdpad1.policy"))
    compare("org.vdpad1(5): polkit actions", {plain(term) for term in page.of("POLKIT")},
            {action.get("id") for action in policy.iter("action")})


# ---- the library ----

def check_library():
    page = Page("libvdpamgmt.3")
    exported = set(re.findall(r"^\t(vdpam_\w+);", read("libvdpamgmt/libvdpamgmt.sym"), re.M))
    described, declared = set(), set()
    for section, _, term, _ in page.terms:
        if section.startswith("FUNCTIONS OF "):
            described.add((section.removeprefix("FUNCTIONS OF "), plain(term).removesuffix("()")))
    headers = os.listdir(os.path.join(SOURCE, "libvdpamgmt"))
    for header in filter(re.compile(r"vdpamgmt.*\.h").fullmatch, headers):
        code = re.sub(r"/\*.*?\*/|^typedef .*?;", "", read("libvdpamgmt/" + header), flags=re.S | re.M)
        for name in re.findall(r"(vdpam_\w+)\(|extern const [\w ]* (vdpam_\w+);", code):
            declared.add((header, name[0] or name[1]))
    compare("libvdpamgmt(3): what the headers declare", described, declared)
    compare("libvdpamgmt(3): what the library exports", {name for _, name in described}, exported)


# ---- everything else that is written for users ----

def written_commands(text):
    """The command lines of vdpactl in a Markdown text: in fences and between backquotes."""
    for fence in re.findall(r"^```.*?\n(.*?)^```", text, re.M | re.S):
        yield from re.findall(r"^(?:[#$] )?vdpactl ([^#>|;&\n]+)", fence, re.M)
    outside = re.sub(r"^```.*?^```", "", text, flags=re.M | re.S)
    yield from re.findall(r"`vdpactl ([^`>|]+)`", outside)


def check_documents():
    """Verbs and options are there; what a reader would put in for a word is not looked at."""
    verbs, wrong, total = {}, [], 0
    general = run("vdpactl/vdpactl", "--help").stdout
    known = set(re.findall(r"^  ([a-z]+(?: [a-z]+)?)  ", general, re.M))
    paths = ["README.md", "examples/README.md", "SECURITY.md"]
    paths += ["docs/" + name for name in sorted(os.listdir(os.path.join(SOURCE, "docs")))]
    for path in paths:
        for command in written_commands(read(path)):
            total += 1
            words = [word for word in re.sub(r"--timeout \d+", "", command).split()]
            plain_words = [word for word in words if not word.startswith("-")]
            verb = next((" ".join(plain_words[:n]) for n in (2, 1)
                         if " ".join(plain_words[:n]) in known), "")
            if plain_words and not verb and plain_words[0] != "VERB":
                wrong.append(f"{path}: no such verb: vdpactl {command}")
            if verb not in verbs:
                verbs[verb] = run("vdpactl/vdpactl", *verb.split(), "--help").stdout
            for option in re.findall(r"(?<!\S)--?[a-z][a-z-]*", command):
                if not re.search(rf"(?<![\w-]){option}(?![\w-])", verbs[verb]):
                    wrong.append(f"{path}: no {option}: vdpactl {command}")
    report(f"documents: verbs and options of vdpactl ({total})",
           wrong if total else ["there is no command"])


check_vdpactl()
check_documents()
check_program("vdpad/vdpad")
if os.path.exists(PLUGIN):
    check_program(PLUGIN)
check_document()
check_bus()
check_library()
print(f"1..{count}")
sys.exit(failed > 0)
