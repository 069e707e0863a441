"""VPC of the local cloud: tags and resource groups of networks and vSwitches."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.products import VPC

KINDS = {"vpc": "vpc.vpc", "vswitch": "vpc.vswitch", "commonbandwidthpackage": "vpc.bandwidth_package"}


@action(VPC, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags."""
    return tagging.tag(call, KINDS)


@action(VPC, "UnTagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags by key."""
    return tagging.untag(call, KINDS)


@action(VPC, "ListTagResources", source="sdk model")
def list_tag_resources(call: Call) -> Response:
    """The tags of resources of one type; VPC wraps the list once more."""
    return {"TagResources": {"TagResource": tagging.listed(call, KINDS)["TagResources"]}}
