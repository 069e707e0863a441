"""Each rule fires on a stack that breaks it and stays silent on the nearest one that does not."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SOURCE = Path(__file__).resolve().parents[2] / "policy" / "rules.py"
_spec = importlib.util.spec_from_file_location("policy_rules", SOURCE)
assert _spec is not None and _spec.loader is not None
rules = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(rules)

HTTPS = {
    "listenerProtocol": "HTTPS",
    "caEnabled": True,
    "caCertificates": [{"certificateId": "0e40dda998174723af39d37fcaf00000"}],
    "securityPolicyId": "tls_cipher_policy_1_2_strict_with_1_3",
}


def found(check: Any, resource_type: str, props: dict[str, Any]) -> list[str]:
    """What a rule reports about one resource."""
    messages: list[str] = []
    check(SimpleNamespace(resource_type=resource_type, props=props), messages.append)
    return messages


def forwarding(group: str) -> list[dict[str, Any]]:
    """A listener's default actions that send everything to one group."""
    return [{"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"caEnabled": False}, "does not demand a client certificate"),
        ({"caCertificates": []}, "names 0 CA certificates"),
        ({"caCertificates": [{"certificateId": "a"}, {"certificateId": "b"}]}, "names 2 CA certificates"),
    ],
)
def test_an_https_listener_without_one_enforced_ca_is_reported(change: dict[str, Any], words: str) -> None:
    """Switching verification off, or naming none or two CAs, breaks the rule; each message says which."""
    messages = found(rules.require_client_certificates, rules.LISTENER, HTTPS | change)
    assert any(words in message for message in messages)


def test_a_listener_that_verifies_clients_and_a_plain_http_one_are_not_reported() -> None:
    """The good HTTPS listener passes, and an HTTP listener (which cannot verify clients) is not this rule's matter."""
    assert [] == found(rules.require_client_certificates, rules.LISTENER, HTTPS)
    assert [] == found(rules.require_client_certificates, rules.LISTENER, {"listenerProtocol": "HTTP"})


@pytest.mark.parametrize("policy", ["tls_cipher_policy_1_0", "tls_cipher_policy_1_1", "", None, "tls-custom"])
def test_a_tls_floor_below_1_2_or_unknown_is_reported(policy: str | None) -> None:
    """ALB's default, the old policies and custom ones cannot be taken for TLS 1.2."""
    assert 1 == len(found(rules.require_modern_tls, rules.LISTENER, HTTPS | {"securityPolicyId": policy}))


@pytest.mark.parametrize("policy", sorted(rules.TLS_1_2_OR_NEWER))
def test_a_tls_floor_of_1_2_is_not_reported(policy: str) -> None:
    """Each system policy with a floor of TLS 1.2 passes."""
    assert [] == found(rules.require_modern_tls, rules.LISTENER, HTTPS | {"securityPolicyId": policy})


def test_only_the_basic_edition_is_reported() -> None:
    """Basic cannot do mutual authentication; Standard can."""
    assert 1 == len(found(rules.require_capable_edition, rules.LOAD_BALANCER, {"loadBalancerEdition": "Basic"}))
    assert [] == found(rules.require_capable_edition, rules.LOAD_BALANCER, {"loadBalancerEdition": "Standard"})


def test_a_private_key_is_reported_everywhere_but_in_the_listed_properties() -> None:
    """The key of an uploaded server certificate is allowed; the same text in a tag is not."""
    key = "-----BEGIN " + "PRIVATE KEY-----\nnot a key\n"
    upload = "alicloud:cas/serviceCertificate:ServiceCertificate"
    assert [] == found(rules.forbid_stray_private_keys, upload, {"key": key})
    messages = found(rules.forbid_stray_private_keys, upload, {"tags": {"note": key}})
    assert 1 == len(messages) and "tags.note" in messages[0] and "not a key" not in messages[0]


@pytest.mark.parametrize(("days", "count"), [(397, 0), (398, 1), (30.0, 0)])
def test_a_client_certificate_may_live_397_days(days: float, count: int) -> None:
    """The limit itself passes and one day more does not."""
    props = {"profile": "client", "validity_days": days}
    assert count == len(found(rules.limit_client_validity, rules.CERTIFICATE, props))


def test_a_root_may_outlive_the_client_limit() -> None:
    """The validity limit is about clients; a root of ten years passes."""
    assert [] == found(rules.limit_client_validity, rules.CERTIFICATE, {"profile": "root", "validity_days": 3650})


@pytest.mark.parametrize(
    ("protocol", "group", "count"),
    [("HTTP", "sgp-web", 1), ("QUIC", "sgp-web", 1), ("HTTP", "sgp-nobody", 0), ("HTTPS", "sgp-web", 0)],
)
def test_a_listener_around_mutual_tls_is_reported(protocol: str, group: str, count: int) -> None:
    """HTTP and QUIC to the guarded group are ways around; HTTP to an empty group and HTTPS are none."""
    guarded = SimpleNamespace(
        resource_type=rules.LISTENER, name="https", urn="u1", props=HTTPS | {"defaultActions": forwarding("sgp-web")}
    )
    other = SimpleNamespace(
        resource_type=rules.LISTENER,
        name="other",
        urn="u2",
        props={"listenerProtocol": protocol, "defaultActions": forwarding(group)},
    )
    messages: list[str] = []
    rules.forbid_way_around(SimpleNamespace(resources=[guarded, other]), lambda text, _urn=None: messages.append(text))
    assert count == len(messages)


def test_every_rule_of_the_module_is_in_the_pack() -> None:
    """A rule that is written but not registered would never fire."""
    checks = [check for name, check in vars(rules).items() if name.startswith(("require_", "forbid_", "limit_"))]
    assert {check.__doc__ for check in checks} == {policy.description for policy in rules.RULES}
