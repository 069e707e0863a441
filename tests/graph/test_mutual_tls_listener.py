"""The one component that has all a listener with client verification needs: what it asks for, and what it cannot be made to."""

from typing import Any

import pulumi
import pytest

from mtlsedge_components.mutual_tls_listener import MutualTlsListener, MutualTlsListenerArgs
from tests.graph.harness import Graph, deploy

ARGS: dict[str, Any] = {
    "generations": [{"name": "2026", "subject": {"common_name": "Root 2026"}}],
    "certificate_id": "1-ap-southeast-1",
    "server_groups": {
        "web": {"servers": {"ECS01": {"id": "i-1", "port": 80}}},
        "api": {"id": "sgp-api"},
    },
    "default_group": "web",
    "rules": {"api": {"server_group": "api", "priority": 10, "paths": ["/api/*"]}},
    "vpc_id": "vpc-1",
    "vswitch_ids": {"ap-southeast-1a": "vsw-1", "ap-southeast-1b": "vsw-2"},
    "http_port": 80,
    "allow_from": {"10.0.0.0/8": "offices"},
    "clients": {"alice": {}, "reports": {"validity_days": 7, "renew_before_days": 2}},
}


def made(**changes: Any) -> Graph:
    """The resources of one such component."""

    def run() -> None:
        edge = MutualTlsListener("edge", {**ARGS, **changes})
        pulumi.export("clients", edge.clients)
        pulumi.export("dns", edge.dns_name)

    return deploy(run)


@pytest.fixture(scope="module")
def graph() -> Graph:
    return made()


def test_one_call_makes_the_whole(graph: Graph) -> None:
    """Load balancer, both listeners, group, rule, white list, authority, upload and two clients."""
    assert len(graph.of("alb/loadBalancer:LoadBalancer")) == 1
    protocols = {one.inputs["listenerProtocol"] for one in graph.of("alb/listener:Listener").values()}
    assert protocols == {"HTTPS", "HTTP"}
    assert set(graph.of("alb/serverGroup:ServerGroup")) >= {"edge-servers-web"}
    assert len(graph.of("alb/listenerAclAttachment:ListenerAclAttachment")) == 2
    profiles = sorted(one.inputs["profile"] for one in graph.of(":Certificate").values())
    assert profiles == ["client", "client", "intermediate", "root"]
    assert len(graph.of(":UploadedCa")) == 1


def test_its_defaults_are_the_strict_ones(graph: Graph) -> None:
    """Verification on, TLS 1.2 as floor, the instance protected from deletion, plain HTTP only redirected."""
    (https,) = [one for one in graph.of("alb/listener:Listener").values() if one.inputs["listenerProtocol"] == "HTTPS"]
    assert https.inputs["caEnabled"] is True
    assert https.inputs["securityPolicyId"] == "tls_cipher_policy_1_2_strict_with_1_3"
    (balancer,) = graph.of("alb/loadBalancer:LoadBalancer").values()
    assert balancer.inputs["deletionProtectionEnabled"] is True
    redirects = [action["type"] for one in graph.of("alb/rule:Rule").values() for action in one.inputs["ruleActions"]]
    assert sorted(redirects) == ["ForwardGroup", "Redirect"]


def test_no_argument_lets_a_client_in_without_a_certificate() -> None:
    """Neither verification nor the redirect can be taken away: there is no such argument."""
    names = set(MutualTlsListenerArgs.__annotations__)
    assert not names & {"client_verification", "http_forwards", "ca_certificate_id"}


def test_a_rule_leads_to_the_group_it_names(graph: Graph) -> None:
    """By its name in `server_groups`, whether the group is made here or was there."""
    (actions,) = [node for name, node in graph.of(":RuleActions").items() if "rule-api" in name]
    (action,) = actions.inputs["actions"]
    assert action["forwardGroupConfig"]["serverGroupTuples"][0]["serverGroupId"] == "sgp-api"


def test_a_client_keeps_what_it_was_told(graph: Graph) -> None:
    """Seven days for one, the default thirty for the other."""
    days = {name: one.inputs["validity_days"] for name, one in graph.of(":Certificate").items() if "client" in name}
    assert days == {"edge-client-alice-leaf@2026": 30, "edge-client-reports-leaf@2026": 7}


def test_a_rotation_keeps_what_clients_carry() -> None:
    """With two generations a client has a leaf of the issuing one and of the older one, and both roots are bridged."""
    root = {"subject": {"common_name": "Root"}}
    generations = [{"name": "2026", **root}, {"name": "2027", **root}]
    graph = made(generations=generations, issuing="2027", trusted="2026", delivered={"alice": "2026"})
    leaves = {name for name in graph.of(":Certificate") if "alice" in name}
    assert leaves == {"edge-client-alice-leaf@2026", "edge-client-alice-leaf@2027"}
    (ledger,) = graph.of(":GenerationLedger").values()
    assert (ledger.inputs["delivered"], ledger.inputs["undeclared"]) == ({"alice": "2026"}, ["reports"])
