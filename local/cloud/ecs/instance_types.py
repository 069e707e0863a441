"""Instance types: a few real ones of families old and new, in every zone."""

from local.cloud.actions import Call, Response, action
from local.cloud.documents import token_page
from local.cloud.products import ECS

_SHAPES = {
    "ecs.g6": ((2, 8), (4, 16), (8, 32)),
    "ecs.g7": ((2, 8), (4, 16), (8, 32)),
    "ecs.g8a": ((2, 8), (4, 16)),
    "ecs.g8i": ((2, 8), (4, 16)),
    "ecs.c6": ((2, 4), (4, 8), (8, 16)),
    "ecs.sn1ne": ((2, 4), (4, 8), (8, 16)),
    "ecs.t6-c1m1": ((2, 2),),
    "ecs.sccc7": ((128, 256),),
    "ecs.c8i": ((192, 384),),
}
"""Family -> CPU cores and memory (GiB) of its types [public list of instance families]."""
_NAMES = {2: "large", 4: "xlarge", 8: "2xlarge", 128: "32xlarge", 192: "48xlarge"}
CARDS = {192: 2}
"""Cores -> network cards, where it is more than one; only then are they listed, which the provider asks for."""
ADDRESSES = 10
"""Private IPv4 addresses, and as many IPv6 ones, on one network interface."""


@action(ECS, "DescribeInstanceTypes", source="provider source")
def describe_instance_types(call: Call) -> Response:
    """All types, or those named, of a family, or with so many addresses on an interface."""
    parameters = call.parameters
    parameters.text("SystemDiskCategory")  # every type takes every kind of disk
    named, family = parameters.texts("InstanceTypes"), parameters.text("InstanceTypeFamily")
    least = max(parameters.integer(f"MinimumEni{kind}AddressQuantity", 0, 1000, 0) for kind in ("Ipv6", "PrivateIp"))
    found = [
        row
        for row in TYPES.values()
        if (not named or row["InstanceTypeId"] in named)
        and family in ("", row["InstanceTypeFamily"])
        and least <= ADDRESSES
    ]
    return {"InstanceTypes": {"InstanceType": found}, **_rest(call, found)}


@action(ECS, "DescribeImageSupportInstanceTypes", source="sdk model")
def describe_image_support_instance_types(call: Call) -> Response:
    """Every image runs on every type."""
    image = {"ImageId": call.parameters.text("ImageId"), "RegionId": call.region}
    names = ("InstanceTypeId", "InstanceTypeFamily", "CpuCoreCount", "MemorySize")
    rows = [{name: row[name] for name in names} for row in TYPES.values()]
    return {**image, "InstanceTypes": {"InstanceType": rows}}


def _rest(call: Call, rows: list[Response]) -> Response:
    page = token_page(call.parameters, rows, "Rows", default=100)
    return {"NextToken": page.get("NextToken", "")}


def _row(family: str, cores: int, memory: int) -> Response:
    cards = CARDS.get(cores, 1)
    shown = (
        {"NetworkCards": {"NetworkCardInfo": [{"NetworkCardIndex": one} for one in range(cards)]}} if cards > 1 else {}
    )
    return shown | {
        "InstanceTypeId": f"{family}.{_NAMES[cores]}",
        "InstanceTypeFamily": family,
        "InstanceFamilyLevel": "EnterpriseLevel",
        "InstanceCategory": "General-purpose",
        "CpuCoreCount": cores,
        "MemorySize": float(memory),
        "CpuArchitecture": "X86",
        "EniQuantity": 3,
        "EniTotalQuantity": 3,
        "EniTrunkSupported": False,
        "EniPrivateIpAddressQuantity": ADDRESSES,
        "EniIpv6AddressQuantity": ADDRESSES,
        "NvmeSupport": "supported",
        "PrimaryEniQueueNumber": 2,
        "SecondaryEniQueueNumber": 2,
        "MaximumQueueNumberPerEni": 2,
        "TotalEniQueueQuantity": 6,
        "GPUAmount": 0,
        "GPUSpec": "",
        "InitialCredit": 0,
        "BaselineCredit": 0,
        "LocalStorageAmount": 0,
        "LocalStorageCapacity": 0,
        "JumboFrameSupport": False,
        "NetworkCardQuantity": cards,
        "NetworkEncryptionSupport": False,
        "EriQuantity": 0,
        "GPUMemorySize": 0,
        "LocalStorageCategory": "",
        "DiskQuantity": 17,
    }


TYPES = {
    row["InstanceTypeId"]: row
    for family, shapes in _SHAPES.items()
    for row in (_row(family, cores, memory) for cores, memory in shapes)
}
"""Type -> how DescribeInstanceTypes shows it."""
