"""`mtlsedge:network`: the VPC the load balancer stands in, an existing one or one made for a demonstration."""

import dataclasses
import ipaddress
from dataclasses import dataclass

from mtlsedge_components import forms
from mtlsedge_components.alb_limits import FEWEST_ZONES, MOST_ZONES, OF_ONE_ZONE
from mtlsedge_components.reading.declared import Entries, Setting, Shape, Text, Whole, setting
from mtlsedge_components.reading.nodes import Form, Node, Section

_SINGLE = " and ".join(f"`{region}`" for region in OF_ONE_ZONE) + ", where ALB has no other"
VPC_PREFIXES = range(8, 29)
VSWITCH_PREFIXES = range(16, 30)
"""Prefix lengths that CreateVpc and CreateVSwitch take."""
ZONE = forms.zone("")
VSWITCHES = Entries(ZONE, Text(forms.VSWITCH_ID), most=MOST_ZONES)
BLOCKS = Entries(ZONE, Text(forms.NETWORK), most=MOST_ZONES)


@dataclass(frozen=True)
class ExistingNetwork:
    """A VPC and vSwitches the stack refers to: zone id -> vSwitch id, two zones or more."""

    vpc_id: str = setting(Text(forms.VPC_ID), "a VPC that exists", "VPC", shown="–", allowed="`vpc-…`")
    zones: dict[str, str] = setting(
        VSWITCHES, "zones of the load balancer", "ALB", shown="**required** with `vpcId`",
        allowed=f"{FEWEST_ZONES} to {MOST_ZONES} zones of the region, each with a vSwitch (`vsw-…`) of its own; one in {_SINGLE}",
    )  # fmt: skip


@dataclass(frozen=True)
class DemoServer:
    """An ECS instance created for a demonstration; its name is what its server answers with."""

    zone: str = setting(Text(ZONE), "where it stands", "VPC", allowed="a zone of `network.create.zones`")
    private_ip: str = setting(
        Text(forms.ADDRESS, "address"), "its address", "VPC", default="", shown="the cloud's choice",
        allowed="a usable address of the zone's block, each once",
    )  # fmt: skip


DEMO_SERVER = Shape.of(DemoServer)


@dataclass(frozen=True)
class CreatedNetwork:
    """A network made for a demonstration: VPC, one vSwitch a zone, security group, ECS instances."""

    cidr: str = setting(
        Text(forms.NETWORK, "CIDR"), "block of the VPC", "VPC",
        allowed=f"/{VPC_PREFIXES[0]} to /{VPC_PREFIXES[-1]}, no host bits",
    )  # fmt: skip
    zones: dict[str, str] = setting(
        BLOCKS, "one vSwitch a zone", "VPC",
        allowed=f"{FEWEST_ZONES} to {MOST_ZONES} zones, each with a block of /{VSWITCH_PREFIXES[0]} to"
        f" /{VSWITCH_PREFIXES[-1]} inside the VPC's, none overlapping",
    )  # fmt: skip
    """Zone id -> CIDR block of its vSwitch."""
    servers: dict[str, DemoServer] = setting(
        Entries(forms.NAME, DEMO_SERVER), "ECS instances by name", "ours", default={}
    )
    image_id: str = setting(
        Text(forms.IMAGE_ID), "what servers are made from", "ECS", default="",
        allowed="an ECS image id; **required** with servers outside a local cloud",
    )  # fmt: skip
    instance_type: str = setting(
        Text(forms.INSTANCE_TYPE), "how large they are", "ECS", default="",
        allowed="such as `ecs.t6-c1m1.large`; **required** with servers outside a local cloud",
    )  # fmt: skip
    server_port: int = setting(Whole(1, 65535, "a port"), "port the security group opens", "ours", default=80)


Network = ExistingNetwork | CreatedNetwork
CREATED = Shape.of(CreatedNetwork)
NETWORK = Shape(
    {
        **{key: dataclasses.replace(one, default=None) for key, one in Shape.of(ExistingNetwork).settings.items()},
        "create": Setting(
            CREATED, "a network and servers for a demonstration", "ours", default=None, shown="–", allowed="see below"
        ),
    },
    one_of=("vpcId", "create"),
    needs={"vpcId": ("zones",)},
)


def read_network(node: Node, region: str) -> Network | None:
    """The network, or None when absent; its zones lie in `region`."""
    if node.value is None:
        return None
    section = NETWORK.section(node)
    kind = section.one_of(NETWORK.one_of)
    if kind == "create":
        section.only(("create",), beside="create")
        return _read_created(section["create"], region)
    zones = _read_zones(section["zones"], region, forms.VSWITCH_ID) if kind else {}
    _check_distinct(section["zones"], zones)
    return ExistingNetwork(vpc_id=section.text("vpcId", forms.VPC_ID, default=None if kind else ""), zones=zones)


def _read_zones(node: Node, region: str, form: Form) -> dict[str, str]:
    zone = forms.zone(region)
    zones = {name: child.text(form) for name, child in node.entries(zone)}
    listed = len(node.value) if isinstance(node.value, dict) else 0
    fewest = 1 if region in OF_ONE_ZONE else FEWEST_ZONES
    if not fewest <= listed <= MOST_ZONES:
        found = "1 zone" if listed == 1 else f"{listed} zones"
        node.refuse(f"{fewest} to {MOST_ZONES} zones, as an ALB instance has", found=found)
    return zones


def _check_distinct(node: Node, zones: dict[str, str]) -> None:
    """One vSwitch lies in one zone, so it cannot be that of two."""
    seen: set[str] = set()
    for zone, vswitch in zones.items():
        if vswitch and vswitch in seen:
            node.child(zone, vswitch).refuse("a vSwitch of its own for each zone")
        seen.add(vswitch)


def _read_created(node: Node, region: str) -> CreatedNetwork:
    section = CREATED.section(node)
    cidr = _read_block(section["cidr"], VPC_PREFIXES)
    zones = _read_zones(section["zones"], region, forms.NETWORK)
    _check_blocks(section["zones"], zones, cidr)
    made: CreatedNetwork = CREATED.make(section, cidr=cidr, zones=zones, servers=_read_servers(section, zones))
    return made


def _read_block(node: Node, prefixes: range) -> str:
    cidr = node.text(forms.NETWORK)
    if cidr and ipaddress.IPv4Network(cidr).prefixlen not in prefixes:
        node.refuse(f"a CIDR block of /{prefixes[0]} to /{prefixes[-1]}")
    return cidr


def _check_blocks(node: Node, zones: dict[str, str], vpc: str) -> None:
    """Blocks of vSwitches: of a size the cloud takes, inside the VPC's, apart from one another."""
    seen: dict[str, ipaddress.IPv4Network] = {}
    for zone, cidr in zones.items():
        if not cidr:
            continue
        child, block = node.child(zone, cidr), ipaddress.IPv4Network(cidr)
        _read_block(child, VSWITCH_PREFIXES)
        if vpc and not block.subnet_of(ipaddress.IPv4Network(vpc)):
            child.refuse(f"a CIDR block inside the VPC's {vpc}")
        for other, taken in seen.items():
            if block.overlaps(taken):
                child.refuse(f"a CIDR block that does not overlap {taken} of {other}")
        seen[zone] = block


def _read_servers(section: Section, zones: dict[str, str]) -> dict[str, DemoServer]:
    servers: dict[str, DemoServer] = {}
    for name, child in section.entries("servers", forms.NAME):
        server = _read_server(child, section, zones)
        if server.private_ip and server.private_ip in {known.private_ip for known in servers.values()}:
            child.child("privateIp", server.private_ip).refuse("an address of its own for each server")
        servers[name] = server
    return servers


def _read_server(node: Node, network: Section, zones: dict[str, str]) -> DemoServer:
    section = DEMO_SERVER.section(node)
    listed = network["zones"].value
    zone = section.choice("zone", tuple(str(name) for name in listed)) if isinstance(listed, dict) and listed else ""
    address = DEMO_SERVER.value(section, "privateIp")
    if address and zones.get(zone):
        _check_address(section["privateIp"], address, ipaddress.IPv4Network(zones[zone]))
    return DemoServer(zone=zone, private_ip=address)


def _check_address(node: Node, address: str, block: ipaddress.IPv4Network) -> None:
    """The cloud keeps the first and the last three addresses of a vSwitch to itself (CreateVSwitch)."""
    first, last = block.network_address + 1, block.broadcast_address - 3
    if not first <= ipaddress.IPv4Address(address) <= last:
        node.refuse(f"an address from {first} to {last}, the usable ones of the zone's {block}")
