"""Tags and resource groups of security groups, instances and network interfaces."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import require
from local.cloud.errors import gone, invalid
from local.cloud.products import ECS

KINDS = {"securitygroup": "ecs.security_group", "instance": "ecs.instance", "eni": "ecs.network_interface"}


@action(ECS, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags."""
    return tagging.tag(call, KINDS)


@action(ECS, "UntagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags by key."""
    return tagging.untag(call, KINDS)


@action(ECS, "ListTagResources", source="sdk model")
def list_tag_resources(call: Call) -> Response:
    """The tags of resources of one type; ECS wraps the list once more."""
    return {"TagResources": {"TagResource": tagging.listed(call, KINDS)["TagResources"]}}


@action(ECS, "JoinResourceGroup", source="provider source", writes=True)
def join_resource_group(call: Call) -> Response:
    """Put a resource into another resource group."""
    type_, id = call.parameters.required("ResourceType").lower(), call.parameters.required("ResourceId")
    if type_ not in KINDS:
        raise invalid("ResourceType", f"allowed are {', '.join(KINDS)}")
    document = require(call.store, KINDS[type_], id, gone("InvalidResourceId.NotFound", "resource"))
    group = call.parameters.required("ResourceGroupId")
    call.store.put(KINDS[type_], id, {**document, "ResourceGroupId": group})
    return {}
