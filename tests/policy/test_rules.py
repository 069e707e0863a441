"""Each rule fires on a stack that breaks it and stays silent on the nearest one that does not."""

import json
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pulumi_policy import ResourceValidationPolicy
from pulumi_policy.proxy import UNKNOWN_ARRAY_VALUE, UNKNOWN_STRING_VALUE, UnknownValueError, unknown_checking_proxy

from tests.policy.stacks import HTTPS, LISTENER, MORE, RULE, STACKS, Raw, forwarding, listener, plain

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "policy"))
from rules import RULES

POLICIES = {policy.name: policy for policy in RULES}


def found(
    name: str, resources: Iterable[Raw], dependencies: dict[str, dict[str, list[str]]] | None = None
) -> list[str]:
    """What a rule reports about resources, which it sees as the host shows them: unknown values raise."""
    policy, messages = POLICIES[name], []
    seen = [_resource(raw, STACKS[name].config if name in STACKS else {}) for raw in resources]
    for one in seen:
        wanted = (dependencies or {}).get(one.name, {})
        one.property_dependencies = {
            key: [other for other in seen if other.name in names] for key, names in wanted.items()
        }
    for one in seen if isinstance(policy, ResourceValidationPolicy) else [SimpleNamespace(resources=seen)]:
        policy.validate(one, lambda text, _urn=None: messages.append(text))
    return messages


def _resource(raw: Raw, config: dict[str, Any]) -> SimpleNamespace:
    return SimpleNamespace(
        resource_type=raw.type, name=raw.name, urn=f"urn::{raw.name}", props=unknown_checking_proxy(raw.props),
        opts=SimpleNamespace(additional_secret_outputs=list(raw.secret_outputs)), get_config=lambda: config,
    )  # fmt: skip


@pytest.mark.parametrize("name", list(STACKS))
def test_a_rule_fires_on_the_stack_that_breaks_it_and_not_on_the_close_one(name: str) -> None:
    """One message for the break, with reason, source and remedy; none for what is close."""
    messages = found(name, STACKS[name].broken)
    assert len(messages) == 1
    assert all(word in messages[0] for word in ("Reason: ", "Source: ", "Remedy: "))
    assert [] == found(name, STACKS[name].close)


@pytest.mark.parametrize(
    ("name", "number"), [(name, number) for name, more in MORE.items() for number in range(len(more))]
)
def test_further_ways_of_breaking_a_rule_are_found(name: str, number: int) -> None:
    """A rule is about what may not be, not about one spelling of it."""
    assert 1 == len(found(name, MORE[name][number]))


@pytest.mark.parametrize("name", list(STACKS))
def test_a_broken_stack_breaks_its_own_rule_only(name: str) -> None:
    """No other mandatory rule mistakes it for its own matter."""
    silent = [other for other in STACKS if other != name and STACKS[other].config == {}]
    assert [] == [
        other for other in silent if found(other, STACKS[name].broken) and other not in OVERLAPPING.get(name, ())
    ]


OVERLAPPING = {"albconfig-spelling": ("albconfig-verification",)}
"""What breaks one of these by its nature breaks the other."""


def test_a_private_key_is_never_quoted() -> None:
    """The message names the property, not what is in it."""
    assert "not a key" not in found("no-stray-private-key", STACKS["no-stray-private-key"].broken)[0]


def test_a_rule_that_leads_around_is_found_by_what_it_belongs_to() -> None:
    """A forwarding rule on the HTTP listener is a way around although the listener's own default is not."""
    rule = Raw(RULE, "rule", {"listenerId": "lsn-2", "ruleActions": forwarding("sgp-web")})
    stack = (listener(), plain(), rule)
    assert 1 == len(found("no-way-around", stack, {"rule": {"listenerId": ["http"]}}))
    assert [] == found("no-way-around", stack, {"rule": {"listenerId": ["https"]}})


def test_groups_that_are_not_made_yet_are_told_apart_in_a_preview() -> None:
    """Ids that are unknown are compared by the resources they will come from, so a preview finds the way around."""
    group = Raw("alicloud:alb/serverGroup:ServerGroup", "web", {})
    other = Raw("alicloud:alb/serverGroup:ServerGroup", "nobody", {})
    stack = (
        listener(defaultActions=forwarding(UNKNOWN_STRING_VALUE)), plain(defaultActions=forwarding(UNKNOWN_STRING_VALUE)),
        group, other,
    )  # fmt: skip
    same = {"https": {"defaultActions": ["web"]}, "http": {"defaultActions": ["web"]}}
    apart = {"https": {"defaultActions": ["web"]}, "http": {"defaultActions": ["nobody"]}}
    assert 1 == len(found("no-way-around", stack, same))
    assert [] == found("no-way-around", stack, apart)


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("mutual-authentication", "caEnabled", UNKNOWN_STRING_VALUE),
        ("one-authority", "caCertificates", UNKNOWN_ARRAY_VALUE),
        ("tls-floor", "securityPolicyId", UNKNOWN_STRING_VALUE),
        ("no-way-around", "defaultActions", UNKNOWN_ARRAY_VALUE),
    ],
)
def test_what_cannot_be_judged_in_a_preview_is_not_passed_in_silence(name: str, key: str, value: str) -> None:
    """The rule lets the host say that it cannot run during the preview."""
    with pytest.raises(UnknownValueError):
        found(name, [Raw(LISTENER, "https", HTTPS | {key: value})])


def test_hidden_properties_are_said_once_for_the_search_for_keys() -> None:
    """The search goes on past what is not known, and one advice says that there is such."""
    stack = (listener(tags={"note": UNKNOWN_STRING_VALUE}), plain())
    assert [] == found("no-stray-private-key", stack)
    assert 1 == len(found("keys-not-judged", stack))
    assert [] == found("keys-not-judged", (listener(), plain()))


def test_every_rule_is_in_the_table_of_broken_stacks() -> None:
    """A rule that is added or removed has to be in the table too."""
    assert set(POLICIES) == {*STACKS, "keys-not-judged"}


def test_a_limit_can_be_configured() -> None:
    """A pack's configuration for production asks for shorter clients' certificates."""
    raw = _resource(STACKS["client-validity"].close[0], {"days": 90})
    messages: list[str] = []
    POLICIES["client-validity"].validate(raw, messages.append)  # type: ignore[union-attr]
    assert "allowed are 90" in messages[0]


def test_every_rule_is_on_the_page_with_its_level() -> None:
    """docs/reference/policies.md has a row for each rule, in the pack's order, and no other."""
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "policies.md").read_text()
    rows = re.findall(r"^\| `([a-z0-9-]+)` \| (\w+) \|", page, re.MULTILINE)
    assert rows == [(policy.name, str(policy.enforcement_level.value)) for policy in RULES]


def test_the_configurations_of_environments_name_rules_that_exist() -> None:
    """A level for a rule that is not there would be no level at all."""
    for file in (Path(__file__).resolve().parents[2] / "policy" / "environments").iterdir():
        assert set(json.loads(file.read_text())) <= set(POLICIES)
