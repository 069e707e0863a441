"""`mtlsedge:network`: the VPC the load balancer stands in, an existing one or one made for a demonstration."""

import ipaddress

from settings import forms
from settings.model import CreatedNetwork, DemoServer, ExistingNetwork, Network
from settings.reader import Form, Node, Section

FEWEST_ZONES, MOST_ZONES = 2, 10
"""Zones of an ALB instance, one vSwitch each [alibaba-cloud.md §1.6]; Manila, once a region of one zone, has two today."""
VPC_PREFIXES = range(8, 29)
VSWITCH_PREFIXES = range(16, 30)
"""Prefix lengths that CreateVpc and CreateVSwitch take."""


def read_network(node: Node, region: str) -> Network | None:
    """The network, or None when absent; its zones lie in `region`."""
    if node.value is None:
        return None
    section = node.section(("vpcId", "zones", "create"))
    kind = section.one_of(("vpcId", "create"))
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
    if not FEWEST_ZONES <= listed <= MOST_ZONES:
        found = "1 zone" if listed == 1 else f"{listed} zones"
        node.refuse(f"{FEWEST_ZONES} to {MOST_ZONES} zones, as an ALB instance has", found=found)
    return zones


def _check_distinct(node: Node, zones: dict[str, str]) -> None:
    """One vSwitch lies in one zone, so it cannot be that of two."""
    seen: set[str] = set()
    for zone, vswitch in zones.items():
        if vswitch and vswitch in seen:
            node.child(zone, vswitch).refuse("a vSwitch of its own for each zone")
        seen.add(vswitch)


def _read_created(node: Node, region: str) -> CreatedNetwork:
    section = node.section(("cidr", "zones", "servers", "imageId", "instanceType", "serverPort"))
    cidr = _read_block(section["cidr"], VPC_PREFIXES)
    zones = _read_zones(section["zones"], region, forms.NETWORK)
    _check_blocks(section["zones"], zones, cidr)
    return CreatedNetwork(
        cidr=cidr,
        zones=zones,
        servers=_read_servers(section, zones),
        image_id=section.text("imageId", forms.IMAGE_ID, default=CreatedNetwork.image_id),
        instance_type=section.text("instanceType", forms.INSTANCE_TYPE, default=CreatedNetwork.instance_type),
        server_port=section.integer("serverPort", 1, 65535, "a port", default=CreatedNetwork.server_port),
    )


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
    section = node.section(("zone", "privateIp"))
    listed = network["zones"].value
    zone = section.choice("zone", tuple(str(name) for name in listed)) if isinstance(listed, dict) and listed else ""
    address = section.text("privateIp", forms.ADDRESS, default=DemoServer.private_ip)
    if address and zones.get(zone):
        _check_address(section["privateIp"], address, ipaddress.IPv4Network(zones[zone]))
    return DemoServer(zone=zone, private_ip=address)


def _check_address(node: Node, address: str, block: ipaddress.IPv4Network) -> None:
    """The cloud keeps the first and the last three addresses of a vSwitch to itself (CreateVSwitch)."""
    first, last = block.network_address + 1, block.broadcast_address - 3
    if not first <= ipaddress.IPv4Address(address) <= last:
        node.refuse(f"an address from {first} to {last}, the usable ones of the zone's {block}")
