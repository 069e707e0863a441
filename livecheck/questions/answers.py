"""What the cloud's answers hold that nobody sent: their shape, never an id, an address or a name."""

import re
import uuid

from livecheck.questions.model import Answer, Question, World

PRESENT, ABSENT = "present", "absent"


def shapes(world: World) -> Answer:
    """Addresses of the load balancer's zones and of its server, and the form of a CA's identifier."""
    calls, topology = world.builder.calls, world.topology
    listener = world.edge.attributes()
    balancer = calls.do("alb", "GetLoadBalancerAttribute", LoadBalancerId=listener["LoadBalancerId"])
    addresses = [zone.get("LoadBalancerAddresses") or [{}] for zone in balancer.get("ZoneMappings") or []]
    group = listener["DefaultActions"][0]["ForwardGroupConfig"]["ServerGroupTuples"][0]["ServerGroupId"]
    servers = calls.do("alb", "ListServerGroupServers", ServerGroupId=group).get("Servers") or []
    seen = {
        "addresses of zones": _there(bool(addresses) and all(one[0].get("AllocationId") for one in addresses)),
        "form of a CA's identifier": _form(world.edge.authority),
    }
    if topology.server and servers:
        seen["address of a server"] = _there(all(one.get("ServerIp") for one in servers))
    return Answer("; ".join(f"{what}: {shape}" for what, shape in seen.items()), seen)


def _there(found: bool) -> str:  # noqa: FBT001
    return PRESENT if found else ABSENT


def _form(identifier: str) -> str:
    if re.fullmatch("[0-9a-f]{32}", identifier):
        return "hex"
    try:
        return "uuid" if str(uuid.UUID(identifier)) == identifier.lower() else "other"
    except ValueError:
        return "other"


QUESTIONS = (
    Question(
        "answers.shapes",
        "Do answers hold addresses that nobody sent, and what does a CA's identifier look like?",
        "GetLoadBalancerAttribute, ListServerGroupServers",
        "`python -m local behave --from` plays it; the program is quiet either way.",
        shapes,
    ),
)
