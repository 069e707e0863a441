"""ECS of the local cloud: regions, zones, and what a zone has."""

from collections.abc import Callable

from local.cloud.actions import Call, Response, action
from local.cloud.alb.zones import zone_ids
from local.cloud.ecs.instance_types import TYPES
from local.cloud.products import ECS

DISK_CATEGORIES = ("cloud_efficiency", "cloud_ssd", "cloud_essd", "cloud_auto")
_RESOURCES = {
    "Zone": ("Zone", ()),
    "InstanceType": ("InstanceType", tuple(TYPES)),
    "SystemDisk": ("SystemDisk", DISK_CATEGORIES),
    "DataDisk": ("DataDisk", DISK_CATEGORIES),
    "IoOptimized": ("IoOptimized", ("optimized",)),
    "Network": ("Network", ("vpc",)),
}
"""DestinationResource -> the type the answer names, and what every zone has of it."""


_CHOICES = {
    "InstanceChargeType": ("PostPaid", "PrePaid"),
    "IoOptimized": ("optimized", "none"),
    "SpotStrategy": ("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"),
    "NetworkCategory": ("vpc", "classic"),
    "ResourceType": ("instance", "disk", "reservedinstance", "ddh"),
    "Scope": ("Region", "Zone"),
    "SystemDiskCategory": DISK_CATEGORIES,
    "DataDiskCategory": DISK_CATEGORIES,
}


@action(ECS, "DescribeRegions", source="provider source")
def describe_regions(call: Call) -> Response:
    """The one region of the local cloud."""
    region = call.context.region
    row = {"RegionId": region, "LocalName": region, "RegionEndpoint": call.context.api_address(), "Status": "available"}
    return {"Regions": {"Region": [row]}}


@action(ECS, "DescribeZones", source="provider source")
def describe_zones(call: Call) -> Response:
    """Three zones; the lists inside must not be empty, or the provider passes the zone over (§8.4)."""
    for name in ("InstanceChargeType", "SpotStrategy"):
        call.parameters.choice(name, _CHOICES[name], _CHOICES[name][0])
    call.parameters.boolean("Verbose")
    call.parameters.text("AcceptLanguage")
    return {"Zones": {"Zone": [_zone(zone) for zone in zone_ids(call.region)]}}


@action(ECS, "DescribeAvailableResource", source="provider source")
def describe_available_resource(call: Call) -> Response:
    """Every zone has everything, or the instance types with so many cores and so much memory."""
    type_, values = _RESOURCES[call.parameters.choice("DestinationResource", tuple(_RESOURCES), "Zone")]
    fits = _filter(call)
    if type_ == "InstanceType":
        values = tuple(value for value in values if fits(TYPES[value]))
    supported = [{"Value": value, "Status": "Available", "StatusCategory": "WithStock"} for value in values]
    resources = [{"Type": type_, "SupportedResources": {"SupportedResource": supported}}] if supported else []
    wanted = call.parameters.text("ZoneId")
    rows = [
        {"ZoneId": zone, "RegionId": call.region, "Status": "Available", "StatusCategory": "WithStock",
         "AvailableResources": {"AvailableResource": resources}}
        for zone in zone_ids(call.region) if wanted in ("", zone)
    ]  # fmt: skip
    return {"AvailableZones": {"AvailableZone": rows}}


def _filter(call: Call) -> Callable[[Response], bool]:
    """All of it is read here, also when no instance type is asked for."""
    for name, allowed in _CHOICES.items():
        call.parameters.choice(name, allowed, allowed[0])  # checked; every zone has everything under each of them
    cores, memory = call.parameters.text("Cores"), call.parameters.text("Memory")
    type_ = call.parameters.text("InstanceType")
    return lambda row: (
        cores in ("", str(row["CpuCoreCount"]))
        and (not memory or float(memory) == row["MemorySize"])
        and type_ in ("", row["InstanceTypeId"])
    )


def _zone(zone: str) -> Response:
    return {
        "ZoneId": zone,
        "LocalName": zone,
        "ZoneType": "AvailabilityZone",
        "AvailableInstanceTypes": {"InstanceTypes": list(TYPES)},
        "AvailableDiskCategories": {"DiskCategories": list(DISK_CATEGORIES)},
        "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "Instance", "Disk", "IoOptimized"]},
        "AvailableResources": {"ResourcesInfo": []},
        "AvailableVolumeCategories": {"VolumeCategories": []},
        "AvailableDedicatedHostTypes": {"DedicatedHostType": []},
    }
