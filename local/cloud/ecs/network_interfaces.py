"""Network interfaces of instances: each instance has its primary one, and those it was run with besides.

They are kept in the instance's document. None exists without an instance.
"""

import ipaddress

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ECS
from local.cloud.store import Document
from local.cloud.vpc import vswitches

INSTANCES = "ecs.instance"
MODE = "Standard"
MAC_ADDRESS = "00:16:3e:00:00:01"
"""Of every interface [assumed]: no frame is ever sent."""


def primary(document: Document, item: Parameters) -> Document:
    """The first interface of a new instance; `item` are the options of RunInstances for it."""
    return _new("Primary", document["VSwitchId"], document["PrivateIpAddress"], document["SecurityGroupIds"], item)


def secondary(call: Call, item: Parameters) -> Document:
    """A further interface that RunInstances describes."""
    vswitch = vswitches.find(call, item.required("VSwitchId"))
    address = item.text("PrimaryIpAddress") or vswitches.free_address(call, vswitch)
    return _new("Secondary", vswitch["VSwitchId"], address, item.texts("SecurityGroupIds"), item)


def _new(type_: str, vswitch: str, address: str, groups: list[str], item: Parameters) -> Document:
    interface: Document = {
        "NetworkInterfaceId": item.text("NetworkInterfaceId") or new_id("eni"),
        "Type": type_,
        "VSwitchId": vswitch,
        "PrimaryIpAddress": address,
        "SecurityGroupIds": groups,
        "NetworkInterfaceTrafficMode": item.text("NetworkInterfaceTrafficMode") or MODE,
        "SourceDestCheck": item.boolean("SourceDestCheck", default=True),
        "NetworkCardIndex": item.integer("NetworkCardIndex", 0, 100, 0),
        "SecondaryAddresses": [],
        "Ipv6Addresses": [],
    }
    if item.text("QueuePairNumber"):
        interface["QueuePairNumber"] = item.integer("QueuePairNumber", 0, 100)
    return interface


@action(ECS, "DescribeNetworkInterfaces", source="provider source")
def describe_network_interfaces(call: Call) -> Response:
    """The interfaces of ids, of an instance or of a type."""
    ids, type_ = call.parameters.texts("NetworkInterfaceId"), call.parameters.text("Type")
    instance = call.parameters.text("InstanceId")
    rows = [
        _shown(call, document, interface)
        for document in call.store.list(INSTANCES)
        for interface in document.get("NetworkInterfaces", [])
        if (not ids or interface["NetworkInterfaceId"] in ids)
        and type_ in ("", interface["Type"])
        and instance in ("", document["InstanceId"])
    ]
    return {
        "NetworkInterfaceSets": {"NetworkInterfaceSet": rows},
        "TotalCount": len(rows),
        "PageNumber": 1,
        "PageSize": 10,
    }


@action(ECS, "AssignPrivateIpAddresses", source="provider source", writes=True)
def assign_private_ip_addresses(call: Call) -> Response:
    """Add secondary addresses: those named, or a number of free ones."""
    document, interface = _of(call)
    vswitch = vswitches.find(call, interface["VSwitchId"])
    wanted = call.parameters.texts("PrivateIpAddress")
    for address in wanted:
        if address in vswitches.taken_addresses(call):
            raise refused("InvalidPrivateIpAddress.Duplicated", "The private address is taken.")
    had = len(interface["SecondaryAddresses"])
    interface["SecondaryAddresses"] += wanted
    for _ in range(0 if wanted else call.parameters.integer("SecondaryPrivateIpAddressCount", 1, 50)):
        call.store.put(INSTANCES, document["InstanceId"], document)
        interface["SecondaryAddresses"].append(vswitches.free_address(call, vswitch))
    call.store.put(INSTANCES, document["InstanceId"], document)
    assigned = {
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "PrivateIpSet": {"PrivateIpAddress": interface["SecondaryAddresses"][had:]},
        "Ipv4PrefixSet": {"Ipv4Prefixes": []},
    }
    return {"AssignedPrivateIpAddressesSet": assigned}


@action(ECS, "UnassignPrivateIpAddresses", source="provider source", writes=True)
def unassign_private_ip_addresses(call: Call) -> Response:
    """Take secondary addresses away; one that is not there is passed over."""
    document, interface = _of(call)
    away = call.parameters.texts("PrivateIpAddress")
    interface["SecondaryAddresses"] = [one for one in interface["SecondaryAddresses"] if one not in away]
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {}


@action(ECS, "AssignIpv6Addresses", source="provider source", writes=True)
def assign_ipv6_addresses(call: Call) -> Response:
    """Add IPv6 addresses: those named, or a number of free ones."""
    document, interface = _of(call)
    had = len(interface["Ipv6Addresses"])
    add_ipv6(
        call, interface, call.parameters.texts("Ipv6Address"), call.parameters.integer("Ipv6AddressCount", 0, 10, 0)
    )
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "Ipv6Sets": {"Ipv6Address": interface["Ipv6Addresses"][had:]},
        "Ipv6PrefixSets": {"Ipv6Prefix": []},
    }


@action(ECS, "UnassignIpv6Addresses", source="provider source", writes=True)
def unassign_ipv6_addresses(call: Call) -> Response:
    """Take IPv6 addresses away; one that is not there is passed over."""
    document, interface = _of(call)
    away = call.parameters.texts("Ipv6Address")
    interface["Ipv6Addresses"] = [one for one in interface["Ipv6Addresses"] if one not in away]
    call.store.put(INSTANCES, document["InstanceId"], document)
    return {}


def add_ipv6(call: Call, interface: Document, named: list[str], count: int) -> None:
    """Addresses of the vSwitch's IPv6 block; it must have one."""
    if not named and not count:
        return
    block = vswitches.find(call, interface["VSwitchId"])["Ipv6CidrBlock"]
    if not block:
        raise refused("InvalidVSwitch.Ipv6NotTurnOn", "The vSwitch has no IPv6.")
    taken = {one for row in call.store.list(INSTANCES) for eni in row.get("NetworkInterfaces", [])
             for one in eni["Ipv6Addresses"]} | set(interface["Ipv6Addresses"])  # fmt: skip
    free = (str(one) for one in ipaddress.IPv6Network(block).hosts() if str(one) not in taken)
    interface["Ipv6Addresses"] += named or [next(free) for _ in range(count)]


def _of(call: Call) -> tuple[Document, Document]:
    """The instance and its interface of an id; both are the caller's to change and to put back."""
    id = call.parameters.required("NetworkInterfaceId")
    for document in call.store.list(INSTANCES):
        for interface in document.get("NetworkInterfaces", []):
            if interface["NetworkInterfaceId"] == id:
                return document, interface
    raise gone("InvalidEcsId.NotFound", "network interface")


def listed(document: Document) -> list[Response]:
    """The interfaces as DescribeInstances shows them."""
    return [
        {
            "NetworkInterfaceId": one["NetworkInterfaceId"],
            "Type": one["Type"],
            "MacAddress": MAC_ADDRESS,
            "Ipv4PrefixSets": {"Ipv4PrefixSet": []},
            "Ipv6PrefixSets": {"Ipv6PrefixSet": []},
            "PrimaryIpAddress": one["PrimaryIpAddress"],
            "PrivateIpSets": {"PrivateIpSet": _addresses(one)},
            "Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": address, "Primary": False} for address in one["Ipv6Addresses"]]},
        }
        for one in document.get("NetworkInterfaces", [])
    ]


def _addresses(interface: Document) -> list[Response]:
    first = {"PrivateIpAddress": interface["PrimaryIpAddress"], "Primary": True}
    return [first, *({"PrivateIpAddress": one, "Primary": False} for one in interface["SecondaryAddresses"])]


def _shown(call: Call, document: Document, interface: Document) -> Response:
    hidden = ("SecondaryAddresses", "Ipv6Addresses", "NetworkCardIndex", "SecurityGroupIds", "PrimaryIpAddress")
    groups = document["SecurityGroupIds"] if interface["Type"] == "Primary" else interface["SecurityGroupIds"]
    return {
        **{key: value for key, value in interface.items() if key not in hidden},
        "PrivateIpAddress": interface["PrimaryIpAddress"],
        "InstanceId": document["InstanceId"],
        "VpcId": document["VpcId"],
        "ZoneId": document["ZoneId"],
        "OwnerId": call.context.account_id,
        "ResourceGroupId": document.get("ResourceGroupId", ""),
        "MacAddress": MAC_ADDRESS,
        "DeleteOnRelease": True,
        "ServiceManaged": False,
        "QueueNumber": 2,
        "AssociatedPublicIp": {"AllocationId": "", "PublicIpAddress": ""},
        "Ipv4PrefixSets": {"Ipv4PrefixSet": []},
        "Ipv6PrefixSets": {"Ipv6PrefixSet": []},
        "NetworkInterfaceName": "",
        "Description": "",
        "Status": "InUse",
        "CreationTime": document["CreationTime"],
        "SecurityGroupIds": {"SecurityGroupId": groups},
        "PrivateIpSets": {"PrivateIpSet": _addresses(interface)},
        "Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": one} for one in interface["Ipv6Addresses"]]},
        "Attachment": {
            "InstanceId": document["InstanceId"],
            "NetworkCardIndex": interface["NetworkCardIndex"],
            "DeviceIndex": document["NetworkInterfaces"].index(interface),
        },
        "Tags": {"Tag": []},
    }
