"""Networks (VPCs) and the system route table each one has."""

import ipaddress

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use, invalid
from local.cloud.parameters import echo
from local.cloud.products import VPC
from local.cloud.store import Document

KIND = "vpc.vpc"
DEFAULT_CIDR = "172.16.0.0/12"
_RESERVED = [ipaddress.ip_network(block) for block in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "0.0.0.0/8")]


@action(VPC, "CreateVpc", source="provider source", writes=True)
def create_vpc(call: Call) -> Response:
    """A network, Pending until it settles, with its router and system route table."""
    document: Document = {
        "VpcId": new_id("vpc"),
        "VRouterId": new_id("vrt"),
        "RouteTableId": new_id("vtb"),
        "CidrBlock": _network_block(call.parameters.text("CidrBlock", DEFAULT_CIDR)),
        "RegionId": call.region,
        "ResourceGroupId": call.parameters.text("ResourceGroupId", "rg-default"),
        "Status": "Pending",
        "CreationTime": now_text(),
        "ClassicLinkEnabled": False,
        "Tags": tagging.sent(call.parameters),
    }
    echo(call.parameters, document, "VpcName", "Description")
    call.store.put(KIND, document["VpcId"], document)
    call.context.transitions.later(KIND, document["VpcId"], Status="Available")
    return {key: document[key] for key in ("VpcId", "VRouterId", "RouteTableId", "ResourceGroupId")}


@action(VPC, "DescribeVpcAttribute", source="provider source")
def describe_vpc_attribute(call: Call) -> Response:
    """One network; 404 when it is gone."""
    return _shown(call, find(call, call.parameters.required("VpcId")))


@action(VPC, "DescribeVpcs", source="sdk model")
def describe_vpcs(call: Call) -> Response:
    """All networks, or those named by VpcId (comma list) or VpcName."""
    wanted = [id for id in call.parameters.text("VpcId").split(",") if id]
    name = call.parameters.text("VpcName")
    found = [
        document
        for document in call.store.list(KIND)
        if (not wanted or document["VpcId"] in wanted) and name in ("", document.get("VpcName"))
    ]
    page, counters = numbered_page(call.parameters, [_shown(call, document) for document in found])
    return {"Vpcs": {"Vpc": page}, **counters}


@action(VPC, "ModifyVpcAttribute", source="provider source", writes=True)
def modify_vpc_attribute(call: Call) -> Response:
    """Change name and description; an empty one clears. A new CIDR block is not compared with the vSwitches."""
    document = find(call, call.parameters.required("VpcId"))
    echo(call.parameters, document, "VpcName", "Description")
    if block := call.parameters.text("CidrBlock"):
        document["CidrBlock"] = _network_block(block)
    call.store.put(KIND, document["VpcId"], document)
    return {}


@action(VPC, "MoveResourceGroup", source="provider source", writes=True)
def move_resource_group(call: Call) -> Response:
    """Put a network or vSwitch into another resource group."""
    kind = "vpc.vswitch" if call.parameters.text("ResourceType").lower() == "vswitch" else KIND
    id = call.parameters.required("ResourceId")
    document = require(call.store, kind, id, gone("ResourceNotFound", "resource"))
    call.store.put(kind, id, {**document, "ResourceGroupId": call.parameters.required("NewResourceGroupId")})
    return {}


@action(VPC, "DeleteVpc", source="provider source", writes=True)
def delete_vpc(call: Call) -> Response:
    """Remove an empty network; what still lies in it is named by the error."""
    id = find(call, call.parameters.required("VpcId"))["VpcId"]
    for kind, what in _CONTENTS.items():
        if any(document.get("VpcId") == id for document in call.store.list(kind)):
            raise in_use(f"DependencyViolation.{what}", f"The VPC cannot be deleted: a {what} is still in it.")
    call.store.delete(KIND, id)
    return {}


_CONTENTS = {
    "vpc.vswitch": "VSwitch",
    "ecs.security_group": "SecurityGroup",
    "alb.load_balancer": "LoadBalancer",
}
"""Kinds of documents that keep a network from being deleted, and how the error names them."""


@action(VPC, "DescribeRouteTableList", source="provider source")
def describe_route_table_list(call: Call) -> Response:
    """The system route tables, one a network; creating a network fails in the provider without its own."""
    wanted = call.parameters.text("VpcId")
    networks = [document for document in call.store.list(KIND) if wanted in ("", document["VpcId"])]
    page, counters = numbered_page(call.parameters, [_route_table(document) for document in networks])
    return {"RouterTableList": {"RouterTableListType": page}, **counters}


@action(VPC, "ModifyRouteTableAttributes", source="provider source", writes=True)
def modify_route_table_attributes(call: Call) -> Response:
    """Name and description of a system route table."""
    table = call.parameters.required("RouteTableId")
    document = next((d for d in call.store.list(KIND) if d["RouteTableId"] == table), None)
    if document is None:
        raise gone("InvalidRouteTableId.NotFound", "route table")
    for name, key in (("RouteTableName", "RouteTableName"), ("Description", "RouteTableDescription")):
        if name in call.parameters:
            document[key] = call.parameters.text(name)
    call.store.put(KIND, document["VpcId"], document)
    return {}


def find(call: Call, id: str) -> Document:
    """The network, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidVpcID.NotFound", "VPC"))


def _shown(call: Call, document: Document) -> Response:
    vswitches = [d["VSwitchId"] for d in call.store.list("vpc.vswitch") if d["VpcId"] == document["VpcId"]]
    hidden = ("Tags", "RouteTableId", "RouteTableName", "RouteTableDescription")
    return {
        "Description": "",
        "VpcName": "",
        "IsDefault": False,
        "EnabledIpv6": False,
        "Ipv6CidrBlock": "",
        "DnsHostnameStatus": "DISABLED",
        **{key: value for key, value in document.items() if key not in hidden},
        "Ipv6CidrBlocks": {"Ipv6CidrBlock": []},
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": []},
        "UserCidrs": {"UserCidr": []},
        "VSwitchIds": {"VSwitchId": vswitches},
        "Tags": {"Tag": document["Tags"]},
    }


def _route_table(document: Document) -> Response:
    return {
        "RouteTableId": document["RouteTableId"],
        "RouteTableName": document.get("RouteTableName", ""),
        "Description": document.get("RouteTableDescription", ""),
        "RouteTableType": "System",
        "RouterId": document["VRouterId"],
        "RouterType": "VRouter",
        "VpcId": document["VpcId"],
        "ResourceGroupId": document["ResourceGroupId"],
        "RoutePropagationEnable": True,
        "Status": "Available",
        "CreationTime": document["CreationTime"],
        "AssociateType": "VSwitch",
        "VSwitchIds": {"VSwitchId": []},
        "Tags": {"Tag": []},
    }


def _network_block(text: str) -> str:
    """An IPv4 block of 8 to 28 bits outside the reserved ranges [docs: plan a VPC]."""
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        raise invalid("CidrBlock", "an IPv4 block such as 192.168.0.0/16 is expected") from None
    if not 8 <= block.prefixlen <= 28 or any(block.overlaps(reserved) for reserved in _RESERVED):
        raise invalid("CidrBlock", "a private IPv4 block of 8 to 28 bits is expected")
    return text
