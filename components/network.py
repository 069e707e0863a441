"""The network the load balancer stands in: one that exists, or one made for a demonstration."""

import shlex
from typing import TypedDict

import pulumi
from pulumi_alicloud import ecs, vpc

from components.identity import Identity
from components.settings.model import CreatedNetwork, DemoServer
from components.settings.model import Network as NetworkSettings

IMAGE = "aliyun_3_x64_20G_alibase_20240528.vhd"
INSTANCE_TYPE = "ecs.t6-c1m1.large"
"""What a server is made of if the stack file does not say. The loader lets that pass only where nothing is made of it."""
DISK_CATEGORY = "cloud_essd"
"""Named, although the cloud has a default: the default differs by zone, and reading it back would drift."""


class NetworkArgs(TypedDict):
    """Plain: zones and servers decide how many resources there are."""

    network: NetworkSettings
    identity: Identity


class Network(pulumi.ComponentResource):
    """References to a VPC and its vSwitches; or the same made anew, with servers that say their name.

    The security group lets in the server's port from inside the VPC, where ALB's own addresses are,
    and nothing else. The demonstration has no way in from the Internet but the load balancer.
    """

    vpc_id: pulumi.Output[str]
    zones: dict[str, pulumi.Output[str]]
    """Zone id -> vSwitch id."""
    instances: dict[str, pulumi.Output[str]]
    """Name of a demonstration server -> instance id; empty in an existing network."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:Network", name, None, opts)
        network, identity = args["network"], args["identity"]
        if isinstance(network, CreatedNetwork):
            self._create(name, network, identity)
        else:
            self.vpc_id = pulumi.Output.from_input(network.vpc_id)
            self.zones = {zone: pulumi.Output.from_input(vswitch) for zone, vswitch in sorted(network.zones.items())}
            self.instances = {}
        self.register_outputs({"vpc_id": self.vpc_id, "zones": self.zones, "instances": self.instances})

    def _create(self, name: str, network: CreatedNetwork, identity: Identity) -> None:
        self.vpc_id = vpc.Network(
            f"{name}-vpc",
            vpc_name=identity.name("vpc"),
            cidr_block=network.cidr,
            tags=identity.tags,
            opts=identity.child(self, "vpc"),
        ).id
        self.zones = {
            zone: self._vswitch(f"{name}-{zone}", zone, cidr, identity) for zone, cidr in sorted(network.zones.items())
        }
        group = self._security_group(name, network, identity) if network.servers else None
        self.instances = {
            key: self._instance(f"{name}-{key}", key, server, network, group.id, identity)
            for key, server in sorted(network.servers.items())
            if group
        }

    def _vswitch(self, name: str, zone: str, cidr: str, identity: Identity) -> pulumi.Output[str]:
        return vpc.Switch(
            name,
            vswitch_name=identity.name("vswitch", zone),
            vpc_id=self.vpc_id,
            zone_id=zone,
            cidr_block=cidr,
            tags=identity.tags,
            opts=identity.child(self, "vswitch", zone),
        ).id

    def _security_group(self, name: str, network: CreatedNetwork, identity: Identity) -> ecs.SecurityGroup:
        group = ecs.SecurityGroup(
            f"{name}-servers",
            security_group_name=identity.name("security-group"),
            vpc_id=self.vpc_id,
            tags=identity.tags,
            opts=identity.child(self, "security-group"),
        )
        ecs.SecurityGroupRule(
            f"{name}-servers-from-vpc",
            security_group_id=group.id,
            type="ingress",
            ip_protocol="tcp",
            port_range=f"{network.server_port}/{network.server_port}",
            cidr_ip=network.cidr,
            policy="accept",
            priority=1,
            nic_type="intranet",
            opts=pulumi.ResourceOptions(parent=self),
        )
        return group

    def _instance(
        self,
        name: str,
        key: str,
        server: DemoServer,
        network: CreatedNetwork,
        group_id: pulumi.Output[str],
        identity: Identity,
    ) -> pulumi.Output[str]:
        return ecs.Instance(
            name,
            instance_name=identity.name("instance", key),
            image_id=network.image_id or IMAGE,
            instance_type=network.instance_type or INSTANCE_TYPE,
            system_disk_category=DISK_CATEGORY,
            vswitch_id=self.zones[server.zone],
            private_ip=server.private_ip or None,
            security_groups=[group_id],
            user_data=greeting(key, network.server_port),
            tags=identity.tags,
            opts=identity.child(self, "instance", key),
        ).id


def greeting(server: str, port: int) -> str:
    """Shell script for a server's first boot: a web page that says the server's name, and nothing more."""
    return (
        "#!/bin/sh\n"
        "mkdir -p /srv/greeting && cd /srv/greeting\n"
        f"printf '%s\\n' {shlex.quote(server)} > index.html\n"
        f"systemd-run --unit=greeting --working-directory=/srv/greeting python3 -m http.server {port}\n"
    )
