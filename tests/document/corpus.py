#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Documents, right and wrong: the library and the schema have to agree on each.

Reads tests/data/documents (its README tells the form) and examples, and compares the library's tables of
keys with the schema. Reports as TAP. Run by `make check`, in the folder of the build.
"""

import copy
import json
import os
import re
import subprocess
import sys
import tempfile

import jsonschema

SOURCE = os.path.join(os.path.dirname(__file__), "../..")
DATA = os.path.join(SOURCE, "tests/data/documents")
SCHEMA = os.path.join(SOURCE, "schemas/document-1.schema.json")
READER = "tests/document/read-documents"

count = 0
failed = 0


def report(is_right, title, *details):
    global count, failed
    count += 1
    failed += not is_right
    print(f"{'ok' if is_right else 'not ok'} {count} - {title}".replace("#", "no. "))
    for detail in () if is_right else details:
        print(f"# {detail}")


# ---- the schema ----


def ecma_pattern(_validator, pattern, instance, _schema):
    """As ECMA-262 has it, and JSON Schema with it: $ is the end, not before a last line feed."""
    if pattern.endswith("$"):
        pattern = pattern[:-1] + r"\Z"
    if isinstance(instance, str) and not re.search(pattern, instance):
        yield jsonschema.ValidationError(f"{instance!r} does not match {pattern!r}")


Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"pattern": ecma_pattern}
)


def no_constant(word):
    raise ValueError(f"{word} is not JSON")


def no_twins(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def schema_takes(validator, texts):
    try:
        documents = [
            json.loads(
                text.decode("utf-8"), parse_constant=no_constant, object_pairs_hook=no_twins
            )
            for text in texts
        ]
    except (ValueError, RecursionError):
        return False
    return all(validator.is_valid(document) for document in documents)


# ---- the library ----


def read(arguments):
    """What the library says of each argument, one file or several with newlines between them."""
    done = subprocess.run([READER, *arguments], capture_output=True, text=True, check=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def spell(fault, folder):
    """A fault as the corpus has it: file only where there are several."""
    names = [fault["file"].removeprefix(folder + "/"), fault["path"], fault["message"]]
    return ": ".join(name for name in names if name).replace(folder + "/", "")


# ---- the corpus ----


def texts_of(line):
    if "text" in line:
        return [line["text"].encode("utf-8")]
    if "latin1" in line:
        return [line["latin1"].encode("latin-1")]
    documents = line["files"] if "files" in line else [line["document"]]
    return [json.dumps(document, ensure_ascii=False).encode("utf-8") for document in documents]


def load(name):
    with open(os.path.join(DATA, name), encoding="ascii") as lines:
        return [json.loads(line) for line in lines]


def write(folder, number, line):
    """The files of one line; their names are what messages call them."""
    place = os.path.join(folder, str(number))
    os.mkdir(place)
    paths = []
    for index, text in enumerate(texts_of(line)):
        paths.append(os.path.join(place, f"file {index}"))
        with open(paths[-1], "wb") as file:
            file.write(text)
    return place, paths


def said(line, answer, place):
    faults = [spell(fault, place) for fault in answer.get("faults", [])]
    return faults if "files" in line else [fault.removeprefix("file 0: ") for fault in faults]


def check_corpus(validator, name, is_valid):
    lines = load(name)
    with tempfile.TemporaryDirectory() as folder:
        places = [write(folder, number, line) for number, line in enumerate(lines)]
        answers = read("\n".join(paths) for _, paths in places)
    for line, answer, (place, _) in zip(lines, answers, places, strict=True):
        faults = said(line, answer, place)
        by_schema = schema_takes(validator, texts_of(line))
        report(
            faults == line.get("faults", []) and by_schema == (is_valid or "only" in line),
            f"{'valid' if is_valid else 'invalid'}: {line['is']}",
            f"the library says {faults}",
            f"the schema {'takes' if by_schema else 'refuses'} it",
        )
    return len(lines)


def check_round(name):
    """What the library prints it reads as the same again, and the schema takes it."""
    lines = load(name)
    with tempfile.TemporaryDirectory() as folder:
        first = read("\n".join(write(folder, n, line)[1]) for n, line in enumerate(lines))
        again = read(
            write(folder, f"again-{n}", answer)[1][0] for n, answer in enumerate(first)
        )
    for line, one, two in zip(lines, first, again, strict=True):
        report(
            one == two and Validator(SCHEMA_JSON).is_valid(one["document"]),
            f"printed and read again: {line['is']}",
            json.dumps(one),
            json.dumps(two),
        )


def check_examples(validator):
    folder = os.path.join(SOURCE, "examples")
    names = sorted(name for name in os.listdir(folder) if name.endswith(".json"))
    report(bool(names), "there are examples")
    for name, answer in zip(names, read(os.path.join(folder, name) for name in names)):
        with open(os.path.join(folder, name), "rb") as file:
            by_schema = schema_takes(validator, [file.read()])
        report("document" in answer and by_schema, f"examples/{name}", json.dumps(answer))


# ---- tables and schema ----

# Which table, at which place, is which definition ("" is the schema itself).
DEFINITIONS = {
    ("document", "root"): "",
    ("device", "defaults"): "defaults",
    ("device", "device"): "device",
    ("device", "profile-device"): "profileDevice",
    ("selector", "device"): "selector",
    ("selector", "profile-device"): "profileSelector",
    ("chardev", "defaults"): "chardev",
    ("chardev", "device"): "chardev",
    ("chardev", "profile-device"): "chardev",
    ("function", "vf"): "vf",
    ("function", "sf"): "sf",
    ("function", "mdev"): "mdev",
    ("function", "profile-vf"): "profileVf",
    ("function", "profile-sf"): "profileSf",
    ("vfs", "vf"): "vfSettings",
    ("vfs", "profile-vf"): "vfSettings",
    ("profile", "profile"): "profile",
    ("match", "profile"): "match",
}
# The definitions of those kinds that have a form of their own.
KINDS = {"uuid": "uuid", "pf": "pf", "mode": "mode", "features": "features"}
ITEMS = {"function": "function", "device": "device", "profile": "profile", "vfs": "vfSettings"}
PROFILE_ITEMS = {"function": "profileFunction", "device": "profileDevice"}


def resolve(schema):
    while "$ref" in schema:
        schema = SCHEMA_JSON["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return schema


def form_pattern(form):
    least, most = form["min"] - 1, form["max"] - 1
    times = f"{{{least}}}" if least == most else f"{{{least},{most}}}"
    return f"[{form['first']}][{form['rest']}]{times}"


def template_pattern(form, *placeholders):
    """With placeholders anywhere; no length, which is that of what they become."""
    others = "|".join(re.escape(placeholder) for placeholder in placeholders)
    return f"([{form['first']}]|{others})([{form['rest']}]|{others})*"


def name_is(field, definition, place):
    """Names are either plain or a template's."""
    form = field["form"]
    plain = resolve({"$ref": "#/$defs/name"})["pattern"]
    if place == "device":
        first = resolve({"$ref": "#/$defs/deviceTemplateName"})["allOf"][0]["pattern"]
        return plain == f"^{form_pattern(form)}$" and first == (
            f"^{template_pattern(form, '{n}')}$"
        )
    return resolve(definition)["pattern"] == f"^{template_pattern(form, '{n}', '{pf}')}$"


def selector_is(field, definition, place):
    if place == "profile-device":
        return definition == {"$ref": "#/$defs/profileSelector"}
    form, template = form_pattern(field["form"]), template_pattern(field["form"], "{n}")
    return (
        {"$ref": "#/$defs/selector"} in definition["oneOf"]
        and resolve({"$ref": "#/$defs/handle"})["pattern"] == f"^({form}/)?{form}$"
        and resolve({"$ref": "#/$defs/handleTemplate"})["pattern"] == f"^({form}/)?{template}$"
    )


def list_is(field, definition, place):
    items = PROFILE_ITEMS if place == "profile" else ITEMS
    definition = resolve(definition)
    return (
        definition["type"] == "array"
        and definition["maxItems"] == field["max"]
        and definition["items"] == {"$ref": "#/$defs/" + items[field["table"]]}
    )


def integer_is(field, definition):
    return (definition["type"], definition["minimum"], definition["maximum"]) == (
        "integer",
        field["min"],
        field["max"],
    )


def text_is(form, definition):
    definition = resolve(definition)
    return definition["type"] == "string" and definition["pattern"] == f"^{form_pattern(form)}$"


def words_are(field, definition):
    if "const" in definition:
        return definition["const"] in field["words"]
    return definition["enum"] == field["words"]


def texts_are(field, definition):
    items = definition["items"]
    if "form" in field and not text_is(field["form"], items):
        return False
    return definition["maxItems"] == field["max"] and (
        "form" in field or items == {"$ref": "#/$defs/pciAddress"}
    )


def mac_is(definition, place):
    if place.endswith("device"):
        return definition == {"type": "string"}  # and what it is depends on the count
    return definition == {"$ref": "#/$defs/mac"}


def is_same(field, definition, place):
    kind, plain = field["kind"], resolve(definition)
    if kind == "integer":
        return integer_is(field, plain)
    if kind == "integer-or-n":
        return integer_is(field, plain["oneOf"][0]) and plain["oneOf"][1] == {"const": "{n}"}
    if kind == "boolean":
        return plain["type"] == "boolean"
    if kind == "word":
        return words_are(field, plain)
    if kind == "mac":
        return mac_is(definition, place)
    if kind in ("text", "bus-driver"):
        return text_is(field["form"], definition)
    if kind == "name":
        return name_is(field, definition, place)
    if kind == "handle":
        form = form_pattern(field["form"])
        return plain["pattern"] == f"^({form}/)?{form}$"
    if kind == "selector":
        return selector_is(field, definition, place)
    if kind == "list":
        return list_is(field, definition, place)
    if kind == "texts":
        return texts_are(field, plain)
    if kind == "object":
        is_defaults = place == "root"
        return definition == {"$ref": f"#/$defs/{'defaults' if is_defaults else field['table']}"}
    return definition == {"$ref": "#/$defs/" + KINDS[kind]}


def check_tables(tables):
    found = set()
    for table, places in tables.items():
        if table.endswith("-features"):
            continue
        for place, keys in places.items():
            found.add((table, place))
            name = DEFINITIONS[table, place]
            schema = SCHEMA_JSON["$defs"][name] if name else SCHEMA_JSON
            title = f"{table} in {place} is {name or 'the schema'}"
            report(list(schema["properties"]) == list(keys), f"{title}: keys")
            report(schema["additionalProperties"] is False, f"{title}: no others")
            required = [key for key, field in keys.items() if field["required"]]
            report(schema.get("required", []) == required, f"{title}: required")
            for key, field in keys.items():
                definition = schema["properties"][key]
                report(is_same(field, definition, place), f"{title}: {key}", field, definition)
    report(found == set(DEFINITIONS), "every table is compared")


def check_features(tables):
    any_enum, _ = resolve({"$ref": "#/$defs/anyFeature"})["anyOf"]
    report(set(any_enum["enum"]) == set(tables["any-features"]), "the features of all devices")
    for name in ("net", "block"):
        own, _ = resolve({"$ref": f"#/$defs/{name}Feature"})["anyOf"]
        names = set(tables[f"{name}-features"])
        report(set(own["enum"]) | set(any_enum["enum"]) == names, f"the features of {name}")


with open(SCHEMA, encoding="utf-8") as schema_file:
    SCHEMA_JSON = json.load(schema_file)


def main():
    Validator.check_schema(copy.deepcopy(SCHEMA_JSON))
    validator = Validator(SCHEMA_JSON)
    (tables,) = read(["--tables"])
    check_tables(tables)
    check_features(tables)
    total = check_corpus(validator, "valid.jsonl", True)
    total += check_corpus(validator, "invalid.jsonl", False)
    report(total >= 300, f"{total} documents")
    check_round("valid.jsonl")
    check_examples(validator)
    print(f"1..{count}")
    return failed > 0


sys.exit(main())
