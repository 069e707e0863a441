"""ALB of the local cloud: regions and zones where load balancers can be."""

from local.cloud.actions import Call, Response, action
from local.cloud.products import ALB


@action(ALB, "DescribeZones", source="provider source")
def describe_zones(call: Call) -> Response:
    """Three zones of the region."""
    return {"Zones": [{"ZoneId": zone, "LocalName": zone} for zone in zone_ids(call.region)]}


@action(ALB, "DescribeRegions", source="sdk model")
def describe_regions(call: Call) -> Response:
    """The one region of the local cloud."""
    region = call.context.region
    return {"Regions": [{"RegionId": region, "LocalName": region, "RegionEndpoint": call.context.api_address()}]}


def zone_ids(region: str) -> list[str]:
    """Zone ids as the vendor forms them: a letter after a region that ends in a digit, else after a hyphen."""
    joint = "" if region[-1:].isdigit() else "-"
    return [f"{region}{joint}{letter}" for letter in "abc"]
