"""Tags and resource groups of security groups, instances and network interfaces."""

from collections.abc import Callable
from functools import partial

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import require
from local.cloud.ecs import disks
from local.cloud.errors import gone, invalid
from local.cloud.products import ECS

KINDS = {"securitygroup": "ecs.security_group", "instance": "ecs.instance", "eni": "ecs.network_interface"}

MOST = 50
"""Tags of one resource, as upstream's test of an instance has them; other products' documents say 20."""


@action(ECS, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags."""
    return _of_disks(call, partial(tagging.adding, most=MOST)) if _are_disks(call) else tagging.tag(call, KINDS, MOST)


@action(ECS, "UntagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags by key."""
    return _of_disks(call, tagging.removing) if _are_disks(call) else tagging.untag(call, KINDS)


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


def _are_disks(call: Call) -> bool:
    return call.parameters.required("ResourceType").lower() == "disk"


def _of_disks(call: Call, how: Callable[[Call], tagging.Change]) -> Response:
    """Disks lie in the documents of their instances."""
    change = how(call)
    for id in call.parameters.texts("ResourceId"):
        document, disk = disks.find(call, id)
        disk["Tags"] = change(disk["Tags"])
        call.store.put(disks.INSTANCES, document["InstanceId"], document)
    return {}
