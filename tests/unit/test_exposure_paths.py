"""Servers behind mutual TLS that something else leads to: each path beside its near miss."""

from typing import Any

import pytest

from mtlsedge.preview import vocabulary
from mtlsedge.preview.events import SECRET_TEXT, Change
from tests.unit.preview_samples import change, guarded, kinds
from tests.unit.test_preview_paths import stack

NOT_JUDGED, OFF, PUBLIC = ["not-judged"], ["client-verification-off"], ["public-address"]
LOWERED, UNPROTECTED = ["tls-floor-lowered"], ["deletion-protection-off"]
STRICT = "tls_cipher_policy_1_2_strict"


NLB = "alicloud:nlb/"
TCP = {"loadBalancerId": "nlb-1", "listenerPort": 8443, "listenerProtocol": "TCP", "serverGroupId": "nsg-1"}
SSL = TCP | {"listenerProtocol": "TCPSSL", "caEnabled": True, "caCertificateIds": ["a"], "securityPolicyId": STRICT}
PAST = ["path-past-mutual-tls"]


def nlb(old: Any, new: Any, operation: str) -> Change:
    """A listener of a network load balancer."""
    return change(f"{NLB}listener:Listener", old, new, operation, "nlb", id="" if old is None else "nlsn-1")


def behind(server: str, port: int = 80, operation: str = "same", kind: str = "Ecs") -> Change:
    """A server in the group of that listener."""
    new = {"serverGroupId": "nsg-1", "serverId": server, "port": port, "serverType": kind}
    type_ = f"{NLB}serverGroupServerAttachment:ServerGroupServerAttachment"
    return change(type_, None if operation == "create" else new, new, operation, "member")


GROUP = change(f"{NLB}serverGroup:ServerGroup", {}, {}, "same", "group", id="nsg-1")
NETWORK: dict[str, tuple[list[str], tuple[Change, ...]]] = {
    "TCP to a server behind mutual TLS": (PAST, (nlb(None, TCP, "create"), behind("i-1"))),
    "UDP to a server behind mutual TLS": (PAST, (nlb(None, TCP | {"listenerProtocol": "UDP"}, "create"), behind("i-1"))),
    "TCP to another server": ([], (nlb(None, TCP, "create"), behind("i-2"))),
    "TCP to another port of the server": ([], (nlb(None, TCP, "create"), behind("i-1", 22))),
    "TCP to the load balancer that verifies": ([], (nlb(None, TCP, "create"), behind("alb-1", 443, kind="Alb"))),
    "TCP to an address, which may be the server's": (NOT_JUDGED, (nlb(None, TCP, "create"), behind("10.0.0.5", kind="Ip"))),
    "TCP to a group outside the stack": (NOT_JUDGED, (nlb(None, TCP | {"serverGroupId": "nsg-9"}, "create"),)),
    "TCP that was there before": ([], (nlb(TCP, TCP, "same"), behind("i-1"))),
    "a server behind mutual TLS joins the group": (PAST, (nlb(TCP, TCP, "same"), behind("i-1", operation="create"))),
    "another server joins the group": ([], (nlb(TCP, TCP, "same"), behind("i-2", operation="create"))),
    "TCPSSL that verifies": ([], (nlb(None, SSL, "create"), behind("i-1"))),
    "TCPSSL that does not verify": (OFF, (nlb(None, SSL | {"caEnabled": False}, "create"), behind("i-1"))),
    "TCPSSL becomes TCP": ([*OFF, "authority-replaced"], (nlb(SSL, TCP, "replace"), behind("i-1"))),
    "TCPSSL ceases to verify": (OFF, (nlb(SSL, SSL | {"caEnabled": "false"}, "update"), behind("i-2"))),
    "TCPSSL trusts another CA": (["authority-replaced"], (nlb(SSL, SSL | {"caCertificateIds": ["b"]}, "update"),)),
    "TCPSSL takes TLS 1.0": (LOWERED, (nlb(SSL, SSL | {"securityPolicyId": "tls_cipher_policy_1_0"}, "update"),)),
    "TCPSSL gets another idle time": ([], (nlb(SSL, SSL | {"idleTimeout": 60}, "update"),)),
    "TCPSSL hides whether it verifies": (NOT_JUDGED, (nlb(SSL, SSL | {"caEnabled": SECRET_TEXT}, "update"),)),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORK)
def test_a_network_load_balancer_is_judged_by_the_same_rules(name: str) -> None:
    """TCP and UDP to servers behind mutual TLS are paths past it; TCPSSL is read as HTTPS is."""
    expected, changes = NETWORK[name]
    assert kinds(*stack(GROUP, *changes)) == expected


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"addressType": "Intranet"}, {"addressType": "Internet"}, PUBLIC),
        ({"addressType": "Internet"}, {"addressType": "Intranet"}, []),
        ({"deletionProtectionEnabled": True}, {"deletionProtectionEnabled": False}, UNPROTECTED),
        ({"securityGroupIds": ["sg-1"]}, {"securityGroupIds": ["sg-2"]}, NOT_JUDGED),
        ({"crossZoneEnabled": True}, {"crossZoneEnabled": False}, []),
    ],
)
def test_the_instance_of_a_network_load_balancer_is_judged_too(old: Any, new: Any, expected: list[str]) -> None:
    """Address and protection are those of ALB; another security group is not judged."""
    assert kinds(change(f"{NLB}loadBalancer:LoadBalancer", old, new)) == expected


def forwarding(group: str, **more: Any) -> dict[str, Any]:
    """What a listener of the load balancer says that forwards everything to a group."""
    action = {"type": "ForwardGroup", "forwardGroupConfig": {"serverGroupTuples": [{"serverGroupId": group}]}}
    return {"loadBalancerId": "alb-1", "defaultActions": [action], **more}


GROUPS = [
    change(vocabulary.SERVER_GROUP, inputs, inputs, "same", name, id=f"sgp-{name}")
    for name, inputs in (
        ("a", {"servers": [{"serverId": "i-1", "port": 80}]}),
        ("b", {"servers": [{"serverId": "i-2", "port": 80}]}),
    )
]
GUARDED = guarded(forwarding("sgp-a"), forwarding("sgp-a"))


@pytest.mark.parametrize(
    ("group", "expected"), [("sgp-elsewhere", NOT_JUDGED), ("sgp-b", []), ("sgp-a", ["path-past-mutual-tls"])]
)
@pytest.mark.parametrize("protocol", ["HTTPS", "HTTP"])
def test_an_open_listener_that_leads_outside_the_stack_is_not_judged(
    protocol: str, group: str, expected: list[str]
) -> None:
    """A group that the stack only names may hold the servers behind mutual TLS; one it declares is compared."""
    sides = [forwarding(one, caEnabled=False, listenerPort=8443, listenerProtocol=protocol) for one in ("sgp-b", group)]
    opened = change(vocabulary.LISTENER, *sides, "update", "open", id="lsn-8443")
    assert kinds(GUARDED, opened, *GROUPS) == expected


def test_a_listener_in_clear_that_leaves_a_group_outside_the_stack_is_not_judged() -> None:
    """What it led to nobody tells, so servers that nobody reached may be reached now; one that stays there is as it was."""
    outside, inside = (
        {**forwarding(one), "listenerProtocol": "HTTP", "listenerPort": 80} for one in ("sgp-foreign", "sgp-a")
    )
    assert kinds(change(vocabulary.LISTENER, outside, inside, "update", "clear", id="lsn-80"), *GROUPS) == NOT_JUDGED
    assert kinds(change(vocabulary.LISTENER, outside, outside, "same", "clear", id="lsn-80"), *GROUPS) == []
