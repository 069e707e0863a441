"""A setting is declared once: page, JSON Schema and Pulumi.yaml follow, and the schema judges as the program does."""

import copy
import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from mtlsedge_components import forms
from mtlsedge_components.reading.declared import Choice, Entries, Flag, Shape, Text, Texts, Whole
from scripts import settings as written
from settings import catalog
from settings.engine_yaml import parse
from settings.loading import KEYS
from tests.unit.settings_mistakes import configuration, recorded, stack_files

PROJECT = Path(__file__).resolve().parents[2]
STACK_FILES = sorted(file for file in PROJECT.glob("Pulumi.*.yaml"))
FEWEST_REFUSED = 500
"""Of the recorded mistakes: what is wrong with one value, or one mapping. The rest takes more than one key to see."""


@pytest.fixture(scope="module")
def schema():
    """The committed schema, as editors read it."""
    return jsonschema.Draft202012Validator(json.loads(written.SCHEMA.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("file", "wanted"),
    [
        (written.PAGE, written.page),
        (written.SCHEMA, lambda _: written.schema()),
        (written.PROGRAM, written.program),
    ],
    ids=["page", "schema", "Pulumi.yaml"],
)
def test_what_is_written_from_declarations_is_not_behind(file, wanted):
    """`python -m scripts.settings` would change nothing."""
    text = file.read_text(encoding="utf-8")
    assert wanted(text) == text, "run python -m scripts.settings"


def test_the_schema_is_one(schema):
    """It obeys the rules of JSON Schema."""
    schema.check_schema(schema.schema)


@pytest.mark.parametrize("file", STACK_FILES, ids=lambda file: file.name)
def test_checked_in_stack_files_pass_and_name_the_schema(file, schema):
    """An editor that reads the first line completes and checks them."""
    text = file.read_text(encoding="utf-8")
    first = text.splitlines()[0]
    assert first == "# yaml-language-server: $schema=docs/reference/settings.schema.json"
    assert (PROJECT / first.partition("$schema=")[2]).is_file()
    assert [error.message for error in schema.iter_errors(parse(text))] == []


def test_the_schema_refuses_most_of_the_recorded_mistakes(schema):
    """What one value or one mapping shows; and it has no problem with the file that the mistake was put into."""
    files = stack_files()
    refused = [one for one in recorded() if not schema.is_valid({"config": configuration(one.given, files)[0]})]
    assert len(refused) >= FEWEST_REFUSED


@pytest.mark.parametrize(
    "change",
    [
        {"mtlsedge:listener": {"default": "web", "port": 443.0}},
        {"mtlsedge:listener": {"default": "web", "allowFrom": {"10.0.0.0/8": "office"}}},
        {"mtlsedge:loadBalancer": {"id": "alb-1"}},
        {"mtlsedge:serverGroups": {"web": {"id": "sgp-1"}}},
        {"mtlsedge:serverGroups": {"web": {"type": "ip", "port": 80, "servers": {"a": {"id": "10.0.0.1"}}}}},
        {"mtlsedge:serverCertificate": {"certificateFile": "a.pem", "privateKey": {"secure": "AAAA"}}},
        {"mtlsedge:importedKeys": {"2019": {"key": {"secure": "AAAA"}}}},
        {"mtlsedge:authority": {"identifier": "0e40dda9"}},
        {"alicloud:profile": "acme", "alicloud:endpoints": [{"cas": "127.0.0.1:4600"}]},
    ],
    ids=" ".join,
)
def test_other_ways_to_say_it_pass(change, schema):
    """Each form that a value may have, and keys of the provider that this program does not read."""
    config = stack_files()["local"] | change
    assert [error.message for error in schema.iter_errors({"config": config, "encryptionsalt": "v1:x"})] == []


def test_a_plain_private_key_is_no_secret(schema):
    """In the file a secret stands encrypted; a key in plain text is marked while it is typed."""
    config = stack_files()["local"] | {"mtlsedge:serverCertificate": {"certificateFile": "a.pem", "privateKey": "x"}}
    assert not schema.is_valid({"config": config})


def test_the_program_declares_its_keys_with_empty_defaults():
    """The engine knows them all, demands none, and the program reads what it gives as absent."""
    declared = yaml.safe_load((PROJECT / "Pulumi.yaml").read_text(encoding="utf-8"))["config"]
    assert [f"mtlsedge:{key}" for key in declared] == list(KEYS)
    assert all(one["default"] in ("", {}) or one["default"] is False for one in declared.values())
    assert declared["listener"]["description"].startswith("The HTTPS listener")
    assert "tlsPolicy" in declared["listener"]["description"]


def leaves(shape, path=()):
    """Every place of a shape with the kind of its value."""
    for key, one in shape.settings.items():
        yield (*path, key), one.kind
        if isinstance(one.kind, Shape):
            yield from leaves(one.kind, (*path, key))


WRONG = {
    Text: 5.5, Texts: "text", Whole: "5", Flag: "true", Choice: "none of them", Entries: ["x"], Shape: "text",
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "kind"),
    [(path, kind) for path, kind in leaves(catalog.SECTIONS) if type(kind) in WRONG and path[0] != "authority"],
    ids=lambda value: ".".join(value) if isinstance(value, tuple) else "",
)
def test_a_value_of_the_wrong_type_is_refused_by_the_schema(path, kind, schema):
    """Of every kind, at every place outside of maps: were a key left without its kind, any value would pass."""
    config = copy.deepcopy(stack_files()["dev"])
    at = config
    for key in (f"mtlsedge:{path[0]}", *path[1:])[:-1]:
        at = at.setdefault(key, {})
    at[path[-1] if len(path) > 1 else f"mtlsedge:{path[0]}"] = WRONG[type(kind)]
    assert any(path[-1] in str(list(error.absolute_path)) for error in schema.iter_errors({"config": config}))


def test_patterns_stand_for_the_whole_text():
    """A schema's pattern is sought anywhere in a text, so each has both ends."""
    patterns = re.findall(r'"pattern": "([^\n]*)",?\n', written.schema())
    assert len(patterns) > 50
    assert all(pattern.startswith("^(?:") and pattern.endswith(")$") for pattern in patterns)
    assert forms.HOST.expression
