"""vSwitches: one block of a network's addresses in one zone. Ready at once, since the provider asks at once."""

import ipaddress

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.parameters import echo
from local.cloud.products import VPC
from local.cloud.store import Document
from local.cloud.vpc import networks

KIND = "vpc.vswitch"


@action(VPC, "CreateVSwitch", source="provider source", writes=True)
def create_vswitch(call: Call) -> Response:
    """A vSwitch whose block lies in the network's and overlaps no other's."""
    network = networks.find(call, call.parameters.required("VpcId"))
    if network["Status"] != "Available":
        raise refused("IncorrectVpcStatus", "The status of the VPC is incorrect: Pending.")
    document = {
        "VSwitchId": new_id("vsw"),
        "VpcId": network["VpcId"],
        "ZoneId": _zone(call),
        "CidrBlock": _block(call, network),
        "Status": "Available",
        "CreationTime": now_text(),
        "ResourceGroupId": "rg-default",
        "Tags": [],
    }
    echo(call.parameters, document, "VSwitchName", "Description")
    call.store.put(KIND, document["VSwitchId"], document)
    return {"VSwitchId": document["VSwitchId"]}


@action(VPC, "DescribeVSwitchAttributes", source="provider source")
def describe_vswitch_attributes(call: Call) -> Response:
    """One vSwitch; 404 when it is gone."""
    return _shown(find(call, call.parameters.required("VSwitchId")))


@action(VPC, "DescribeVSwitches", source="sdk model")
def describe_vswitches(call: Call) -> Response:
    """All vSwitches, or those of a network, a zone, an id or a name."""
    filters = {name: value for name in ("VpcId", "ZoneId", "VSwitchId", "VSwitchName")
               if (value := call.parameters.text(name))}  # fmt: skip
    found = [_shown(d) for d in call.store.list(KIND) if all(d.get(name) == value for name, value in filters.items())]
    page, counters = numbered_page(call.parameters, found)
    return {"VSwitches": {"VSwitch": page}, **counters}


@action(VPC, "ModifyVSwitchAttribute", source="provider source", writes=True)
def modify_vswitch_attribute(call: Call) -> Response:
    """Change name and description; an empty one clears."""
    document = find(call, call.parameters.required("VSwitchId"))
    echo(call.parameters, document, "VSwitchName", "Description")
    call.store.put(KIND, document["VSwitchId"], document)
    return {}


@action(VPC, "DeleteVSwitch", source="provider source", writes=True)
def delete_vswitch(call: Call) -> Response:
    """Remove a vSwitch nothing stands on."""
    id = find(call, call.parameters.required("VSwitchId"))["VSwitchId"]
    instances = [d for d in call.store.list("ecs.instance") if d["VSwitchId"] == id]
    balancers = [d for d in call.store.list("alb.load_balancer") if id in [z["VSwitchId"] for z in d["ZoneMappings"]]]
    if instances or balancers:
        raise in_use("DependencyViolation", "The vSwitch cannot be deleted: an instance or load balancer is on it.")
    call.store.delete(KIND, id)
    return {}


def find(call: Call, id: str) -> Document:
    """The vSwitch, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidVSwitchId.NotFound", "vSwitch"))


def free_address(call: Call, vswitch: Document) -> str:
    """The lowest address of the block no instance has; the first three hosts are the cloud's own [assumed]."""
    taken = {document.get("PrivateIpAddress") for document in call.store.list("ecs.instance")}
    hosts = ipaddress.IPv4Network(vswitch["CidrBlock"]).hosts()
    for number, host in enumerate(hosts):
        if number >= 3 and str(host) not in taken:
            return str(host)
    raise refused("InvalidVSwitchId.IpNotEnough", "The vSwitch has no free address left.")


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
    if not 16 <= block.prefixlen <= 29 or not block.subnet_of(ipaddress.IPv4Network(network["CidrBlock"])):
        raise refused("InvalidCidrBlock.Mismatch", "The block must have 16 to 29 bits and lie in the VPC's block.")
    others = [d["CidrBlock"] for d in call.store.list(KIND) if d["VpcId"] == network["VpcId"]]
    if any(block.overlaps(ipaddress.IPv4Network(other)) for other in others):
        raise refused("InvalidCidrBlock.Overlapped", "The block overlaps another vSwitch's.")
    return text


def _shown(document: Document) -> Response:
    block = ipaddress.IPv4Network(document["CidrBlock"])
    return {
        "Description": "",
        "VSwitchName": "",
        "IsDefault": False,
        "EnabledIpv6": False,
        "Ipv6CidrBlock": "",
        "AvailableIpAddressCount": block.num_addresses - 4,
        **document,
        "Tags": {"Tag": document["Tags"]},
    }
