"""A load balancer in security groups: who may connect before any certificate is asked for, over a stack's life."""

from typing import Any

import pytest

from tests.engine.cloud_calls import ALB, ECS, call
from tests.engine.rotating import Rotation
from tests.engine.sandbox import Sandbox
from tests.engine.test_quiet import BALANCER, alice, writes
from tests.waiting import eventually

pytestmark = pytest.mark.engine
REGION = {"RegionId": "ap-southeast-1"}
JOIN, LEAVE = "LoadBalancerJoinSecurityGroup", "LoadBalancerLeaveSecurityGroup"


def groups_of(stack: Sandbox) -> list[str]:
    """The groups that the cloud says the load balancer is in."""
    found = call(stack, ALB, "GetLoadBalancerAttribute", LoadBalancerId=stack.outputs()["loadBalancer"]["id"])
    return list(found["SecurityGroupIds"])


def group(stack: Sandbox, network: str, **rule: str) -> str:
    """A security group of another owner, with one rule about the HTTPS port."""
    made = str(call(stack, ECS, "CreateSecurityGroup", **REGION, VpcId=network)["SecurityGroupId"])
    sent = {
        f"Permissions.1.{key}": value for key, value in ({"IpProtocol": "tcp", "PortRange": "443/443"} | rule).items()
    }
    call(stack, ECS, "AuthorizeSecurityGroup", **REGION, SecurityGroupId=made, **sent)
    return made


def put_into(stack: Sandbox, *groups: str) -> list[str]:
    """`up` with the load balancer in these groups, then quiet; what it wrote, in its order."""
    balancer = stack.read_config()["config"][BALANCER]
    balancer.pop("securityGroups", None)
    since = len(stack.requests())
    with stack.changed({BALANCER: balancer | ({"securityGroups": list(groups)} if groups else {})}):
        stack.up()
        stack.preview("--expect-no-changes")
        stack.preview("--refresh", "--expect-no-changes")
    return writes(stack, since)


def settles(stack: Sandbox, *, let_in: bool) -> bool:
    """Whether a good client is let in, once the proxy has taken over the last change."""
    rotation, shown = Rotation(stack), alice(stack)
    endpoint = rotation.endpoint()
    return eventually(lambda: rotation.attempt(endpoint, shown).let_in, lambda found: found == let_in)


def test_a_load_balancer_lives_in_security_groups(fresh: Sandbox) -> None:
    """Into two in one `up`, one call after the other; a rule that refuses keeps good clients out; out again, and gone with the stack."""
    fresh.init()
    fresh.up()
    fresh.export()
    balancer: dict[str, Any] = call(
        fresh, ALB, "GetLoadBalancerAttribute", LoadBalancerId=fresh.outputs()["loadBalancer"]["id"]
    )
    network = balancer["VpcId"]
    lets_in = group(fresh, network, SourceCidrIp="127.0.0.0/8", Policy="accept", Priority="1")
    refuses = group(fresh, network, SourceCidrIp="0.0.0.0/0", Policy="drop", Priority="100")
    assert put_into(fresh, lets_in, refuses) == [JOIN, JOIN]
    assert sorted(groups_of(fresh)) == sorted([lets_in, refuses])
    assert settles(fresh, let_in=True)
    assert put_into(fresh, refuses) == [LEAVE]
    assert not settles(fresh, let_in=False)
    assert put_into(fresh) == [LEAVE]
    assert settles(fresh, let_in=True)
    assert put_into(fresh, lets_in, refuses) == [JOIN, JOIN]
    since = len(fresh.requests())
    destroy = ("destroy", "--yes", "--skip-preview", "--stack", "local")
    fresh.pulumi(*destroy, "--target", "**LoadBalancerSecurityGroupAttachment::**", "--target-dependents")
    done = writes(fresh, since)
    assert done[-2:] == [LEAVE, LEAVE] and done.count("DeleteListener") == 2, "no listener answers without its groups"
    for one in (lets_in, refuses):
        call(fresh, ECS, "DeleteSecurityGroup", **REGION, SecurityGroupId=one)
    fresh.pulumi(*destroy)
    assert set(fresh.objects()) <= {"alidns.domain"}
