"""Regions and zones."""

from local.cloud.actions import Call, Response, action
from local.cloud.alb.zones import zone_ids
from local.cloud.products import ECS


@action(ECS, "DescribeRegions", source="provider source")
def describe_regions(call: Call) -> Response:
    """The one region of the local cloud."""
    region = call.context.region
    row = {"RegionId": region, "LocalName": region, "RegionEndpoint": call.context.api_address(), "Status": "available"}
    return {"Regions": {"Region": [row]}}


@action(ECS, "DescribeZones", source="provider source")
def describe_zones(call: Call) -> Response:
    """Three zones; the lists inside must not be empty, or the provider passes the zone over (§8.4)."""
    return {"Zones": {"Zone": [_zone(zone) for zone in zone_ids(call.region)]}}


@action(ECS, "DescribeAvailableResource", source="provider source")
def describe_available_resource(call: Call) -> Response:
    """Every zone has everything."""
    rows = [{"ZoneId": zone, "RegionId": call.region, "Status": "Available", "StatusCategory": "WithStock"}
            for zone in zone_ids(call.region)]  # fmt: skip
    return {"AvailableZones": {"AvailableZone": rows}}


def _zone(zone: str) -> Response:
    return {
        "ZoneId": zone,
        "LocalName": zone,
        "ZoneType": "AvailabilityZone",
        "AvailableInstanceTypes": {"InstanceTypes": ["ecs.g7.large"]},
        "AvailableDiskCategories": {"DiskCategories": ["cloud_essd"]},
        "AvailableResourceCreation": {"ResourceTypes": ["VSwitch", "Instance", "Disk"]},
    }
