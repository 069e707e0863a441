"""ALB of the local cloud: load balancers in security groups.

Beside the groups it is put into, a load balancer is in one of the service's own, which lets in everybody at the lowest
priority: only rules that refuse make a difference ("Add an ALB instance to a security group", ALB user guide). That one
stands in no answer.
"""

from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, load_balancers
from local.cloud.ecs import security_groups
from local.cloud.errors import gone, refused
from local.cloud.products import ALB
from local.cloud.store import Document

MOST = 4
"""Groups one load balancer may be put into (page of LoadBalancerJoinSecurityGroup)."""


@action(ALB, "LoadBalancerJoinSecurityGroup", source="docs", writes=True)
def load_balancer_join_security_group(call: Call) -> Response:
    """Put a load balancer into groups of its network. While one such call is at work another is refused (upstream issue 9282)."""
    document, sent = _settled(call)
    groups = document.get("SecurityGroupIds", [])
    for id in sent:
        if security_groups.find(call, id)["VpcId"] != document["VpcId"]:
            raise refused("VpcNotMatch.SecurityGroup", "The security group and the load balancer are not in one VPC.")
        if id in groups:
            raise refused("ResourceAlreadyAssociated.SecurityGroup", "The load balancer is in the group already.")
    if len({*groups, *sent}) > MOST:
        raise refused("QuotaExceeded.SecurityGroup", f"A load balancer is in {MOST} security groups at most.")
    return _changed(call, document, [*groups, *dict.fromkeys(sent)])


@action(ALB, "LoadBalancerLeaveSecurityGroup", source="docs", writes=True)
def load_balancer_leave_security_group(call: Call) -> Response:
    """Take a load balancer out of groups that it is in."""
    document, sent = _settled(call)
    groups = document.get("SecurityGroupIds", [])
    if not set(sent) <= set(groups):
        raise gone("ResourceNotFound.SecurityGroup", "security group of the load balancer")
    return _changed(call, document, [id for id in groups if id not in sent])


def _settled(call: Call) -> tuple[Document, list[str]]:
    document = load_balancers.find(call, call.parameters.required("LoadBalancerId"))
    sent = call.parameters.texts("SecurityGroupIds") or [call.parameters.required("SecurityGroupIds")]
    if document["LoadBalancerStatus"] != "Active":
        raise refused("IncorrectStatus.LoadBalancer", "The status of the load balancer is incorrect.")
    if jobs.are_at_work(call, document["LoadBalancerId"], "SecurityGroup"):
        raise refused("ResourceInConfiguring", "The load balancer is being configured.")
    return document, sent


def _changed(call: Call, document: Document, groups: list[str]) -> Response:
    id = document["LoadBalancerId"]
    call.store.put(load_balancers.KIND, id, {**document, "SecurityGroupIds": groups})
    return {"JobId": jobs.begin(call, "loadbalancer", id)}
