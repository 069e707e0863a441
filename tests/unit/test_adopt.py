"""From what the cloud says to a stack file: what is taken, what is left alone, what is refused. No cloud is asked."""

import copy
from datetime import UTC, datetime
from typing import Any

import pytest

from mtlsedge.adopt import alb_config, https
from mtlsedge.adopt.account import Found, Listener
from mtlsedge.adopt.balancer import draft
from mtlsedge.adopt.draft import Draft, key_for
from mtlsedge.adopt.http import is_our_redirect
from mtlsedge.cloud import Cloud
from mtlsedge.command import run
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames

NAME = "alb-1.ap-southeast-1.alb.aliyuncs.com"


def certificate(*hosts: str) -> str:
    """A server certificate for hosts."""
    key, now = generate("ecdsa-p256"), datetime.now(UTC)
    public, names = public_pem(key), SubjectAlternativeNames(dns=hosts)
    root = Request(Profile.ROOT, Subject("root"), SubjectAlternativeNames(), 30, public, 1)
    issuer = Issuer(issue_root(root, key, now).certificate_pem, key)
    leaf = public_pem(generate("ecdsa-p256"))
    request = Request(Profile.SERVER, Subject(hosts[0]), names, 20, leaf)
    return issue(request, issuer, now).certificate_pem


CERTIFICATE = certificate("www.example.test")
HTTPS: dict[str, Any] = {
    "ListenerId": "lsn-1", "ListenerPort": 443, "ListenerProtocol": "HTTPS", "ListenerDescription": "public",
    "CaEnabled": True, "CaCertificates": [{"CertificateId": "ca1"}], "Certificates": [{"CertificateId": "1-ap-southeast-1"}],
    "SecurityPolicyId": "tls_cipher_policy_1_2", "IdleTimeout": 15, "RequestTimeout": 60,
    "DefaultActions": [{"ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "sgp-1"}]}}],
}  # fmt: skip
GROUP = {
    "ServerGroupId": "sgp-1", "ServerGroupName": "web", "ServerGroupType": "Instance", "VpcId": "vpc-1", "Scheduler": "Wrr",
    "Protocol": "HTTP", "HealthCheckConfig": {"HealthCheckEnabled": False},
    "Servers": [{"ServerId": "i-1", "ServerType": "Ecs", "Port": 80, "Weight": 100}],
}  # fmt: skip
BALANCER = {
    "LoadBalancerId": "alb-1", "LoadBalancerName": "edge", "LoadBalancerEdition": "Standard", "AddressType": "Internet",
    "VpcId": "vpc-1", "DNSName": NAME, "ZoneMappings": [{"ZoneId": "ap-southeast-1a", "VSwitchId": "vsw-1"}],
}  # fmt: skip
RECORD = {"RecordId": "7", "DomainName": "example.test", "RR": "www", "Type": "CNAME", "Value": NAME, "TTL": 600}
REDIRECT: dict[str, Any] = {
    "RuleId": "rule-1", "RuleName": "to https", "Priority": 1,
    "RuleConditions": [{"Type": "Path", "PathConfig": {"Values": ["/*"]}}],
    "RuleActions": [{"Type": "Redirect", "Order": 1, "RedirectConfig": {
        "Protocol": "HTTPS", "Host": "${host}", "Port": "443", "Path": "${path}", "Query": "${query}", "HttpCode": "301"}}],
}  # fmt: skip


def drafted(
    balancer: dict | None = None, record: dict | None = None, group: dict | None = None, **change: Any
) -> Draft:
    """The draft for the topology above with changes of its parts."""
    return draft(
        Found(
            balancer=BALANCER | (balancer or {}),
            listeners=(Listener(HTTPS | change),),
            groups={"sgp-1": GROUP | (group or {})},
            certificates={"1-ap-southeast-1": {"Cert": CERTIFICATE, "Name": "www"}},
            records=(RECORD | (record or {}),),
        )
    )


def test_a_plain_topology_is_taken_whole() -> None:
    """Everything has a setting and an id to import; nothing is refused or left alone."""
    made = drafted()
    assert (made.refused, made.outside, made.kept) == ([], [], [])
    assert made.adopt == {"load-balancer": "alb-1", "listener": "lsn-1", "server-group/web": "sgp-1", "record/www": "7"}
    assert made.names == {"load-balancer": "edge", "listener": "public", "server-group/web": "web"}


def test_security_groups_are_references_that_the_load_balancer_is_in() -> None:
    """The groups stay their owner's; that the load balancer is in them is the stack's, as if it had put it there."""
    made = drafted(balancer={"SecurityGroupIds": ["sg-2", "sg-1"]})
    assert made.settings["loadBalancer"]["securityGroups"] == ["sg-1", "sg-2"]
    joined = {role: id_ for role, id_ in made.adopt.items() if "security-group" in role}
    assert joined == {f"load-balancer-security-group/sg-{n}": f"alb-1:sg-{n}" for n in (1, 2)}
    assert "securityGroups" not in drafted().settings["loadBalancer"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"CaCertificates": []}, "found 0 CA certificates"),
        ({"SecurityPolicyId": "tls-own"}, "found TLS policy tls-own"),
        ({"QuicConfig": {"QuicUpgradeEnabled": True}}, "QUIC"),
        ({"balancer": {"LoadBalancerEdition": "Basic"}}, "Basic edition"),
        ({"balancer": {"Tags": [{"Key": "ingress.k8s.alibaba/albconfig", "Value": "alb"}]}}, "--albconfig alb"),
        ({"XForwardedForConfig": {"XForwardedForClientCertSubjectDNEnabled": True}}, "as header for the subject"),
    ],
)
def test_what_up_would_have_to_change_is_refused_with_its_reason(change: dict[str, Any], words: str) -> None:
    """Exactly one reason each."""
    (reason,) = drafted(**change).refused
    assert words in reason


@pytest.mark.parametrize(
    "change",
    [
        {"CaEnabled": False},
        {"QuicConfig": {"QuicUpgradeEnabled": False}},
        {"balancer": {"Tags": [{"Key": "team", "Value": "edge"}]}},
    ],
)
def test_what_is_close_to_a_refusal_is_taken(change: dict[str, Any]) -> None:
    """A CA that is switched off but there, QUIC that is off, a tag of somebody's."""
    assert [] == drafted(**change).refused


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"Value": "elsewhere.example.com."}, "spelled"),
        ({"Status": "DISABLE"}, "switched off"),
        ({"Line": "telecom"}, "line"),
        ({"RR": "api"}, "not for this host"),
    ],
)
def test_a_record_that_no_setting_can_say_stays_outside(change: dict[str, Any], words: str) -> None:
    """It is listed with its reason, and not imported."""
    made = drafted(record=change)
    assert "domain" not in made.settings and words in made.outside[0]


@pytest.mark.parametrize(
    "change",
    [
        {"VpcId": "vpc-2"},
        {"Scheduler": "Uch"},
        {"Servers": [{"ServerId": "eni-1", "ServerType": "Eni", "Port": 80, "Weight": 100}]},
    ],
)
def test_a_group_that_no_setting_can_say_is_referred_to(change: dict[str, Any]) -> None:
    """By its id, without an import."""
    made = drafted(group=change)
    assert made.settings["serverGroups"] == {"web": {"id": "sgp-1"}}
    assert "server-group/web" not in made.adopt


def test_only_the_redirect_that_the_program_makes_is_taken_over() -> None:
    """Another code, port, priority, host or condition would be changed by `up`."""
    assert is_our_redirect(REDIRECT, 443)
    assert not is_our_redirect(REDIRECT, 8443)
    assert not is_our_redirect(REDIRECT | {"Priority": 2}, 443)
    for key, value in (("HttpCode", "302"), ("Host", "example.test"), ("Path", "/")):
        other = copy.deepcopy(REDIRECT)
        other["RuleActions"][0]["RedirectConfig"][key] = value
        assert not is_our_redirect(other, 443)
    other = copy.deepcopy(REDIRECT)
    other["RuleConditions"][0]["PathConfig"]["Values"] = ["/a"]
    assert not is_our_redirect(other, 443)


@pytest.mark.parametrize("missing", ["", "Protocol", "Host", "Port", "Path", "Query", "HttpCode"])
def test_a_redirect_is_taken_over_only_if_it_says_every_field(missing: str) -> None:
    """A field that ALB does not answer would be written by the first `up`."""
    rule = copy.deepcopy(REDIRECT)
    rule["RuleActions"][0]["RedirectConfig"].pop(missing, None)
    assert bool(https._odd_rule(rule)) is bool(missing)


@pytest.mark.parametrize("missing", ["", "HttpCode", "Content", "ContentType"])
def test_an_answer_is_taken_over_only_if_it_says_every_field(missing: str) -> None:
    """The same of an answer without a server."""
    config = {"HttpCode": "403", "Content": "closed", "ContentType": "text/plain"}
    config.pop(missing, None)
    rule = REDIRECT | {"RuleActions": [{"Type": "FixedResponse", "Order": 1, "FixedResponseConfig": config}]}
    assert bool(https._odd_rule(rule)) is bool(missing)


def changing(*actions: dict[str, Any]) -> dict[str, Any]:
    """A rule that does something to requests before it forwards them; orders as given, or one after the other."""
    forward = {
        "Type": "ForwardGroup",
        "ForwardGroupConfig": {"ServerGroupTuples": [{"ServerGroupId": "sgp-1", "Weight": 100}]},
    }
    return REDIRECT | {"RuleActions": [{"Order": order, **one} for order, one in enumerate([*actions, forward], 1)]}


REWRITE = {"Type": "Rewrite", "RewriteConfig": {"Host": "${host}", "Path": "/b", "Query": "${query}"}}
INSERT = {"Type": "InsertHeader", "InsertHeaderConfig": {"Key": "x-a", "Value": "b", "ValueType": "UserDefined"}}
REMOVE = {"Type": "RemoveHeader", "RemoveHeaderConfig": {"Key": "x-subject"}}


@pytest.mark.parametrize(
    ("actions", "words"),
    [
        ([REWRITE, INSERT, REMOVE], ""),
        ([INSERT, REWRITE], "not in the order"),
        ([REWRITE, INSERT | {"Order": 3}], "not in the order"),
        ([INSERT, INSERT], "not in the order"),
        ([{"Type": "TrafficMirror", "TrafficMirrorConfig": {}}], "its actions are TrafficMirror, ForwardGroup"),
        ([{"Type": "Rewrite", "RewriteConfig": {"Path": "/b"}}], "its Rewrite says an odd Host"),
        (
            [{"Type": "Cors", "CorsConfig": {"AllowOrigin": ["*"], "MaxAge": 1}}],
            "its Cors says an odd AllowCredentials",
        ),
    ],
)
def test_actions_are_taken_over_only_as_the_program_makes_them(actions: list[dict[str, Any]], words: str) -> None:
    """Another order, one of a kind twice, or a field that is not said, would be written by the first `up`."""
    found = https._odd_rule(changing(*actions))
    assert words in found and bool(found) is bool(words)


def test_a_rule_that_writes_who_the_client_is_stays_outside() -> None:
    """A header under its alias is proof to the servers; the same header of a listener that does not send it is none."""
    told = {"XForwardedForClientCertSubjectDNAlias": "X-Subject"}
    for config, words in ((told, "it writes or removes x-subject"), ({}, "")):
        listener = https.Listener({"XForwardedForConfig": config})
        assert https._odd_headers(changing(REMOVE), listener).startswith(words)
        assert bool(https._odd_headers(changing(REMOVE), listener)) is bool(words)


def test_a_stack_file_that_exists_is_never_overwritten(tmp_path, monkeypatch, capsys) -> None:
    """It is refused before the cloud is asked for anything; what the file says stays."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Cloud, "call", lambda *_call: pytest.fail("something was called"))
    (tmp_path / "Pulumi.prod.yaml").write_text("mine\n")
    words = ["adopt", "--stack", "prod", "--load-balancer", "alb-1", "--region", "ap-southeast-1"]
    assert run([*words, "--certificate-site", "international"]) == 2
    assert "Pulumi.prod.yaml exists" in capsys.readouterr().err
    assert (tmp_path / "Pulumi.prod.yaml").read_text() == "mine\n"


def test_a_link_that_leads_nowhere_is_a_stack_file_too(tmp_path, monkeypatch, capsys) -> None:
    """Writing through it would make a file in a place that nobody named."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Cloud, "call", lambda *_call: pytest.fail("something was called"))
    (tmp_path / "Pulumi.prod.yaml").symlink_to(tmp_path / "elsewhere.yaml")
    words = ["adopt", "--stack", "prod", "--load-balancer", "alb-1", "--region", "ap-southeast-1"]
    assert run([*words, "--certificate-site", "international"]) == 2
    assert "Pulumi.prod.yaml exists" in capsys.readouterr().err
    assert not (tmp_path / "elsewhere.yaml").exists()


def test_keys_resemble_names_and_are_unique() -> None:
    """Characters that a key cannot have become dashes; a taken key gets a number; a name without any has a fallback."""
    assert (key_for("Web servers (blue)", "x", ()), key_for("web", "x", ("web",)), key_for("网", "x", ())) == (
        "Web-servers-blue", "web-2", "x",
    )  # fmt: skip


def test_an_alb_config_without_one_ca_is_refused() -> None:
    """As a listener of a load balancer is; with one it is taken over by its key."""
    listener = {
        "port": 443,
        "protocol": "HTTPS",
        "caEnabled": True,
        "certificates": [{"CertificateId": "1-ap-southeast-1"}],
    }
    document = {"metadata": {"name": "alb"}, "spec": {"listeners": [listener]}}
    assert "found 0 CA certificates" in alb_config.draft(document, {}, {}).refused[0]
    listener["caCertificates"] = [{"CertificateId": "ca1"}]
    made = alb_config.draft(document, {}, {})
    assert made.refused == []
    assert made.settings["kubernetes"]["albConfig"] == {"adopt": "alb", "takeOver": ["443/HTTPS"]}
