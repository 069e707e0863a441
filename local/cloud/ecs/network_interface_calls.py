"""ECS of the local cloud: calls about network interfaces and their addresses."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import numbered_page, require, token_page
from local.cloud.ecs import network_interfaces, security_groups
from local.cloud.ecs.network_interfaces import KIND, MAC_ADDRESS, PRIMARY, SECONDARY, find, free, keep
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ECS
from local.cloud.store import Document
from local.cloud.vpc import vswitches


@action(ECS, "CreateNetworkInterface", source="provider source", writes=True)
def create_network_interface(call: Call) -> Response:
    """A free interface, available at once."""
    parameters = call.parameters
    parameters.choice("InstanceType", (SECONDARY,), SECONDARY)
    vswitch = vswitches.find(call, parameters.required("VSwitchId"))
    groups = parameters.texts("SecurityGroupIds") or [parameters.required("SecurityGroupId")]
    security_groups.check_network(call, groups, vswitch["VpcId"])
    interface = network_interfaces.new(call, parameters, vswitch, groups, parameters.text("PrimaryIpAddress"))
    interface["Tags"] = tagging.sent(parameters)
    echo(parameters, interface, "ResourceGroupId")
    _describe(parameters, interface)
    network_interfaces.add_ipv6(call, interface, parameters)
    count = parameters.integer("SecondaryPrivateIpAddressCount", 0, 49, 0)
    network_interfaces.add_private(call, interface, parameters.texts("PrivateIpAddress"), count)
    shown = _shown(call, keep(call, interface))
    shown["Ipv6Sets"] = {"Ipv6Set": network_interfaces.ipv6(interface)}
    return {name: value for name, value in shown.items() if name in _CREATED}


_CREATED = (
    "Description", "Ipv4PrefixSets", "Ipv6PrefixSets", "Ipv6Sets", "MacAddress", "NetworkInterfaceId", "NetworkInterfaceName",
    "OwnerId", "PrivateIpAddress", "PrivateIpSets", "ResourceGroupId", "SecurityGroupIds", "ServiceManaged",
    "SourceDestCheck", "Status", "Tags", "Type", "VSwitchId", "VpcId", "ZoneId",
)  # fmt: skip
"""What CreateNetworkInterface has of what DescribeNetworkInterfaces shows [SDK-ECS]."""


@action(ECS, "DescribeNetworkInterfaces", source="provider source")
def describe_network_interfaces(call: Call) -> Response:
    """All interfaces, or those of ids, places, an instance, a group, a name, a type, a status, an address, tags."""
    parameters = call.parameters
    ids, group = parameters.texts("NetworkInterfaceId"), parameters.text("SecurityGroupId")
    private, tags = parameters.texts("PrivateIpAddress"), tagging.sent(parameters)
    filters = {name: value for name in _FILTERS if (value := parameters.text(name))}
    if address := parameters.text("PrimaryIpAddress"):
        filters["PrivateIpAddress"] = address
    found = (
        _shown(call, one)
        for one in call.store.list(KIND)
        if (not ids or one["NetworkInterfaceId"] in ids)
        and tagging.fits(tags, one)
        and (not private or {one["PrimaryIpAddress"], *one["SecondaryAddresses"]} & set(private))
    )
    rows = [
        shown
        for shown in found
        if all(shown[name] == value for name, value in filters.items())
        and group in ("", *shown["SecurityGroupIds"]["SecurityGroupId"])
    ]
    if parameters.text("MaxResults") or parameters.text("NextToken"):
        page = token_page(parameters, rows, "NetworkInterfaceSet")
        return {"NetworkInterfaceSets": {"NetworkInterfaceSet": page.pop("NetworkInterfaceSet")}, **page}
    items, counters = numbered_page(parameters, rows)
    return {"NetworkInterfaceSets": {"NetworkInterfaceSet": items}, **counters}


_FILTERS = ("InstanceId", "NetworkInterfaceName", "ResourceGroupId", "Status", "Type", "VSwitchId", "VpcId")


@action(ECS, "ModifyNetworkInterfaceAttribute", source="provider source", writes=True)
def modify_network_interface_attribute(call: Call) -> Response:
    """Change name, description, groups, queues, and what becomes of it with its instance."""
    parameters = call.parameters
    interface = find(call, parameters.required("NetworkInterfaceId"))
    _describe(parameters, interface)
    for name in ("SourceDestCheck", "DeleteOnRelease"):
        interface[name] = parameters.boolean(name, default=interface[name])
    if groups := parameters.texts("SecurityGroupId"):
        if interface["Type"] == PRIMARY:
            raise invalid("NetworkInterfaceId", "a primary interface has the groups of its instance")
        security_groups.check_network(call, groups, interface["VpcId"])
        interface["SecurityGroupIds"] = groups
    keep(call, interface)
    return {}


@action(ECS, "AttachNetworkInterface", source="provider source", writes=True)
def attach_network_interface(call: Call) -> Response:
    """Give a free interface to an instance of its zone."""
    parameters = call.parameters
    parameters.boolean("WaitForNetworkConfigurationReady")  # nothing is waited for
    interface = free(call, parameters.required("NetworkInterfaceId"))
    error = gone("InvalidInstanceId.NotFound", "instance")
    instance = require(call.store, "ecs.instance", parameters.required("InstanceId"), error)
    if instance["ZoneId"] != interface["ZoneId"]:
        raise refused("InvalidOperation.AvailabilityZoneMismatch", "The instance is in another zone.")
    card = parameters.integer("NetworkCardIndex", 0, 100, interface["NetworkCardIndex"])
    network_interfaces.give(call, {**interface, "NetworkCardIndex": card}, instance["InstanceId"])
    return {}


@action(ECS, "DetachNetworkInterface", source="provider source", writes=True)
def detach_network_interface(call: Call) -> Response:
    """Take an interface from its instance; the primary one stays."""
    interface = find(call, call.parameters.required("NetworkInterfaceId"))
    if interface["Type"] == PRIMARY:
        raise refused("InvalidOperation.InvalidEniType", "A primary network interface stays with its instance.")
    if interface["InstanceId"] != call.parameters.required("InstanceId"):
        raise refused("InvalidOperation.InvalidEniState", "The instance does not have the network interface.")
    keep(call, {**interface, "InstanceId": ""})
    return {}


@action(ECS, "DeleteNetworkInterface", source="provider source", writes=True)
def delete_network_interface(call: Call) -> Response:
    """Remove a free interface."""
    call.store.delete(KIND, free(call, call.parameters.required("NetworkInterfaceId"))["NetworkInterfaceId"])
    return {}


@action(ECS, "AssignPrivateIpAddresses", source="provider source", writes=True)
def assign_private_ip_addresses(call: Call) -> Response:
    """Add secondary addresses: those named, or a number of free ones."""
    interface, wanted = _of(call), call.parameters.texts("PrivateIpAddress")
    had = len(interface["SecondaryAddresses"])
    count = 0 if wanted else call.parameters.integer("SecondaryPrivateIpAddressCount", 1, 50)
    network_interfaces.add_private(call, interface, wanted, count)
    assigned = {
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "PrivateIpSet": {"PrivateIpAddress": interface["SecondaryAddresses"][had:]},
        "Ipv4PrefixSet": {"Ipv4Prefixes": []},
    }
    return {"AssignedPrivateIpAddressesSet": assigned}


@action(ECS, "UnassignPrivateIpAddresses", source="provider source", writes=True)
def unassign_private_ip_addresses(call: Call) -> Response:
    """Take secondary addresses away; one that is not there is passed over."""
    return _without(call, "SecondaryAddresses", "PrivateIpAddress")


@action(ECS, "AssignIpv6Addresses", source="provider source", writes=True)
def assign_ipv6_addresses(call: Call) -> Response:
    """Add IPv6 addresses: those named, or a number of free ones."""
    interface = _of(call)
    had = len(interface["Ipv6Addresses"])
    network_interfaces.add_ipv6(call, interface, call.parameters)
    return {
        "NetworkInterfaceId": interface["NetworkInterfaceId"],
        "Ipv6Sets": {"Ipv6Address": interface["Ipv6Addresses"][had:]},
        "Ipv6PrefixSets": {"Ipv6Prefix": []},
    }


@action(ECS, "UnassignIpv6Addresses", source="provider source", writes=True)
def unassign_ipv6_addresses(call: Call) -> Response:
    """Take IPv6 addresses away; one that is not there is passed over."""
    return _without(call, "Ipv6Addresses", "Ipv6Address")


def _of(call: Call) -> Document:
    return find(call, call.parameters.required("NetworkInterfaceId"))


def _without(call: Call, kept: str, sent: str) -> Response:
    interface, away = _of(call), call.parameters.texts(sent)
    keep(call, {**interface, kept: [one for one in interface[kept] if one not in away]})
    return {}


def _describe(parameters: Parameters, interface: Document) -> None:
    echo(parameters, interface, "NetworkInterfaceName", "Description")
    if parameters.text("QueueNumber"):
        interface["QueueNumber"] = parameters.integer("QueueNumber", 1, 2048)


_HIDDEN = ("SecondaryAddresses", "Ipv6Addresses", "NetworkCardIndex", "PrimaryIpAddress")


def _shown(call: Call, interface: Document) -> Response:
    return {
        "OwnerId": call.context.account_id,
        "ResourceGroupId": "",
        "MacAddress": MAC_ADDRESS,
        "ServiceManaged": False,
        "QueueNumber": 2,
        "AssociatedPublicIp": {"AllocationId": "", "PublicIpAddress": ""},
        "Ipv4PrefixSets": {"Ipv4PrefixSet": []},
        "Ipv6PrefixSets": {"Ipv6PrefixSet": []},
        "NetworkInterfaceName": "",
        "Description": "",
        **{key: value for key, value in interface.items() if key not in _HIDDEN},
        "PrivateIpAddress": interface["PrimaryIpAddress"],
        "Status": "InUse" if interface["InstanceId"] else "Available",
        "SecurityGroupIds": {"SecurityGroupId": network_interfaces.groups(call, interface)},
        "PrivateIpSets": {"PrivateIpSet": network_interfaces.private(interface)},
        "Ipv6Sets": {"Ipv6Set": [{"Ipv6Address": one} for one in interface["Ipv6Addresses"]]},
        "Attachment": _attachment(call, interface),
        "Tags": {"Tag": tagging.shown(interface)},
    }


def _attachment(call: Call, interface: Document) -> Response:
    if not interface["InstanceId"]:
        return {}
    ids = [one["NetworkInterfaceId"] for one in network_interfaces.of(call, interface["InstanceId"])]
    return {
        "InstanceId": interface["InstanceId"],
        "NetworkCardIndex": interface["NetworkCardIndex"],
        "DeviceIndex": ids.index(interface["NetworkInterfaceId"]),
    }
