"""Network interfaces: documents of their own, free or of an instance. Each instance has a primary one as long as it lives."""

import ipaddress

from local.cloud.actions import Call, Response
from local.cloud.documents import new_id, now_text, require
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters
from local.cloud.store import Document, Store
from local.cloud.vpc import vswitches

KIND = "ecs.network_interface"
PRIMARY, SECONDARY = "Primary", "Secondary"
MAC_ADDRESS = "00:16:3e:00:00:01"
"""Of every interface [assumed]: no frame is ever sent."""


def new(call: Call, item: Parameters, vswitch: Document, groups: list[str], address: str = "") -> Document:
    """A free interface as CreateNetworkInterface and RunInstances describe one; it is in the store already."""
    interface: Document = {
        "NetworkInterfaceId": new_id("eni"),
        "InstanceId": "",
        "Type": SECONDARY,
        "VSwitchId": vswitch["VSwitchId"],
        "VpcId": vswitch["VpcId"],
        "ZoneId": vswitch["ZoneId"],
        "PrimaryIpAddress": _free_address(call, vswitch, address),
        "SecurityGroupIds": groups,
        "NetworkInterfaceTrafficMode": item.text("NetworkInterfaceTrafficMode") or "Standard",
        "SourceDestCheck": item.boolean("SourceDestCheck"),
        "NetworkCardIndex": item.integer("NetworkCardIndex", 0, 100, 0),
        "DeleteOnRelease": item.boolean("DeleteOnRelease", default=True),
        "SecondaryAddresses": [],
        "Ipv6Addresses": [],
        "CreationTime": now_text(),
        "Tags": [],
    }
    if item.text("QueuePairNumber"):
        interface["QueuePairNumber"] = item.integer("QueuePairNumber", 0, 100)
    return keep(call, interface)


def find(call: Call, id: str) -> Document:
    """The interface, or the error that it is gone."""
    return require(call.store, KIND, id, gone("InvalidEniId.NotFound", "network interface"))


def free(call: Call, id: str) -> Document:
    """An interface that no instance has."""
    interface = find(call, id)
    if interface["InstanceId"]:
        raise refused("InvalidOperation.InvalidEniState", "An instance has the network interface.")
    return interface


def keep(call: Call, interface: Document) -> Document:
    """Put it into the store."""
    call.store.put(KIND, interface["NetworkInterfaceId"], interface)
    return interface


def by_instance(call: Call) -> dict[str, list[Document]]:
    """Each instance's interfaces, the primary one first."""
    found: dict[str, list[Document]] = {}
    for one in sorted(call.store.list(KIND), key=lambda one: bool(one["Type"] != PRIMARY)):
        found.setdefault(one["InstanceId"], []).append(one)
    return found


def of(call: Call, instance: str) -> list[Document]:
    """An instance's interfaces, the primary one first."""
    return by_instance(call).get(instance, [])


def give(call: Call, interface: Document, instance: str, type_: str = SECONDARY) -> None:
    """Make a free interface an instance's. A primary one has the groups of its instance, which join and leave there."""
    groups = [] if type_ == PRIMARY else interface["SecurityGroupIds"]
    keep(call, {**interface, "InstanceId": instance, "Type": type_, "SecurityGroupIds": groups})


def groups(call: Call, interface: Document) -> list[str]:
    """The security groups it is in."""
    instance = call.store.get("ecs.instance", interface["InstanceId"]) if interface["Type"] == PRIMARY else None
    return list((instance or interface)["SecurityGroupIds"])


def release(call: Call, instance: str) -> None:
    """An instance goes: its interfaces go with it, or are free again."""
    for interface in of(call, instance):
        if interface["DeleteOnRelease"]:
            call.store.delete(KIND, interface["NetworkInterfaceId"])
        else:
            keep(call, {**interface, "InstanceId": "", "Type": SECONDARY, "SecurityGroupIds": groups(call, interface)})


def take_over(store: Store, instance: Document, interfaces: list[Document]) -> None:
    """Give the interfaces that an earlier version kept in their instance documents of their own."""
    place = {name: instance[name] for name in ("InstanceId", "VpcId", "ZoneId", "CreationTime")}
    for one in interfaces:
        own = [] if one["Type"] == PRIMARY else one["SecurityGroupIds"]
        document = {**one, **place, "SecurityGroupIds": own, "DeleteOnRelease": True, "Tags": []}
        store.put(KIND, one["NetworkInterfaceId"], document)


def add_private(call: Call, interface: Document, named: list[str], count: int) -> None:
    """Further addresses of the vSwitch's block: those named, or a number of free ones."""
    vswitch = vswitches.find(call, interface["VSwitchId"])
    for address in named or [""] * count:
        interface["SecondaryAddresses"].append(_free_address(call, vswitch, address))
        keep(call, interface)


def add_ipv6(call: Call, interface: Document, sent: Parameters) -> None:
    """Addresses of the vSwitch's IPv6 block, which must have one: those that were sent, or a number of free ones."""
    named, count = sent.texts("Ipv6Address"), sent.integer("Ipv6AddressCount", 0, 10, 0)
    if not named and not count:
        return
    block = vswitches.find(call, interface["VSwitchId"])["Ipv6CidrBlock"]
    if not block:
        raise refused("InvalidVSwitch.Ipv6NotTurnOn", "The vSwitch has no IPv6.")
    taken = {one for row in call.store.list(KIND) for one in row["Ipv6Addresses"]} | set(interface["Ipv6Addresses"])
    free = (str(one) for one in ipaddress.IPv6Network(block).hosts() if str(one) not in taken)
    interface["Ipv6Addresses"] += named or [next(free) for _ in range(count)]
    keep(call, interface)


def _free_address(call: Call, vswitch: Document, wanted: str) -> str:
    if wanted and wanted in vswitches.taken_addresses(call):
        raise refused("InvalidPrivateIpAddress.Duplicated", "The private address is taken.")
    return wanted or vswitches.free_address(call, vswitch)


def private(interface: Document) -> list[Response]:
    """Its private addresses, the primary one first."""
    first = {"PrivateIpAddress": interface["PrimaryIpAddress"], "Primary": True}
    return [first, *({"PrivateIpAddress": one, "Primary": False} for one in interface["SecondaryAddresses"])]


def ipv6(interface: Document) -> list[Response]:
    """Its IPv6 addresses; none is called primary here."""
    return [{"Ipv6Address": one, "Primary": False} for one in interface["Ipv6Addresses"]]


def listed(interfaces: list[Document]) -> list[Response]:
    """An instance's interfaces as DescribeInstances shows them."""
    return [
        {
            "NetworkInterfaceId": one["NetworkInterfaceId"],
            "Type": one["Type"],
            "MacAddress": MAC_ADDRESS,
            "Ipv4PrefixSets": {"Ipv4PrefixSet": []},
            "Ipv6PrefixSets": {"Ipv6PrefixSet": []},
            "PrimaryIpAddress": one["PrimaryIpAddress"],
            "PrivateIpSets": {"PrivateIpSet": private(one)},
            "Ipv6Sets": {"Ipv6Set": ipv6(one)},
        }
        for one in interfaces
    ]
