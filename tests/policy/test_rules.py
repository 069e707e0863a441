"""Each rule fires on a stack that breaks it and stays silent on the nearest one that does not."""

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from pulumi_policy import ResourceValidationPolicy
from pulumi_policy.proxy import (
    UNKNOWN_ARRAY_VALUE,
    UNKNOWN_BOOLEAN_VALUE,
    UNKNOWN_NUMBER_VALUE,
    UNKNOWN_STRING_VALUE,
    UnknownValueError,
    unknown_checking_proxy,
)

from exposure.alb_config import ANNOTATION, INGRESS, PORTS, REDIRECT
from exposure.reach import OWN_ACTIONS, OWN_SERVERS, SCALING_ATTACHMENT
from tests.policy.stacks import (
    ALB_CONFIG,
    HTTPS,
    IN_CLUSTER,
    LISTENER,
    MORE,
    RULE,
    STACKS,
    Raw,
    balancer,
    cluster,
    forwarding,
    listener,
    plain,
    signed,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "policy"))
from reading import NLB_LISTENER, NLB_SERVER
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


@pytest.mark.parametrize(
    "one",
    [
        signed("server_auth", "digital_signature"),
        signed("any_extended", days=397),
        signed("cert_signing", isCaCertificate=True),
    ],
)
def test_a_certificate_that_is_no_long_lived_client_is_let_through(one: Raw) -> None:
    """For servers only, short enough, or of a CA."""
    assert found("client-validity", (one,)) == []


def test_what_is_public_is_taken_for_no_key() -> None:
    """A certificate, a request and a public key in base64, an image, a digest: each begins otherwise."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www")])
    request = x509.CertificateSigningRequestBuilder(name).sign(key, hashes.SHA256())
    public = [request.public_bytes(Encoding.DER), key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
              b"\x89PNG\r\n" + bytes(60), bytes(64)]  # fmt: skip
    for data in public:
        tags = {"team": "edge", "note": base64.b64encode(data).decode()}
        assert found("no-stray-private-key", (Raw(LISTENER, "https", {"tags": tags}),)) == []


def test_the_same_servers_in_another_group_are_the_same_servers() -> None:
    """Plain HTTP to a second group leads around if it holds a guarded server and port, and not if the port is another."""
    groups = [Raw("alicloud:alb/serverGroup:ServerGroup", name, {"servers": []}) for name in ("web", "copy")]
    references = {"https": {"defaultActions": ["web"]}, "http": {"defaultActions": ["copy"]}}
    for port, count in ((80, 1), (8080, 0)):
        own = [
            Raw(OWN_SERVERS, f"{name}-servers", {"server_group_id": f"sgp-{name}", "servers": {
                "a": {"server_id": "i-1", "port": 80.0 if name == "web" else float(port)}}})
            for name in ("web", "copy")
        ]  # fmt: skip
        made = {f"{name}-servers": {"server_group_id": [name]} for name in ("web", "copy")}
        listeners = (listener(defaultActions=UNKNOWN_ARRAY_VALUE), plain(defaultActions=UNKNOWN_ARRAY_VALUE))
        assert count == len(found("no-way-around", (*listeners, *groups, *own), {**references, **made}))


@pytest.mark.parametrize(
    ("change", "server", "count"),
    [
        ({}, {}, 1),
        ({"listenerProtocol": "UDP"}, {}, 1),
        ({"listenerProtocol": "TCPSSL"}, {}, 1),
        ({"listenerProtocol": "TCPSSL", "caEnabled": "false"}, {}, 1),
        ({"listenerProtocol": "TCPSSL", "caEnabled": True}, {}, 0),
        ({"serverGroupId": "nsg-2"}, {}, 0),
        ({}, {"port": 22.0}, 0),
        ({}, {"serverId": "i-2"}, 0),
    ],
)
def test_a_network_load_balancer_leads_around_as_well(change: dict, server: dict, count: int) -> None:
    """TCP to a server and port behind mutual TLS is a way around; TCPSSL that asks for a certificate is none."""
    stack = (
        listener(defaultActions=forwarding("sgp-1")),
        Raw(OWN_SERVERS, "one", {"server_group_id": "sgp-1", "servers": {"a": {"server_id": "i-1", "port": 80.0}}}),
        Raw(NLB_LISTENER, "tcp", {"listenerProtocol": "TCP", "serverGroupId": "nsg-1"} | change),
        Raw(NLB_SERVER, "member", {"serverGroupId": "nsg-1", "serverId": "i-1", "port": 80.0} | server),
    )
    assert count == len(found("no-way-around", stack))


def test_a_network_load_balancers_group_may_be_new() -> None:
    """A group whose id is known after `up` only is the one that listener and server both refer to."""
    stack = (
        listener(defaultActions=forwarding("sgp-1")),
        Raw(OWN_SERVERS, "one", {"server_group_id": "sgp-1", "servers": {"a": {"server_id": "i-1", "port": 80.0}}}),
        Raw("alicloud:nlb/serverGroup:ServerGroup", "group", {}),
        Raw("alicloud:nlb/serverGroup:ServerGroup", "other", {}),
        Raw(NLB_LISTENER, "tcp", {"listenerProtocol": "TCP", "serverGroupId": UNKNOWN_STRING_VALUE}),
        Raw(NLB_SERVER, "member", {"serverGroupId": UNKNOWN_STRING_VALUE, "serverId": "i-1", "port": 80.0}),
    )
    member = {"member": {"serverGroupId": ["group"]}}
    assert 1 == len(found("no-way-around", stack, member | {"tcp": {"serverGroupId": ["group"]}}))
    assert [] == found("no-way-around", stack, member | {"tcp": {"serverGroupId": ["other"]}})
    with pytest.raises(UnknownValueError):
        found("no-way-around", stack, member)


@pytest.mark.parametrize(("group", "count"), [("sgp-web", 1), ("sgp-nobody", 0)])
def test_a_copy_of_each_request_leads_around_as_well(group: str, count: int) -> None:
    """A rule that mirrors plain HTTP to servers behind mutual TLS, under a literal id, is a way around."""
    config = {"mirrorGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}
    actions = [{"type": "TrafficMirror", "trafficMirrorConfig": config}]
    rule = Raw(RULE, "mirror", {"listenerId": "lsn-80", "ruleActions": actions})
    assert count == len(found("no-way-around", (listener(), plain(), rule), {"mirror": {"listenerId": ["http"]}}))


@pytest.mark.parametrize(("scaling", "port", "count"), [("asg-1", 80.0, 1), ("asg-2", 80.0, 0), ("asg-1", 8080.0, 0)])
def test_a_scaling_group_in_two_groups_is_the_same_servers(scaling: str, port: float, count: int) -> None:
    """Servers of a scaling group are behind mutual TLS by the group's id and the port."""
    held = [
        Raw(SCALING_ATTACHMENT, name, {"albServerGroupId": group, "scalingGroupId": which, "port": at})
        for name, group, which, at in (("one", "sgp-web", "asg-1", 80.0), ("two", "sgp-nobody", scaling, port))
    ]
    assert count == len(found("no-way-around", (listener(), plain(), *held)))


@pytest.mark.parametrize(("text", "count"), [("true", 1), ("false", 0)])
def test_a_text_switches_quic_on_or_off(text: str, count: int) -> None:
    """The provider takes a text for a boolean."""
    quic = {"quicUpgradeEnabled": text, "quicListenerId": "lsn-1"}
    assert count == len(found("no-way-around", (listener(quicConfig=quic),)))


def test_a_rule_that_leads_around_is_found_by_what_it_belongs_to() -> None:
    """A forwarding rule on the HTTP listener is a way around although the listener's own default is not."""
    rule = Raw(RULE, "rule", {"listenerId": "lsn-2", "ruleActions": forwarding("sgp-web")})
    stack = (listener(), plain(), rule)
    assert 1 == len(found("no-way-around", stack, {"rule": {"listenerId": ["http"]}}))
    assert [] == found("no-way-around", stack, {"rule": {"listenerId": ["https"]}})


def test_a_written_out_id_is_the_same_as_a_reference() -> None:
    """A rule that names the listener or the group by a literal id leads around as one that refers to it does."""
    group = Raw("alicloud:alb/serverGroup:ServerGroup", "web", {})
    redirect = Raw(RULE, "redirect", {"listenerId": "lsn-80", "ruleActions": []})
    references = {"https": {"defaultActions": ["web"]}, "redirect": {"listenerId": ["http"]}}
    for target, of, count in (("sgp-web", "lsn-80", 1), ("sgp-nobody", "lsn-80", 0), ("sgp-web", "lsn-443", 0)):
        rule = Raw(RULE, "rule", {"listenerId": of, "ruleActions": forwarding(target)})
        assert count == len(found("no-way-around", (listener(), plain(), group, redirect, rule), references))


def test_an_id_written_out_is_known_by_the_output_of_its_resource() -> None:
    """Nothing refers to the HTTP listener but a rule that writes its id out: after `up`, its output says whose id it is."""
    for of, target, count in (("lsn-80", "sgp-web", 1), ("lsn-443", "sgp-web", 0), ("lsn-80", "sgp-nobody", 0)):
        rule = Raw(RULE, "rule", {"listenerId": of, "ruleActions": forwarding(target)})
        assert count == len(found("no-way-around", (listener(id="lsn-443"), plain(id="lsn-80"), rule)))


@pytest.mark.parametrize(("path", "count"), [("/*", 0), ("/a/*", 1)])
def test_a_redirect_of_every_path_leaves_the_default_without_requests(path: str, count: int) -> None:
    """A default that no request comes to leads nowhere; one that a redirect leaves some requests does."""
    redirect = {
        "listenerId": "lsn-80",
        "priority": 1,
        "ruleConditions": [{"type": "Path", "pathConfig": {"values": [path]}}],
        "ruleActions": [{"type": "Redirect", "redirectConfig": {"protocol": "HTTPS"}}],
    }
    stack = (listener(), plain(id="lsn-80", defaultActions=forwarding("sgp-web")), Raw(RULE, "redirect", redirect))
    assert count == len(found("no-way-around", stack))


@pytest.mark.parametrize(("redirects", "count"), [("true", 0), ("false", 1)])
def test_an_ingress_on_the_http_listener_of_an_alb_config_leads_around(redirects: str, count: int) -> None:
    """What an Ingress serves on HTTPS behind mutual TLS it serves on HTTP too, but where it redirects."""
    listeners = [IN_CLUSTER, {"port": 80.0, "protocol": "HTTP"}]
    annotations = {f"{ANNOTATION}{PORTS}": '[{"HTTP": 80}, {"HTTPS": 443}]', f"{ANNOTATION}{REDIRECT}": redirects}
    ingress = Raw(INGRESS, "web", {"metadata": {"annotations": annotations}})
    assert count == len(found("no-way-around", (Raw(ALB_CONFIG, "edge", {"spec": {"listeners": listeners}}), ingress)))


@pytest.mark.parametrize("change", [{"listenerPort": 8443}, {"listenerProtocol": "QUIC"}, {"loadBalancerId": "alb-2"}])
def test_another_port_transport_or_load_balancer_has_an_owner_of_its_own(change: dict) -> None:
    """TCP 443 and UDP 443 are two ports, and each load balancer has its own."""
    assert [] == found("one-owner", (listener(), listener("again", **change), cluster("alb-3", 443, 8443)))


def test_a_load_balancers_id_and_a_reference_to_it_are_one() -> None:
    """One listener refers to the load balancer, another writes its id out: the port has two owners."""
    stack = (balancer(id="alb-1"), listener(), listener("again", loadBalancerId=UNKNOWN_STRING_VALUE))
    assert 1 == len(found("one-owner", stack, {"again": {"loadBalancerId": ["edge"]}}))
    with pytest.raises(UnknownValueError):
        found("one-owner", stack)


def test_actions_declared_apart_from_their_rule_lead_around_as_well() -> None:
    """`RuleActions` forwards although the rule itself does not; that of another listener's rule does not matter."""
    rules = [
        Raw(RULE, name, {"listenerId": of, "ruleActions": []}) for name, of in (("plain", "lsn-2"), ("guard", "lsn-1"))
    ]
    references = {"plain": {"listenerId": ["http"]}, "guard": {"listenerId": ["https"]}}
    for rule, target, count in (("plain", "sgp-web", 1), ("plain", "sgp-nobody", 0), ("guard", "sgp-web", 0)):
        own = Raw(OWN_ACTIONS, "own", {"rule_id": f"rule-{rule}", "actions": forwarding(target)})
        stack = (listener(), plain(), *rules, own)
        assert count == len(found("no-way-around", stack, {**references, "own": {"rule_id": [rule]}})), (rule, target)


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
        ("no-way-around", "caEnabled", UNKNOWN_BOOLEAN_VALUE),
        ("no-way-around", "listenerProtocol", UNKNOWN_STRING_VALUE),
        ("one-owner", "listenerPort", UNKNOWN_NUMBER_VALUE),
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


def test_the_pack_loads_beside_a_project_of_others(tmp_path: Path) -> None:
    """A copy of the folders `policy` and `exposure` finds all that it imports, with nothing of this project on the path."""
    pack = tmp_path / "copy" / "policy"
    for name in ("policy", "exposure"):
        shutil.copytree(Path(__file__).resolve().parents[2] / name, tmp_path / "copy" / name)
    code = f"""
import runpy, sys, pulumi_policy
sys.path.insert(0, {str(pack)!r})
pulumi_policy.PolicyPack = lambda name, policies: print(name, len(policies))
runpy.run_path({str(pack / "__main__.py")!r})
"""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.split() == ["mtlsedge", str(len(RULES))], done.stderr


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
