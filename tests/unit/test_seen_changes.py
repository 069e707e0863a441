"""Every change that an attacker saw pass, through the command: `mtlsedge preview` on the engine's own events, each beside a near miss.

Only the engine is stood in for. What it is told of: type, operation, inputs before, inputs after.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from exposure import alb_config, reach
from exposure.facts import UNKNOWN
from exposure.reach import LISTENER, LOAD_BALANCER, RULE, SERVER_GROUP, forwarding
from mtlsedge import command
from mtlsedge.preview import vocabulary as t
from mtlsedge.snapshot.digests import SIGNATURE
from mtlsedge.snapshot.sanitizing import SECRET as MARK
from tests.unit import standing_in

Step = tuple[str, str, str, dict[str, Any] | None, dict[str, Any] | None]
PASSES, REFUSED, NOT_JUDGED = 0, 1, 3
BALANCER = {"loadBalancerName": "edge", "addressType": "Intranet"}
HTTPS: dict[str, Any] = {
    "loadBalancerId": "alb-1", "listenerPort": 443, "listenerProtocol": "HTTPS", "caEnabled": True,
    "caCertificates": [{"certificateId": "ca-1"}], "securityPolicyId": "pol-1", "defaultActions": forwarding(["sgp-web"]),
}  # fmt: skip
HTTP = {
    "loadBalancerId": "alb-1",
    "listenerPort": 80,
    "listenerProtocol": "HTTP",
    "defaultActions": forwarding(["sgp-empty"]),
}
WEB = {"servers": [{"serverId": "i-1", "port": 80}]}
STRONG = {"tlsVersions": ["TLSv1.2"], "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
WEAK = {"tlsVersions": ["TLSv1.0", "TLSv1.2"], "ciphers": ["ECDHE-RSA-AES128-GCM-SHA256"]}
LIST = {"aclName": "some", "aclEntries": [{"entry": "10.0.0.0/8"}]}
HELD = {"aclId": "acl-1", "listenerId": "lsn-443", "aclType": "White"}
IN_CLUSTER = {"port": 443, "protocol": "HTTPS", "caEnabled": True, "caCertificates": [{"CertificateId": "ca-1"}],
              "securityPolicyId": "tls_cipher_policy_1_2_strict"}  # fmt: skip
CLIENT = {"profile": "client", "validity_days": 60, "names": {"emails": ["bob@example.test"]}}
STANDING: dict[str, Step] = {
    "alb-1": (LOAD_BALANCER, "edge", "same", BALANCER, BALANCER),
    "lsn-443": (LISTENER, "https", "same", HTTPS, HTTPS),
    "lsn-80": (LISTENER, "http", "same", HTTP, HTTP),
    "sgp-web": (SERVER_GROUP, "web", "same", WEB, WEB),
    "sgp-empty": (SERVER_GROUP, "deny", "same", {}, {}),
    "pol-1": (t.TLS_POLICY, "policy", "same", STRONG, STRONG),
}
"""Id -> what the stack has, and what nothing changes."""


def updated(id_: str, **change: Any) -> dict[str, Step]:
    """One of the stack's resources with other inputs."""
    type_, name, _, old, new = STANDING[id_]
    return {id_: (type_, name, "update", old, {**(new or {}), **change})}


def renamed(id_: str, **change: Any) -> dict[str, Step]:
    """The same thing deleted under one logical name and created under another."""
    type_, name, _, old, new = STANDING[id_]
    return {
        id_: (type_, name, "delete", old, None),
        "": (type_, f"{name}-again", "create", None, {**(new or {}), **change}),
    }


def made(type_: str, new: dict[str, Any], operation: str = "create") -> dict[str, Step]:
    """A resource that is new to the stack."""
    return {"new-1" if operation == "import" else "": (type_, "made", operation, None, new)}


def changed(type_: str, old: dict[str, Any], new: dict[str, Any] | None, operation: str = "update") -> dict[str, Step]:
    """A resource beside the standing ones."""
    return {"id-1": (type_, "thing", operation if new is not None else "delete", old, new)}


def listed(old: dict[str, Any], new: dict[str, Any], kind: str = "White") -> dict[str, Step]:
    """A list that changes, and its attachment to the listener."""
    held = {**HELD, "aclType": kind}
    return {"acl-1": (t.ACL, "acl", "update", old, new), "held": (t.ACL_ATTACHMENT, "held", "same", held, held)}


def attached(new: dict[str, Any], operation: str) -> dict[str, Step]:
    """A list that stays, and its attachment that is made anew."""
    return {"acl-1": (t.ACL, "acl", "same", LIST, LIST), "held": (t.ACL_ATTACHMENT, "held", operation, HELD, new)}


def entries(*networks: str) -> dict[str, Any]:
    """The list with these networks."""
    return {**LIST, "aclEntries": [{"entry": one} for one in networks]}


def entry(network: str) -> dict[str, Step]:
    """A new entry, declared apart from the list."""
    return {**attached(HELD, "same"), "": (t.ACL_ENTRY, "entry", "create", None, {"aclId": "acl-1", "entry": network})}


def rule(group: str, **change: Any) -> dict[str, Step]:
    """A new rule of the HTTP listener, its ids written out."""
    given = {"listenerId": "lsn-80", "priority": 1, "ruleConditions": [], "ruleActions": forwarding([group])}
    return made(RULE, given | change)


def opening(**source: str) -> dict[str, Step]:
    """A new rule of the servers' security group."""
    return made(
        t.SECURITY_RULE,
        {"type": "ingress", "ipProtocol": "tcp", "portRange": "80/80", "securityGroupId": "sg-1"} | source,
    )


def servers(server: str) -> dict[str, Step]:
    """Servers put into the HTTP listener's empty group."""
    return made(
        reach.OWN_SERVERS, {"server_group_id": "sgp-empty", "servers": {"a": {"server_id": server, "port": 80}}}
    )


def nlb(server: str) -> dict[str, Step]:
    """A network load balancer's listener to a server."""
    listener = {"loadBalancerId": "nlb-1", "listenerPort": 9000, "listenerProtocol": "TCP", "serverGroupId": "nsg-1"}
    member = {"serverGroupId": "nsg-1", "serverId": server, "port": 80, "serverType": "Ecs"}
    return {
        **made("alicloud:nlb/listener:Listener", listener),
        "member": ("alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment", "m", "same", member, member),
    }


def cluster(*listeners: dict[str, Any]) -> dict[str, Step]:
    """An AlbConfig whose listener becomes these."""
    old, new = ({"spec": {"config": {"name": "edge"}, "listeners": list(each)}} for each in ((IN_CLUSTER,), listeners))
    return {"": (alb_config.OWN, "config", "update", old, new)}


def provider(**change: Any) -> dict[str, Step]:
    """The vendor's provider, declared in the program."""
    old = {"region": "ap-southeast-1", "endpoints": '[{"alb":"alb.ap-southeast-1.aliyuncs.com"}]'}
    return {"id-p": ("pulumi:providers:alicloud", "cloud", "update", old, old | change)}


def endpoint(host: str) -> str:
    """What the provider is told of an endpoint."""
    return json.dumps([{"alb": host}])


SECRET = {SIGNATURE: MARK, "value": False}
ROWS: dict[str, tuple[int, dict[str, Step], dict[str, Step]]] = {
    "caEnabled is a secret": (NOT_JUDGED, updated("lsn-443", caEnabled=SECRET), updated("lsn-443", caEnabled="true")),
    "caEnabled is unknown": (NOT_JUDGED, updated("lsn-443", caEnabled=UNKNOWN), updated("lsn-443", idleTimeout=30)),
    "caEnabled is a text that says false": (REFUSED, updated("lsn-443", caEnabled="false"), updated("lsn-443", caEnabled="true")),
    "endpoints": (REFUSED, provider(endpoints=endpoint("alb.aliyuncs.com.evil.example")), provider(endpoints=endpoint("alb.aliyuncs.com"))),
    "protocol": (REFUSED, provider(protocol="HTTP"), provider(protocol="HTTPS")),
    "a rule on the HTTP listener": (REFUSED, rule("sgp-web"), rule("sgp-empty")),
    "a rule of a listener outside": (NOT_JUDGED, rule("sgp-web", listenerId="lsn-9"), rule("sgp-web", listenerId="lsn-443")),
    "a listener under a new name": (REFUSED, renamed("lsn-443", caEnabled=False), renamed("lsn-443")),
    "a load balancer under a new name": (REFUSED, renamed("alb-1", addressType="Internet"), renamed("alb-1")),
    "a TLS policy under a new name": (
        REFUSED,
        renamed("pol-1", **WEAK) | updated("lsn-443", securityPolicyId=UNKNOWN),
        renamed("pol-1") | updated("lsn-443", securityPolicyId=UNKNOWN),
    ),
    "half of the Internet": (REFUSED, opening(cidrIp="0.0.0.0/1"), opening(cidrIp="10.0.0.0/8")),
    "all of IPv6": (REFUSED, opening(ipv6CidrIp="::/0"), opening(ipv6CidrIp="fd00::/8")),
    "an entry of a deny list goes": (
        REFUSED,
        listed(entries("203.0.113.0/24", "198.51.100.0/24"), entries("203.0.113.0/24"), "Black"),
        listed(entries("203.0.113.0/24"), entries("203.0.113.0/24", "198.51.100.0/24"), "Black"),
    ),
    "White becomes Black": (REFUSED, attached(HELD | {"aclType": "Black"}, "replace"), attached(HELD, "replace")),
    "a wide list": (REFUSED, listed(LIST, entries("10.0.0.0/8", "0.0.0.0/0")), listed(LIST, entries("10.1.0.0/16"))),
    "an entry apart from its list": (REFUSED, entry("0.0.0.0/0"), entry("10.1.0.0/16")),
    "a custom policy is lowered": (REFUSED, updated("pol-1", **WEAK), updated("pol-1", tlsVersions=["TLSv1.2", "TLSv1.3"])),
    "a server in the empty group": (REFUSED, servers("i-1"), servers("i-2") | renamed("lsn-80", defaultActions=[])),
    "a network load balancer": (REFUSED, nlb("i-1"), nlb("i-2")),
    "an import without verification": (
        REFUSED,
        made(LISTENER, HTTPS | {"listenerPort": 8443, "caEnabled": False}, "import"),
        made(LISTENER, HTTPS | {"listenerPort": 8443}, "import"),
    ),
    "an AlbConfig's caEnabled is a text": (REFUSED, cluster(IN_CLUSTER | {"caEnabled": "false"}), cluster(IN_CLUSTER | {"idleTimeout": 30})),
    "port 443 twice": (REFUSED, cluster(IN_CLUSTER, IN_CLUSTER | {"caEnabled": False}), cluster(IN_CLUSTER, IN_CLUSTER | {"port": 8443})),
}  # fmt: skip
"""What was seen -> exit status, the change, and a near miss, which passes."""


@pytest.fixture
def preview(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, dict[str, Any]]]:
    """`mtlsedge preview --json` of a change of the standing stack; exit status and document."""
    standing_in.project(tmp_path, monkeypatch, stack="prod", asked="preview", answer=tmp_path / "events")

    def run(steps: dict[str, Step]) -> tuple[int, dict[str, Any]]:
        (tmp_path / "events").write_text("".join(f"{json.dumps(one)}\n" for one in told({**STANDING, **steps})))
        status = command.run(["preview", "--stack", "prod", "--json"])
        return status, json.loads(capfd.readouterr().out)

    return run


def told(steps: dict[str, Step]) -> list[dict[str, Any]]:
    """The engine's events."""
    events: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for id_, (type_, name, operation, old, new) in steps.items():
        kept = "" if operation in ("create", "replace") else id_
        metadata: dict[str, Any] = {"op": operation, "urn": f"urn:pulumi:prod::edge::{type_}::{name}", "type": type_}
        metadata |= {"old": {"id": id_, "inputs": old}} if old is not None else {}
        metadata |= {"new": {"id": kept, "inputs": new}} if new is not None else {}
        events.append({"resourcePreEvent": {"metadata": metadata}})
        counts[operation] = counts.get(operation, 0) + 1
    return [*events, {"summaryEvent": {"result": "succeeded", "resourceChanges": counts}}]


@pytest.mark.parametrize("row", ROWS)
def test_what_was_seen_to_pass_does_not(row: str, preview: Callable[..., tuple[int, dict[str, Any]]]) -> None:
    """The change ends in a status that is not 0, and says why; the near miss passes, and nothing is said."""
    status, change, near = ROWS[row]
    found, document = preview(change)
    assert (found, document["passes"]) == (status, False), document["weakenings"]
    assert document["refused"]
    found, document = preview(near)
    assert (found, document["weakenings"]) == (PASSES, [])


@pytest.mark.parametrize(
    ("after", "kind"),
    [
        ({"names": {"emails": ["alice@example.test"]}}, "client-names-changed"),
        ({"validity_days": 3650}, "client-validity-longer"),
        ({"validity_days": 30}, ""),
    ],
)
def test_who_a_client_is_and_for_how_long_is_told(
    after: dict[str, Any], kind: str, preview: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    """bob's certificate takes alice's address, or is good for ten years: each is an effect; a shorter time is none of these."""
    _, document = preview(changed(t.CERTIFICATE, CLIENT, CLIENT | after))
    assert {one["kind"] for one in document["effects"]} - {"client-validity-shorter"} == ({kind} if kind else set())


def test_a_name_cannot_steer_a_terminal(
    preview: Callable[..., tuple[int, dict[str, Any]]], capfd: pytest.CaptureFixture[str]
) -> None:
    """An escape in a logical name is shown as none."""
    steps = {"": (LISTENER, "x\x1b[2Jy", "create", None, HTTPS | {"listenerPort": 8443, "caEnabled": False})}
    preview(steps)
    assert command.run(["preview", "--stack", "prod"]) == REFUSED
    shown = capfd.readouterr().out
    assert "client verification off" in shown and "\x1b" not in shown
