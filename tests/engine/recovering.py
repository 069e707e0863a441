"""The runbook docs/runbooks/up-cut-off.md, as an operator plays it."""

from collections.abc import Mapping
from typing import Any

from tests.engine.cloud_calls import ALB, CAS, DNS, ECS, VPC, call
from tests.engine.sandbox import STACK, Sandbox

REMOVALS: Mapping[str, tuple[str, str, str]] = {
    "DNS record": (DNS, "DeleteDomainRecord", "RecordId"),
    "listener": (ALB, "DeleteListener", "ListenerId"),
    "load balancer": (ALB, "DeleteLoadBalancer", "LoadBalancerId"),
    "server group": (ALB, "DeleteServerGroup", "ServerGroupId"),
    "server certificate": (CAS, "DeleteUserCertificate", "CertId"),
    "instance": (ECS, "DeleteInstance", "InstanceId"),
    "security group": (ECS, "DeleteSecurityGroup", "SecurityGroupId"),
    "vSwitch": (VPC, "DeleteVSwitch", "VSwitchId"),
    "VPC": (VPC, "DeleteVpc", "VpcId"),
}
"""What an operator calls for what `orphans` lists, in the order in which the cloud lets go."""

FOUND_AGAIN = {"CA repository", "uploaded CA"}
"""What the next `up` looks for before it makes it."""


def remove(stack: Sandbox, listed: list[dict[str, Any]]) -> None:
    """What was listed is deleted by its id, and nothing else."""
    unknown = {one["kind"] for one in listed} - set(REMOVALS) - FOUND_AGAIN
    assert not unknown, f"nobody said how to remove {unknown}"
    for kind, (version, action, key) in REMOVALS.items():
        for orphan in (one for one in listed if one["kind"] == kind):
            extra = {"Force": "true"} if kind == "instance" else {}
            call(stack, version, action, **{key: orphan["id"]}, **extra)


def recover(stack: Sandbox) -> None:
    """What was lost is removed, what was half made is read, and the engine forgets what it was about to make."""
    remove(stack, stack.orphans())
    stack.pulumi("refresh", "--clear-pending-creates", "--yes", "--skip-preview", "--stack", STACK)
