"""The network the load balancer stands in: one that exists, or one made for a demonstration."""

import shlex
from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import ecs, vpc

from mtlsedge_components.identity import Identity, IdentityArgs

IMAGE = "aliyun_3_x64_20G_alibase_20240528.vhd"
INSTANCE_TYPE = "ecs.t6-c1m1.large"
"""What a server is made of if no argument says."""
DISK_CATEGORY = "cloud_essd"
"""Named, although the cloud has a default: the default differs by zone, and reading it back would drift."""
SERVER_PORT = 80


class ExistingNetworkArgs(TypedDict):
    """A VPC and vSwitches that exist. They are referred to and never changed."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC (`vpc-…`)."""
    vswitch_ids: dict[str, pulumi.Input[str]]
    """Zone id -> vSwitch id. ALB wants two zones or more."""


class DemonstrationServerArgs(TypedDict):
    """An ECS instance whose web page says its name."""

    zone: str
    """Zone id, one of `vswitch_cidr_blocks`."""
    private_ip: NotRequired[str]
    """Its address in the zone's vSwitch. Default: the cloud chooses."""


class CreatedNetworkArgs(TypedDict):
    """A network made for a demonstration: VPC, one vSwitch a zone, security group, ECS instances."""

    cidr_block: str
    """IPv4 block of the VPC, /8 to /28."""
    vswitch_cidr_blocks: dict[str, str]
    """Zone id -> IPv4 block of its vSwitch, /16 to /29, inside the VPC's. ALB wants two zones or more."""
    servers: NotRequired[dict[str, DemonstrationServerArgs]]
    """Demonstration servers by name. Default: none, and no security group."""
    image_id: NotRequired[str]
    """Image of the servers. Default: an Alibaba Cloud Linux 3 of 2024."""
    instance_type: NotRequired[str]
    """ECS instance type of the servers. Default: `ecs.t6-c1m1.large`."""
    server_port: NotRequired[int]
    """Port the servers listen on, and the one port their security group lets in. Default: 80."""


class NetworkArgs(TypedDict):
    """Exactly one of `existing` and `created`. Zones and servers decide how many resources there are."""

    existing: NotRequired[ExistingNetworkArgs]
    """The network that exists."""
    created: NotRequired[CreatedNetworkArgs]
    """The network to make."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class Network(pulumi.ComponentResource):
    """References to a VPC and its vSwitches; or the same made anew, with servers that say their name.

    The security group lets in the server's port from inside the VPC, where ALB's own addresses are,
    and nothing else. The demonstration has no way in from the Internet but the load balancer.
    """

    vpc_id: pulumi.Output[str]
    """Id of the VPC."""
    zones: dict[str, pulumi.Output[str]]
    """Zone id -> vSwitch id."""
    instances: dict[str, pulumi.Output[str]]
    """Name of a demonstration server -> instance id; empty in an existing network."""

    def __init__(self, name: str, args: NetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:Network", name, None, opts)
        existing, created = args.get("existing"), args.get("created")
        if (existing is None) == (created is None):
            raise pulumi.RunError(f"{name}: found both or neither of existing and created; allowed: exactly one")
        if created is not None:
            self._create(name, created, Identity.of(args.get("identity")))
        if existing is not None:
            self.vpc_id = pulumi.Output.from_input(existing["vpc_id"])
            self.zones = {
                zone: pulumi.Output.from_input(vswitch) for zone, vswitch in sorted(existing["vswitch_ids"].items())
            }
            self.instances = {}
        self.register_outputs({"vpc_id": self.vpc_id, "zones": self.zones, "instances": self.instances})

    def _create(self, name: str, network: CreatedNetworkArgs, identity: Identity) -> None:
        self.vpc_id = vpc.Network(
            f"{name}-vpc",
            vpc_name=identity.name("vpc"),
            cidr_block=network["cidr_block"],
            tags=identity.tags,
            opts=identity.child(self, "vpc"),
        ).id
        self.zones = {
            zone: self._vswitch(f"{name}-{zone}", zone, cidr, identity)
            for zone, cidr in sorted(network["vswitch_cidr_blocks"].items())
        }
        servers = network.get("servers", {})
        group = self._security_group(name, network, identity) if servers else None
        self.instances = {
            key: self._instance(f"{name}-{key}", key, server, network, group.id, identity)
            for key, server in sorted(servers.items())
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

    def _security_group(self, name: str, network: CreatedNetworkArgs, identity: Identity) -> ecs.SecurityGroup:
        port = network.get("server_port", SERVER_PORT)
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
            port_range=f"{port}/{port}",
            cidr_ip=network["cidr_block"],
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
        server: DemonstrationServerArgs,
        network: CreatedNetworkArgs,
        group_id: pulumi.Output[str],
        identity: Identity,
    ) -> pulumi.Output[str]:
        options = identity.child(self, "instance", key)
        options.replace_on_changes = [
            "vswitchId"
        ]  # ECS moves an instance within its zone only, and a zone has one here
        return ecs.Instance(
            name,
            instance_name=identity.name("instance", key),
            image_id=network.get("image_id") or IMAGE,
            instance_type=network.get("instance_type") or INSTANCE_TYPE,
            system_disk_category=DISK_CATEGORY,
            vswitch_id=self.zones[server["zone"]],
            private_ip=server.get("private_ip") or None,
            security_groups=[group_id],
            user_data=greeting(key, network.get("server_port", SERVER_PORT)),
            tags=identity.tags,
            opts=options,
        ).id


def greeting(server: str, port: int) -> str:
    """Shell script for a server's first boot: a web page that says the server's name, and nothing more."""
    return (
        "#!/bin/sh\n"
        "mkdir -p /srv/greeting && cd /srv/greeting\n"
        f"printf '%s\\n' {shlex.quote(server)} > index.html\n"
        f"systemd-run --unit=greeting --working-directory=/srv/greeting python3 -m http.server {port}\n"
    )
