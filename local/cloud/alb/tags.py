"""ALB of the local cloud: tags and resource groups of all that takes them."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.documents import require, token_page
from local.cloud.errors import gone, invalid
from local.cloud.products import ALB

KINDS = {
    "loadbalancer": "alb.load_balancer",
    "servergroup": "alb.server_group",
    "listener": "alb.listener",
    "acl": "alb.acl",
    "securitypolicy": "alb.security_policy",
    "healthchecktemplate": "alb.health_check_template",
}


@action(ALB, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags."""
    return tagging.tag(call, KINDS)


@action(ALB, "UnTagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags by key."""
    return tagging.untag(call, KINDS)


@action(ALB, "ListTagResources", source="provider source")
def list_tag_resources(call: Call) -> Response:
    """The tags of resources of one type."""
    page = token_page(call.parameters, tagging.listed(call, KINDS)["TagResources"], "TagResources")
    return {key: value for key, value in page.items() if key != "TotalCount"}


@action(ALB, "MoveResourceGroup", source="provider source", writes=True)
def move_resource_group(call: Call) -> Response:
    """Put a resource into another resource group."""
    type_, id = call.parameters.required("ResourceType").lower(), call.parameters.required("ResourceId")
    if type_ not in KINDS:
        raise invalid("ResourceType", f"allowed are {', '.join(KINDS)}")
    document = require(call.store, KINDS[type_], id, gone("ResourceNotFound", "resource"))
    call.store.put(KINDS[type_], id, {**document, "ResourceGroupId": call.parameters.required("NewResourceGroupId")})
    return {}
