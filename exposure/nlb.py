"""Network load balancers in the words of ALB, so that one set of rules reads both: listeners, groups, servers, policies.

A TCPSSL listener may demand client certificates, as HTTPS does; TCP and UDP cannot.
"""

from collections.abc import Mapping
from typing import Any

from exposure.reach import LISTENER, LOAD_BALANCER, OWN_SERVERS, SERVER_GROUP, forwarding

KIND = "alicloud:nlb/"
WORDS = {
    "alicloud:nlb/listener:Listener": LISTENER,
    "alicloud:nlb/loadBalancer:LoadBalancer": LOAD_BALANCER,
    "alicloud:nlb/serverGroup:ServerGroup": SERVER_GROUP,
    "alicloud:nlb/serverGroupServerAttachment:ServerGroupServerAttachment": OWN_SERVERS,
    "alicloud:nlb/securityPolicy:SecurityPolicy": "alicloud:alb/securityPolicy:SecurityPolicy",
}
"""Type of an NLB resource -> the type of ALB that says the same."""
WITHOUT_CERTIFICATES = ("TCP", "UDP")
COMPARABLE = ("i-", "alb-")
"""How ids of servers begin that are told apart by their ids; an address may be any machine's."""


def in_words_of_alb(type_: str, inputs: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The inputs of an NLB resource as its ALB kind has them; None for none."""
    if inputs is None:
        return None
    if WORDS[type_] == LISTENER:
        return _listener(inputs)
    if WORDS[type_] == OWN_SERVERS:
        server = {"server_id": inputs.get("serverId"), "port": inputs.get("port")}
        return {"server_group_id": inputs.get("serverGroupId"), "servers": {"server": server}}
    return dict(inputs)


def _listener(inputs: Mapping[str, Any]) -> dict[str, Any]:
    trusted, protocol = inputs.get("caCertificateIds") or (), inputs.get("listenerProtocol")
    return {
        **inputs,
        "listenerProtocol": "HTTPS" if protocol == "TCPSSL" else protocol,
        "caCertificates": trusted if isinstance(trusted, str) else [{"certificateId": one} for one in trusted],
        "defaultActions": forwarding([str(inputs.get("serverGroupId"))]),
    }


def can_be_compared(servers: frozenset[str]) -> bool:
    """Whether each server is one that its id alone tells apart from others."""
    return all(one.startswith(COMPARABLE) for one in servers)
