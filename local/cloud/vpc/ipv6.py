"""IPv6 of networks and vSwitches: a network gets a /56 from the cloud, a vSwitch one of its 256 blocks of 64 bits."""

import ipaddress

from local.cloud.actions import Call
from local.cloud.documents import next_number
from local.cloud.errors import in_use, refused
from local.cloud.parameters import Parameters
from local.cloud.store import Document

NONE = {"EnabledIpv6": False, "Ipv6CidrBlock": "", "Ipv6Isp": ""}
POOL = ipaddress.IPv6Network("2408:4000::/24")
"""Where the blocks of networks come from [assumed]."""
NETWORK_BITS, VSWITCH_BITS = 56, 64
DEFAULT_ISP = "BGP"


def give_network(call: Call, document: Document) -> None:
    """Switch IPv6 on for a network, with a block of its own."""
    block = call.parameters.text("Ipv6CidrBlock") or _next_block(call)
    isp = call.parameters.text("Ipv6Isp", DEFAULT_ISP)
    document.update({"EnabledIpv6": True, "Ipv6CidrBlock": block, "Ipv6Isp": isp})


def switch_network(call: Call, document: Document) -> None:
    """As EnableIPv6 says, if it says anything. Off only when no vSwitch has IPv6."""
    wanted, isp = _wanted(call.parameters), call.parameters.text("Ipv6Isp")
    if wanted is True and not document["EnabledIpv6"]:
        give_network(call, document)
    if isp and document["EnabledIpv6"]:
        document["Ipv6Isp"] = isp
    if wanted is False and document["EnabledIpv6"]:
        rows = call.store.list("vpc.vswitch")
        if any(one["VpcId"] == document["VpcId"] and one["EnabledIpv6"] for one in rows):
            raise in_use("OperationDenied.VSwitchIpv6Enabled", "A vSwitch of the VPC has IPv6.")
        document.update(NONE)


def give_vswitch(call: Call, document: Document) -> None:
    """Give a vSwitch the block whose number Ipv6CidrBlock is; no other one may have it."""
    network = call.store.get("vpc.vpc", document["VpcId"]) or NONE
    if not network["EnabledIpv6"]:
        raise refused("InvalidVpc.Ipv6NotEnabled", "The VPC has no IPv6.")
    number = call.parameters.integer("Ipv6CidrBlock", 0, 255, 0)
    if call.parameters.text("VpcIpv6CidrBlock", str(network["Ipv6CidrBlock"])) != network["Ipv6CidrBlock"]:
        raise refused("InvalidVpcIpv6CidrBlock.Mismatch", "The VPC does not have this IPv6 block.")
    base = ipaddress.IPv6Network(network["Ipv6CidrBlock"])
    block = str(ipaddress.IPv6Network((int(base.network_address) + (number << (128 - VSWITCH_BITS)), VSWITCH_BITS)))
    rows = call.store.list("vpc.vswitch")
    if any(one["Ipv6CidrBlock"] == block and one["VSwitchId"] != document["VSwitchId"] for one in rows):
        raise refused("InvalidIpv6CidrBlock.Overlapped", "Another vSwitch has the block.")
    document.update({"EnabledIpv6": True, "Ipv6CidrBlock": block})


def switch_vswitch(call: Call, document: Document) -> None:
    """As EnableIPv6 says; with Ipv6CidrBlock alone the block changes."""
    wanted = _wanted(call.parameters)
    call.parameters.text("VpcIpv6CidrBlock")  # counts where a block is given
    numbered = call.parameters.text("Ipv6CidrBlock")
    if wanted is False:
        document.update({"EnabledIpv6": False, "Ipv6CidrBlock": ""})
    elif wanted or numbered:
        give_vswitch(call, document)


def _wanted(parameters: Parameters) -> bool | None:
    """The calls spell it EnableIPv6 and EnableIpv6."""
    for name in ("EnableIPv6", "EnableIpv6"):
        if parameters.text(name):
            return parameters.boolean(name)
    return None


def _next_block(call: Call) -> str:
    number = next_number(call.store, "vpc.ipv6", 1)
    start = int(POOL.network_address) + (number << (128 - NETWORK_BITS))
    return str(ipaddress.IPv6Network((start, NETWORK_BITS)))
