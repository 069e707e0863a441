"""Server groups, the servers in them, and the network they stand in."""

from dataclasses import replace
from typing import Any

import pytest

from settings.model import (
    ExistingNetwork,
    HealthCheck,
    Server,
    Stickiness,
)
from settings.server_groups import ConnectionDrain, SlowStart
from tests.graph import samples
from tests.graph.harness import graph_of, local_graph

SERVER_GROUP = "alb/serverGroup:ServerGroup"


def web(**changes: object) -> dict[str, Any]:
    """Inputs of the server group `web`, changed."""
    graph = graph_of(samples.local(server_groups={"web": samples.group("web", **changes)}))
    return graph.of(SERVER_GROUP)["server-groups-web"].inputs


def servers(**changes: object) -> dict[str, Any]:
    """Servers of the group `web`, changed, as this program manages them."""
    graph = graph_of(samples.local(server_groups={"web": samples.group("web", **changes)}))
    found: dict[str, Any] = graph.of(":ServerGroupServers")["server-groups-web-servers"].inputs["servers"]
    return found


def test_what_is_said_of_a_group_is_sent_and_nothing_else() -> None:
    """Slow start, drain, keep-alive, zones and the hashed parameter; a group that says none keeps what ALB has."""
    said = samples.group(
        "web", scheduler="Uch", hash_key="user", slow_start=SlowStart(enabled=False, duration=60),
        connection_drain=ConnectionDrain(enabled=True, timeout=20), upstream_keepalive_enabled=True, cross_zone_enabled=False,
        resource_group_id="rg-1",
    )  # fmt: skip
    sent = {
        "scheduler": "Uch",
        "uchConfig": {"type": "QueryString", "value": "user"},
        "slowStartConfig": {"slowStartEnabled": False, "slowStartDuration": 60},
        "connectionDrainConfig": {"connectionDrainEnabled": True, "connectionDrainTimeout": 20},
        "upstreamKeepaliveEnabled": True,
        "crossZoneEnabled": False,
        "resourceGroupId": "rg-1",
    }
    inputs = graph_of(replace(samples.LOCAL, server_groups={"web": said})).of(SERVER_GROUP)["server-groups-web"].inputs
    assert {key: inputs[key] for key in sent} == sent
    silent = graph_of(samples.LOCAL).of(SERVER_GROUP)["server-groups-web"].inputs
    assert set(sent) & set(silent) == {"scheduler"}


def test_servers_have_a_weight_and_no_empty_address() -> None:
    """Weight is always sent (absent means 0); an instance's address only if it was set."""
    first = servers()["ECS01"]
    assert first["weight"] == 100
    assert first["server_id"] == "network-ECS01-id"
    assert (first["server_type"], first["server_ip"]) == ("Ecs", "")


def test_servers_by_address_say_it_twice() -> None:
    """A member of an IP group has its address as id and as address."""
    members = {"a": Server("a", "10.0.0.8", 8080, weight=0)}
    inputs = web(type="ip", servers=members)
    assert inputs["serverGroupType"] == "Ip"
    assert servers(type="ip", servers=members) == {
        "a": {"server_id": "10.0.0.8", "server_ip": "10.0.0.8", "server_type": "Ip", "port": 8080, "weight": 0,
              "description": "web/a"}
    }  # fmt: skip


def test_the_provider_compares_no_servers_zones_or_actions() -> None:
    """It would compare what ALB fills in as well; three resources of this program compare what was declared."""
    graph = graph_of(samples.local())
    assert "servers" not in web()
    assert graph.of(SERVER_GROUP)["server-groups-web"].ignored == {"servers", "uchConfig"}
    assert graph.of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].ignored == {"zoneMappings"}
    zones = graph.of(":LoadBalancerZones")["load-balancer-zones"].inputs["zones"]
    assert zones == {f"ap-southeast-1{z}": f"network-ap-southeast-1{z}-id" for z in "ab"}


@pytest.mark.parametrize(
    ("sticky", "expected"),
    [
        (None, {"stickySessionEnabled": False}),
        (Stickiness("insert", timeout=60),
         {"stickySessionEnabled": True, "stickySessionType": "Insert", "cookieTimeout": 60}),
        (Stickiness("server", cookie="sid"),
         {"stickySessionEnabled": True, "stickySessionType": "Server", "cookie": "sid"}),
    ],
)  # fmt: skip
def test_stickiness_is_always_said(sticky: Stickiness | None, expected: dict[str, Any]) -> None:
    """The block is there even when off, for the provider cannot take it away."""
    assert web(stickiness=sticky)["stickySessionConfig"] == expected


def test_a_tcp_probe_has_no_path_and_none_probes_nothing() -> None:
    """What a protocol has no use for is not sent."""
    tcp = web(health_check=HealthCheck(protocol="TCP"))["healthCheckConfig"]
    assert not {"healthCheckPath", "healthCheckMethod", "healthCheckCodes"} & tcp.keys()
    assert web(health_check=HealthCheck(enabled=False))["healthCheckConfig"] == {"healthCheckEnabled": False}


def test_a_probes_version_of_http_is_said_only_by_who_says_it() -> None:
    """A stack that says none is sent as before; ALB then takes its own."""
    assert "healthCheckHttpVersion" not in web(health_check=HealthCheck())["healthCheckConfig"]
    said = web(health_check=HealthCheck(http_version="HTTP1.0"))["healthCheckConfig"]
    assert said["healthCheckHttpVersion"] == "HTTP1.0"


def test_the_demonstration_lets_in_the_server_port_from_its_vpc_only() -> None:
    """The security group has one rule: the port, over TCP, from the VPC's block."""
    (rule,) = local_graph().of(":SecurityGroupRule").values()
    assert (rule.inputs["portRange"], rule.inputs["cidrIp"], rule.inputs["type"]) == (
        "80/80",
        "192.168.0.0/16",
        "ingress",
    )


def test_demonstration_servers_say_their_name() -> None:
    """Instance name and first-boot script carry the server's name; the disk's category is said, so it cannot drift."""
    server = local_graph().of("ecs/instance:Instance")["network-ECS01"].inputs
    assert server["instanceName"] == "ECS01"
    assert "printf '%s\\n' ECS01" in server["userData"]
    assert server["systemDiskCategory"] == "cloud_essd"


def test_a_network_without_servers_has_no_security_group() -> None:
    """What nobody needs is not made."""
    graph = graph_of(samples.local(
        network=replace(samples.NETWORK, servers={}),
        server_groups={"web": samples.group("web", servers={"ECS01": Server("ECS01", "i-1", 80)})},
    ))  # fmt: skip
    assert not graph.of("securityGroup:SecurityGroup") | graph.of("ecs/instance:Instance")


def test_an_existing_network_is_only_referred_to() -> None:
    """Ids of a VPC and its vSwitches flow through; nothing is made."""
    network = ExistingNetwork("vpc-1", {"b": "vsw-2", "a": "vsw-1"})
    groups = {"web": samples.group("web", servers={"ECS01": Server("ECS01", "i-1", 80)})}
    graph = graph_of(samples.local(network=network, server_groups=groups))
    assert not [node for node in graph.nodes.values() if node.type.startswith(("alicloud:vpc", "alicloud:ecs"))]
    instance = graph.of("alb/loadBalancer:LoadBalancer")["load-balancer-instance"].inputs
    assert (instance["vpcId"], [zone["vswitchId"] for zone in instance["zoneMappings"]]) == (
        "vpc-1",
        ["vsw-1", "vsw-2"],
    )
