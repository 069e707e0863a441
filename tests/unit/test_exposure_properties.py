"""The table of properties against the provider that is installed, the functions it names, and the page made from it."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from exposure.page import render
from exposure.properties import ANY, HARMLESS, READ, TYPES, UNJUDGED, UNREAD_TYPES
from mtlsedge.preview import not_judged, vocabulary
from mtlsedge.preview.events import UNKNOWN_TEXT, Preview
from mtlsedge_components.kubernetes import alb_config_schema as alb_config
from tests.provider_attributes import is_there
from tests.unit.preview_samples import change, listener

PAGE = Path(__file__).resolve().parents[2] / "docs/reference/exposure.md"
PACKAGE = "pulumi_alicloud"
SERVICES = ("alb", "nlb")
"""Services whose every resource type is in the table. Of others only some let requests in."""
PROVIDERS = [name for name in TYPES if name.startswith("alicloud:")]
LINES = [(type_, path, line) for type_, lines in TYPES.items() for path, line in lines.items()]


def module_of(type_: str) -> Any:
    """`alicloud:alb/listenerAclAttachment:…` -> the module pulumi_alicloud.alb.listener_acl_attachment."""
    service, name = type_.split(":")[1].split("/")
    file = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
    return import_module(f"{PACKAGE}.{service}.{file}")


def properties(arguments: type, inputs: Any, prefix: str = "") -> Iterator[str]:
    """Paths of all arguments of a class, down to single values."""
    for one in vars(arguments).values():
        if isinstance(one, property):
            name = getattr(one.fget, "_pulumi_name", None) or one.fget.__name__
            named = re.findall(r"\w+Args\b", str(one.fget.__annotations__.get("return")))
            inner = next((getattr(inputs, each) for each in named if hasattr(inputs, each)), None)
            if inner is None:
                yield f"{prefix}{name}"
            else:
                yield from properties(inner, inputs, f"{prefix}{name}.")


@pytest.mark.parametrize("type_", PROVIDERS)
def test_every_property_of_the_provider_is_decided_on(type_: str) -> None:
    """A property that the installed provider has and the table has not, or the other way about, is named."""
    service = type_.split(":")[1].partition("/")[0]
    arguments = getattr(module_of(type_), f"{type_.rpartition(':')[2]}Args")
    there = {path for path, line in TYPES[type_].items() if is_there(line.since)}
    assert set(properties(arguments, import_module(f"{PACKAGE}.{service}._inputs"))) == there


def test_every_type_of_the_services_is_decided_on() -> None:
    """A resource type that the installed provider has is read, or is one of those that are not judged."""
    texts = [
        path.read_text(encoding="utf-8")
        for service in SERVICES
        for path in Path(str(import_module(f"{PACKAGE}.{service}").__file__)).parent.glob("[!_]*.py")
    ]
    found = {name for text in texts for name in re.findall(r"'(alicloud:(?:alb|nlb)/\w+:\w+)',\n +resource_name", text)}
    known = {name for name in (*TYPES, *UNREAD_TYPES) if name.split(":")[1].partition("/")[0] in SERVICES}
    assert found == known


def test_every_field_of_an_alb_config_is_decided_on() -> None:
    """The fields are those of the settings' own schema of `config` and `listeners`."""
    fields = {f"spec.config.{name}" for name in alb_config._CONFIG} | {
        f"spec.listeners.{name}" for name in alb_config._LISTENER
    }
    assert fields == set(TYPES["kubernetes:alibabacloud.com/v1:AlbConfig"])


@pytest.mark.parametrize("name", sorted({line.text for _, _, line in LINES if line.kind == READ}))
def test_what_is_said_to_read_a_property_exists(name: str) -> None:
    """Each is a function or class that can be imported."""
    module, _, attribute = name.rpartition(".")
    assert callable(getattr(import_module(module), attribute))


@pytest.mark.parametrize("type_", UNREAD_TYPES)
def test_a_type_that_nothing_reads_is_not_judged(type_: str) -> None:
    """A change of it, of whatever kind, ends in a finding that says so; where nothing changes there is none."""
    assert [one[0] for one in not_judged.find(Preview((change(type_, {}, {"x": 1}),)))] == ["not-judged"]
    assert not list(not_judged.find(Preview((change(type_, {"x": 1}, {"x": 1}, "same"),))))


def at(path: str, value: Any) -> dict[str, Any]:
    """Inputs with one value at a path."""
    for key in reversed(path.split(".")):
        value = {key: [value] if key == "listeners" else value}
    return value


UNDECIDED = [(type_, path) for type_, path, line in LINES if line.kind == UNJUDGED]


@pytest.mark.parametrize(("type_", "path"), UNDECIDED)
def test_an_unjudged_property_is_not_judged_where_it_changes(type_: str, path: str) -> None:
    """Its reason is given in both a change and a hidden value; a change of something else gives none."""
    line = TYPES[type_][path]
    before = "1" if line.only_from in ("", ANY) else line.only_from
    for after in ("2", UNKNOWN_TEXT):
        found = list(not_judged.find(Preview((change(type_, at(path, before), at(path, after)),))))
        assert line.text in [detail for *_, detail in found]
    kept = change(type_, at(path, before) | {"tags": {"a": "1"}}, at(path, before) | {"tags": {"a": "2"}})
    assert line.text not in [detail for *_, detail in not_judged.find(Preview((kept,)))]


def test_another_path_matters_only_past_mutual_tls() -> None:
    """A rule that rewrites paths is not judged on plain HTTP, and passes where every client shows a certificate."""
    actions = [{"type": "Rewrite", "rewriteConfig": {"path": "/admin"}}]
    rule = change(vocabulary.RULE, {"listenerId": "lsn-1"}, {"listenerId": "lsn-1", "ruleActions": actions})
    plain = change(vocabulary.LISTENER, *[{"listenerProtocol": "HTTP"}] * 2, "same", "http", id="lsn-1")
    assert list(not_judged.find(Preview((rule, plain))))
    assert not list(not_judged.find(Preview((rule, listener({}, {}, operation="same", id="lsn-1")))))


def test_what_a_rule_does_is_judged_by_the_resource_for_it_too() -> None:
    """The rule's own actions stay as they were made; the listener is found by the rule, and is any while the rule is unknown."""
    actions = [{"type": "Rewrite", "rewriteConfig": {"path": "/admin"}}]
    rules = [
        change(vocabulary.RULE, *[{"listenerId": f"lsn-{n}"}] * 2, "same", f"rule-{n}", id=f"rule-{n}") for n in (1, 2)
    ]
    plain = change(vocabulary.LISTENER, *[{"listenerProtocol": "HTTP"}] * 2, "same", "http", id="lsn-2")
    safe = listener({}, {}, operation="same", id="lsn-1")
    for rule_id, is_told in (("rule-1", False), ("rule-2", True), (UNKNOWN_TEXT, True)):
        given = {"rule_id": rule_id, "actions": actions}
        own = change(vocabulary.OWN_ACTIONS, {"rule_id": rule_id, "actions": []}, given)
        assert bool(list(not_judged.find(Preview((own, *rules, plain, safe))))) is is_told, rule_id
    assert not list(not_judged.find(Preview((own, *rules, safe))))


def test_headers_that_the_resource_writes_are_seen() -> None:
    """One that tells servers who the client is, and the near miss, one that does not."""
    told = {
        "xForwardedForConfig": {
            "xForwardedForClientCertSubjectDnEnabled": True,
            "xForwardedForClientCertSubjectDnAlias": "x-s",
        }
    }
    for header, found in (("X-S", {"insert x-s me"}), ("x-t", set())):
        actions = [{"type": "InsertHeader", "insertHeaderConfig": {"key": header, "value": "me"}}]
        own = change(vocabulary.OWN_ACTIONS, {"actions": []}, {"rule_id": "rule-1", "actions": actions})
        preview = Preview((own, listener(told, told, operation="same", id="lsn-1")))
        assert vocabulary.replaced_headers(preview, after=True) == found


def test_no_line_is_without_a_reason() -> None:
    """Each is of a known kind and says something."""
    assert all(line.kind in (READ, HARMLESS, UNJUDGED) and len(line.text) > len("a name") for *_, line in LINES)


def test_the_page_is_made_from_the_table() -> None:
    """`python -m exposure.page > docs/reference/exposure.md` makes it anew."""
    assert PAGE.read_text(encoding="utf-8") == render()
