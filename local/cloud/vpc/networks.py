"""VPC of the local cloud: networks, and the system route table each one has."""

import ipaddress
from collections.abc import Sequence

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import among, being, default_or_not, new_id, now_text, numbered_page, require
from local.cloud.errors import gone, in_use, invalid, refused
from local.cloud.indexes import Condition
from local.cloud.parameters import echo
from local.cloud.products import VPC
from local.cloud.store import Document
from local.cloud.vpc import ipv6

KIND = "vpc.vpc"
DEFAULT_CIDR = "172.16.0.0/12"
DEFAULT_NETWORK_CIDR = "172.31.0.0/16"
"""Of the default network."""
_RESERVED = [ipaddress.ip_network(block) for block in ("127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "0.0.0.0/8")]


@action(VPC, "CreateVpc", source="provider source", writes=True)
def create_vpc(call: Call) -> Response:
    """A network, Pending until it settles, with its router and system route table."""
    document = _new(call, _network_block(call.parameters.text("CidrBlock", DEFAULT_CIDR)))
    document["UserCidrs"] = [block for block in call.parameters.text("UserCidr").split(",") if block]
    document["Tags"] = tagging.sent(call.parameters)
    _set_dns_host_names(call, document)
    echo(call.parameters, document, "VpcName", "Description")
    return _created(call, document)


@action(VPC, "CreateDefaultVpc", source="provider source", writes=True)
def create_default_vpc(call: Call) -> Response:
    """The region's default network, of which there is one."""
    if _defaults(call):
        raise refused("InvalidDefaultVpc.AlreadyExist", "The region has a default VPC already.")
    made = _created(call, {**_new(call, DEFAULT_NETWORK_CIDR), "IsDefault": True})
    return {name: made[name] for name in ("VpcId", "VRouterId", "RouteTableId")}


@action(VPC, "DescribeVpcAttribute", source="provider source")
def describe_vpc_attribute(call: Call) -> Response:
    """One network; 404 when it is gone."""
    document = find(call, call.parameters.required("VpcId"))
    lists = {
        "AssociatedCens": {"AssociatedCen": []},
        "AssociatedPropagationSources": {"AssociatedPropagationSources": []},
        "CloudResources": {"CloudResourceSetType": _resources(call, document)},
    }
    shown = _shown(document, _vswitches(call, document))
    lists["ClassicLinkEnabled"] = document["ClassicLinkEnabled"]
    return {**lists, "Ipv4GatewayId": "", "SupportIpv4Gateway": False, **shown}


@action(VPC, "DescribeVpcs", source="sdk model")
def describe_vpcs(call: Call) -> Response:
    """All networks of the region, or those named by VpcId (comma list), VpcName, resource group, tags, or being the default."""
    ids = [id for id in call.parameters.text("VpcId").split(",") if id]
    single = being(call.parameters, "VpcName", "ResourceGroupId")
    wanted: list[Condition] = [
        ("RegionId", (call.region,)),
        *among(VpcId=ids),
        *single,
        *default_or_not(call.parameters),
    ]
    found = call.store.where(KIND, *wanted, *tagging.having_exactly(tagging.sent(call.parameters)))
    page, counters = numbered_page(call.parameters, found)
    vswitches = _vswitches(call, *page)
    return {"Vpcs": {"Vpc": [_listed(document, vswitches) for document in page]}, **counters}


@action(VPC, "ModifyVpcAttribute", source="provider source", writes=True)
def modify_vpc_attribute(call: Call) -> Response:
    """Change name, description, IPv6 and DNS host names; an empty text clears. A new CIDR block is not compared with the vSwitches."""
    document = find(call, call.parameters.required("VpcId"))
    echo(call.parameters, document, "VpcName", "Description")
    ipv6.switch_network(call, document)
    _set_dns_host_names(call, document)
    if block := call.parameters.text("CidrBlock"):
        document["CidrBlock"] = _network_block(block)
    call.store.put(KIND, document["VpcId"], document)
    return {}


@action(VPC, "AssociateVpcCidrBlock", source="provider source", writes=True)
def associate_vpc_cidr_block(call: Call) -> Response:
    """Add a secondary IPv4 block, which overlaps none of the network's."""
    document = find(call, call.parameters.required("VpcId"))
    call.parameters.any_case("IpVersion", ("IPV4",), "IPV4")
    block = _network_block(call.parameters.required("SecondaryCidrBlock"))
    if any(ipaddress.IPv4Network(block).overlaps(ipaddress.IPv4Network(own)) for own in blocks(document)):
        raise refused("InvalidCidrBlock.Overlapped", "The block overlaps another one of the VPC.")
    document["SecondaryCidrBlocks"].append(block)
    call.store.put(KIND, document["VpcId"], document)
    return {"CidrBlock": block, "IpVersion": "IPV4"}


@action(VPC, "UnassociateVpcCidrBlock", source="provider source", writes=True)
def unassociate_vpc_cidr_block(call: Call) -> Response:
    """Take a secondary block out that no vSwitch lies in."""
    document = find(call, call.parameters.required("VpcId"))
    block = call.parameters.required("SecondaryCidrBlock")
    if block not in document["SecondaryCidrBlocks"]:
        raise refused("ResourceNotFound.SecondaryCidrBlock", "The VPC has no such secondary block.")
    if any(
        ipaddress.IPv4Network(one["CidrBlock"]).subnet_of(ipaddress.IPv4Network(block))
        for one in call.store.where("vpc.vswitch", ("VpcId", (document["VpcId"],)))
    ):
        raise in_use("DependencyViolation.VSwitch", "A vSwitch lies in the block.")
    document["SecondaryCidrBlocks"].remove(block)
    call.store.put(KIND, document["VpcId"], document)
    return {}


@action(VPC, "EnableVpcClassicLink", source="provider source", writes=True)
def enable_vpc_classic_link(call: Call) -> Response:
    """Let instances of the classic network in; there are none here."""
    return _classic_link(call, on=True)


@action(VPC, "DisableVpcClassicLink", source="provider source", writes=True)
def disable_vpc_classic_link(call: Call) -> Response:
    """Let them in no more."""
    return _classic_link(call, on=False)


@action(VPC, "DescribeNatGateways", source="provider source")
def describe_nat_gateways(call: Call) -> Response:
    """None: NAT gateways are not offered, and the provider asks for those of a vSwitch that cannot be deleted."""
    call.parameters.pass_over(
        "VpcId", "VSwitchId", "NatGatewayId", "Name", "NatType", "NetworkType", "ZoneId", "Status"
    )
    page, counters = numbered_page(call.parameters, [])
    return {"NatGateways": {"NatGateway": page}, **counters}


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
    """Remove an empty network; what still lies in it is named by the error, which force does not move."""
    call.parameters.boolean("ForceDelete")  # it moves gateways, which are not offered
    id = find(call, call.parameters.required("VpcId"))["VpcId"]
    for kind, what in _CONTENTS.items():
        if call.store.where(kind, ("VpcId", (id,))):
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
    networks = call.store.where(KIND, *being(call.parameters, "VpcId"))
    page, counters = numbered_page(call.parameters, networks)
    vswitches = _vswitches(call, *page)
    return {"RouterTableList": {"RouterTableListType": [_route_table(one, vswitches) for one in page]}, **counters}


@action(VPC, "ModifyRouteTableAttributes", source="provider source", writes=True)
def modify_route_table_attributes(call: Call) -> Response:
    """Name and description of a system route table."""
    table = call.parameters.required("RouteTableId")
    document = next(iter(call.store.where(KIND, ("RouteTableId", (table,)))), None)
    if document is None:
        raise gone("InvalidRouteTableId.NotFound", "route table")
    for name, key in (("RouteTableName", "RouteTableName"), ("Description", "RouteTableDescription")):
        if name in call.parameters:
            document[key] = call.parameters.text(name)
    if call.parameters.text("RoutePropagationEnable"):
        document["RoutePropagationEnable"] = call.parameters.boolean("RoutePropagationEnable")
    call.store.put(KIND, document["VpcId"], document)
    return {}


def find(call: Call, id: str) -> Document:
    """The network, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidVpcID.NotFound", "VPC"))


def default(call: Call) -> Document:
    """The region's default network, made if there is none."""
    if found := _defaults(call):
        return found[0]
    document = {**_new(call, DEFAULT_NETWORK_CIDR), "IsDefault": True, "Status": "Available"}
    call.store.put(KIND, document["VpcId"], document)
    return document


def blocks(document: Document) -> list[str]:
    """All IPv4 blocks of a network, the first one first."""
    return [document["CidrBlock"], *document["SecondaryCidrBlocks"]]


def _new(call: Call, block: str) -> Document:
    document: Document = {
        "VpcId": new_id("vpc"),
        "VRouterId": new_id("vrt"),
        "RouteTableId": new_id("vtb"),
        "CidrBlock": block,
        "SecondaryCidrBlocks": [],
        "UserCidrs": [],
        "RegionId": call.region,
        "OwnerId": call.context.account_id,
        "ResourceGroupId": call.parameters.text("ResourceGroupId", "rg-default"),
        "Status": "Pending",
        "CreationTime": now_text(),
        "ClassicLinkEnabled": False,
        "IsDefault": False,
        "DnsHostnameStatus": "DISABLED",
        "RoutePropagationEnable": True,
        "Tags": [],
        **ipv6.NONE,
    }
    for name in ("Ipv6CidrBlock", "Ipv6Isp"):
        call.parameters.text(name)  # they count with IPv6
    if call.parameters.boolean("EnableIpv6"):
        ipv6.give_network(call, document)
    return document


def _created(call: Call, document: Document) -> Response:
    call.store.put(KIND, document["VpcId"], document)
    call.context.transitions.later(KIND, document["VpcId"], Status="Available")
    return {key: document[key] for key in ("VpcId", "VRouterId", "RouteTableId", "ResourceGroupId")}


def _classic_link(call: Call, *, on: bool) -> Response:
    document = find(call, call.parameters.required("VpcId"))
    if document["ClassicLinkEnabled"] is on:
        raise refused("InvalidOperation.ClassicLink", f"ClassicLink of the VPC is {'on' if on else 'off'} already.")
    call.store.put(KIND, document["VpcId"], {**document, "ClassicLinkEnabled": on})
    return {}


def _set_dns_host_names(call: Call, document: Document) -> None:
    if call.parameters.text("EnableDnsHostname"):
        document["DnsHostnameStatus"] = "ENABLED" if call.parameters.boolean("EnableDnsHostname") else "DISABLED"


def _defaults(call: Call) -> Sequence[Document]:
    return call.store.where(KIND, ("IsDefault", (True,)), ("RegionId", (call.region,)))


_OWN = ("VRouter", "RouteTable")
"""What each network has one of."""
_INSIDE = {"VSwitch": "vpc.vswitch", "SecurityGroup": "ecs.security_group"}
"""What of a network DescribeVpcAttribute counts besides, and the kind of its documents."""


def _resources(call: Call, document: Document) -> list[Response]:
    counts = {name: len(call.store.where(kind, ("VpcId", (document["VpcId"],)))) for name, kind in _INSIDE.items()}
    return [
        {"ResourceType": name, "ResourceCount": count} for name, count in {**counts, **dict.fromkeys(_OWN, 1)}.items()
    ]


def _vswitches(call: Call, *documents: Document) -> dict[str, list[str]]:
    """Ids of the vSwitches of each network, all networks at once."""
    found: dict[str, list[str]] = {document["VpcId"]: [] for document in documents}
    for one in call.store.where("vpc.vswitch", ("VpcId", found)):
        found[one["VpcId"]].append(one["VSwitchId"])
    return found


_HIDDEN = ("RouteTableId", "RouteTableName", "RouteTableDescription", "RoutePropagationEnable", "Ipv6Isp",
           "ClassicLinkEnabled")  # fmt: skip


def _shown(document: Document, vswitches: dict[str, list[str]]) -> Response:
    family = [{name: document[name] for name in ("Ipv6CidrBlock", "Ipv6Isp")}] if document["EnabledIpv6"] else []
    shown = {
        "Description": "",
        "VpcName": "",
        "DhcpOptionsSetId": "",
        "DhcpOptionsSetStatus": "",
        **document,
        "Ipv6CidrBlocks": {"Ipv6CidrBlock": family},
        "SecondaryCidrBlocks": {"SecondaryCidrBlock": document["SecondaryCidrBlocks"]},
        "UserCidrs": {"UserCidr": document["UserCidrs"]},
        "VSwitchIds": {"VSwitchId": vswitches[document["VpcId"]]},
        "Tags": {"Tag": document["Tags"]},
    }
    for name in _HIDDEN:
        shown.pop(name, None)
    return shown


def _listed(document: Document, vswitches: dict[str, list[str]]) -> Response:
    tables = {"RouterTableIds": [document["RouteTableId"]]}
    shown = _shown(document, vswitches)
    shown |= {"RouterTableIds": tables, "NatGatewayIds": {"NatGatewayIds": []}, "CenStatus": "Detached"}
    return shown


def _route_table(document: Document, vswitches: dict[str, list[str]]) -> Response:
    return {
        "RouteTableId": document["RouteTableId"],
        "RouteTableName": document.get("RouteTableName", ""),
        "Description": document.get("RouteTableDescription", ""),
        "RouteTableType": "System",
        "RouterId": document["VRouterId"],
        "RouterType": "VRouter",
        "VpcId": document["VpcId"],
        "OwnerId": document["OwnerId"],
        "GatewayIds": {"GatewayIds": []},
        "ResourceGroupId": document["ResourceGroupId"],
        "RoutePropagationEnable": document["RoutePropagationEnable"],
        "Status": "Available",
        "CreationTime": document["CreationTime"],
        "AssociateType": "VSwitch",
        "VSwitchIds": {"VSwitchId": vswitches[document["VpcId"]]},
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
