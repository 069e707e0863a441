"""vSwitches: one block of a network's addresses in one zone. Ready at once, since the provider asks at once."""

import ipaddress
from functools import cache, partial

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import being, default_or_not, new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.parameters import echo
from local.cloud.products import VPC
from local.cloud.store import Document
from local.cloud.vpc import ipv6, networks

KIND = "vpc.vswitch"
DEFAULT_BITS = 20
"""Of a default vSwitch's block."""


@action(VPC, "CreateVSwitch", source="provider source", writes=True)
def create_vswitch(call: Call) -> Response:
    """A vSwitch whose block lies in the network's and overlaps no other's."""
    network = networks.find(call, call.parameters.required("VpcId"))
    if network["Status"] != "Available":
        raise refused("IncorrectVpcStatus", "The status of the VPC is incorrect: Pending.")
    document = _new(call, network, _block(call, network))
    document["Tags"] = tagging.sent(call.parameters)
    echo(call.parameters, document, "VSwitchName", "Description")
    return _created(call, document)


@action(VPC, "CreateDefaultVSwitch", source="provider source", writes=True)
def create_default_vswitch(call: Call) -> Response:
    """A zone's vSwitch in the region's default network, which comes into being if need be; its block is the first that is free."""
    network = networks.default(call)
    own = call.store.where(KIND, ("VpcId", (network["VpcId"],)))
    if any(one["IsDefault"] and one["ZoneId"] == _zone(call) for one in own):
        raise refused("InvalidDefaultVSwitch.AlreadyExist", "The zone has a default vSwitch already.")
    taken = [ipaddress.IPv4Network(one["CidrBlock"]) for one in own]
    free = ipaddress.IPv4Network(network["CidrBlock"]).subnets(new_prefix=DEFAULT_BITS)
    block = next(str(one) for one in free if not any(one.overlaps(other) for other in taken))
    return _created(call, {**_new(call, network, block), "IsDefault": True})


@action(VPC, "DescribeVSwitchAttributes", source="provider source")
def describe_vswitch_attributes(call: Call) -> Response:
    """One vSwitch; 404 when it is gone."""
    document = find(call, call.parameters.required("VSwitchId"))
    network = networks.find(call, document["VpcId"])
    return {**_shown(call, document), "RouteTable": _table(network["RouteTableId"])}


@action(VPC, "DescribeVSwitches", source="sdk model")
def describe_vswitches(call: Call) -> Response:
    """All vSwitches, or those of a network, a zone, an id, a name or a resource group, the defaults or the others."""
    names = ("VpcId", "ZoneId", "VSwitchId", "VSwitchName", "ResourceGroupId")
    fitting = call.store.where(KIND, *being(call.parameters, *names), *default_or_not(call.parameters))
    here = cache(partial(_is_here, call))
    found = [one for one in fitting if here(one["VpcId"])]
    page, counters = numbered_page(call.parameters, found)
    tables = {one["VpcId"]: networks.find(call, one["VpcId"])["RouteTableId"] for one in page}
    shown = [{**_shown(call, one), "RouteTable": _table(tables[one["VpcId"]])} for one in page]
    return {"VSwitches": {"VSwitch": shown}, **counters}


@action(VPC, "ModifyVSwitchAttribute", source="provider source", writes=True)
def modify_vswitch_attribute(call: Call) -> Response:
    """Change name, description and IPv6; an empty text clears."""
    document = find(call, call.parameters.required("VSwitchId"))
    echo(call.parameters, document, "VSwitchName", "Description")
    ipv6.switch_vswitch(call, document)
    call.store.put(KIND, document["VSwitchId"], document)
    return {}


@action(VPC, "DeleteVSwitch", source="provider source", writes=True)
def delete_vswitch(call: Call) -> Response:
    """Remove a vSwitch nothing stands on."""
    id = find(call, call.parameters.required("VSwitchId"))["VSwitchId"]
    kinds = ("ecs.instance", "ecs.network_interface")
    instances = any(call.store.where(kind, ("VSwitchId", (id,))) for kind in kinds)
    balancers = [d for d in call.store.list("alb.load_balancer") if id in [z["VSwitchId"] for z in d["ZoneMappings"]]]
    if instances or balancers:
        raise in_use(
            "DependencyViolation",
            "The vSwitch cannot be deleted: an instance, network interface or load balancer is on it.",
        )
    call.store.delete(KIND, id)
    return {}


def _new(call: Call, network: Document, block: str) -> Document:
    document: Document = {
        "VSwitchId": new_id("vsw"),
        "VpcId": network["VpcId"],
        "ZoneId": _zone(call),
        "CidrBlock": block,
        "Status": "Available",
        "CreationTime": now_text(),
        "ResourceGroupId": "rg-default",
        "IsDefault": False,
        "Tags": [],
        "EnabledIpv6": False,
        "Ipv6CidrBlock": "",
    }
    call.parameters.text("VpcIpv6CidrBlock")  # counts where a block is given
    if call.parameters.text("Ipv6CidrBlock"):
        ipv6.give_vswitch(call, document)
    return document


def _created(call: Call, document: Document) -> Response:
    call.store.put(KIND, document["VSwitchId"], document)
    return {"VSwitchId": document["VSwitchId"]}


def _is_here(call: Call, network_id: str) -> bool:
    network = call.store.get(networks.KIND, network_id)
    return network is not None and network["RegionId"] == call.region


def find(call: Call, id: str) -> Document:
    """The vSwitch, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidVSwitchId.NotFound", "vSwitch"))


def free_address(call: Call, vswitch: Document) -> str:
    """The lowest address of the block nobody has; the first three hosts are the cloud's own [assumed]."""
    taken = taken_addresses(call)
    hosts = ipaddress.IPv4Network(vswitch["CidrBlock"]).hosts()
    for number, host in enumerate(hosts):
        if number >= 3 and str(host) not in taken:
            return str(host)
    raise refused("InvalidVSwitchId.IpNotEnough", "The vSwitch has no free address left.")


def taken_addresses(call: Call) -> set[str]:
    """Every private IPv4 address of an instance or a network interface."""
    taken = {document["PrivateIpAddress"] for document in call.store.list("ecs.instance")}
    for interface in call.store.list("ecs.network_interface"):
        taken |= {interface["PrimaryIpAddress"], *interface["SecondaryAddresses"]}
    return taken


def _zone(call: Call) -> str:
    zone = call.parameters.required("ZoneId")
    if not zone.startswith(call.region):
        raise refused("InvalidZoneId", "The specified zone is not in the region.")
    return zone


def _block(call: Call, network: Document) -> str:
    text = call.parameters.required("CidrBlock")
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid("CidrBlock", "an IPv4 block such as 192.168.1.0/24 is expected") from None
    inside = any(block.subnet_of(ipaddress.IPv4Network(own)) for own in networks.blocks(network))
    if not 16 <= block.prefixlen <= 29 or not inside:
        raise refused("InvalidCidrBlock.Mismatch", "The block must have 16 to 29 bits and lie in a block of the VPC.")
    others = [d["CidrBlock"] for d in call.store.where(KIND, ("VpcId", (network["VpcId"],)))]
    if any(block.overlaps(ipaddress.IPv4Network(other)) for other in others):
        raise refused("InvalidCidrBlock.Overlapped", "The block overlaps another vSwitch's.")
    return text


def _table(id: str) -> Response:
    return {"RouteTableId": id, "RouteTableType": "System"}


def _shown(call: Call, document: Document) -> Response:
    block = ipaddress.IPv4Network(document["CidrBlock"])
    return {
        "Description": "",
        "VSwitchName": "",
        "NetworkAclId": "",
        "OwnerId": call.context.account_id,
        "ShareType": "",
        "AvailableIpAddressCount": block.num_addresses - 4,
        **document,
        "Tags": {"Tag": document["Tags"]},
    }
