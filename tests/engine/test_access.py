"""The RAM policies in force: the local cloud refuses what they do not allow, and a stack's life passes under them."""

import json
from typing import Any

import pytest

from local.cloud.access.names import named
from scripts.permissions import FOLDER
from tests.engine.cloud_calls import ALB, CAS, ECS, call
from tests.engine.played_settings import BALANCER, GROUPS_THERE, SERVER, files
from tests.engine.sandbox import CHECKOUT, Sandbox
from tests.unit.test_x509_family import make_family

pytestmark = pytest.mark.engine
UP, PREVIEW = (json.loads((CHECKOUT / FOLDER / name).read_text()) for name in ("up.json", "preview.json"))
NEVER_CALLED = {
    "ecs:JoinSecurityGroup": "an instance's security group is another one only after `adopt`",
    "ecs:LeaveSecurityGroup": "the same",
    "ecs:ModifySecurityGroupRule": "what it changes in place, the program says once and for all",
}
"""What the policy allows and no play leads to, with the reason why it is allowed all the same."""


def less(policy: dict[str, Any], action: str) -> dict[str, Any]:
    """The policy without one of its actions."""
    statement = policy["Statement"][0]
    kept = [one for one in statement["Action"] if one != action]
    assert len(kept) == len(statement["Action"]) - 1
    return {**policy, "Statement": [{**statement, "Action": kept}]}


def refused(stack: Sandbox, since: int) -> set[str]:
    """Actions that the cloud has refused for lack of permission."""
    return {entry["action"] for entry in stack.requests()[since:] if entry["code"] == "Forbidden.RAM"}


def test_a_stack_lives_under_its_policies(fresh: Sandbox) -> None:
    """One action less fails and names it, the whole policy suffices for every setting's change; who may read writes nothing.

    Each `up` here changes dozens of settings at once; tests/unit/test_played_settings.py says that none is left out.
    """
    fresh.init()
    for action, told in (
        ("yundun-cert:UploadPCACert", "UploadPCACert failed: Forbidden.RAM: the credentials lack the permission"),
        ("alidns:AddDomainRecord", "Forbidden.RAM"),
    ):
        up_fails(fresh, less(UP, action), action, told)
    with fresh.calling_as("deployer", UP):
        fresh.up()
    with fresh.calling_as("reader", PREVIEW):
        reads(fresh)
        writes_nothing(fresh)
    with fresh.calling_as("deployer", UP):
        plays(fresh)
        for group in call(fresh, ECS, "DescribeSecurityGroups", RegionId="ap-southeast-1")["SecurityGroups"][
            "SecurityGroup"
        ]:
            if not group["SecurityGroupName"]:
                call(
                    fresh,
                    ECS,
                    "DeleteSecurityGroup",
                    RegionId="ap-southeast-1",
                    SecurityGroupId=group["SecurityGroupId"],
                )
        fresh.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
    assert refused(fresh, 0) == {"UploadPCACert", "AddDomainRecord", "UpdateDomainRecord"}
    assert unused(fresh) == set(NEVER_CALLED)
    left = {kind: len(ids) for kind, ids in fresh.objects().items()}
    assert left == {"alidns.domain": 1, "cas.server_certificate": 1}  # zones are kept, and the certificate was given


def up_fails(stack: Sandbox, policy: dict[str, Any], action: str, told: str) -> None:
    """`up` ends with an error that says which call was refused, and no other was."""
    before = requests(stack)
    with stack.calling_as("deployer", policy):
        done = stack.up(check=False)
    shown = done.stdout + done.stderr
    assert done.returncode != 0 and refused(stack, before) == {action.split(":")[1]}
    assert told in shown and "Traceback" not in shown
    assert stack.environment()["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in shown


def plays(stack: Sandbox) -> None:
    """Every setting is changed (`played_settings`), and the policy holds what that takes: nothing is refused."""
    before, document = requests(stack), stack.read_config()
    certificate, groups = given_certificate(stack), [given_group(stack) for _ in GROUPS_THERE]
    given = dict(zip(GROUPS_THERE, groups, strict=True))
    for config in files()[1:]:
        if "securityGroups" in config[BALANCER]:
            config[BALANCER]["securityGroups"] = [given[one] for one in config[BALANCER]["securityGroups"]]
        if "id" in config[SERVER]:
            config[SERVER] = {"id": certificate}
        here = {key: value for key, value in document["config"].items() if key.startswith("alicloud:")}
        stack.write_config({**document, "config": {**config, **here}})
        stack.up()
        assert refused(stack, before) == set()


def given_certificate(stack: Sandbox) -> str:
    """A server certificate that was uploaded by the account's owner."""
    servers = make_family(title="Servers")
    leaf = servers.server("www.example.test")
    chain = leaf.certificate + servers.chain
    uploaded = call(stack, CAS, "UploadUserCertificate", Name="given", Cert=chain, Key=leaf.key)
    return f"{uploaded['CertId']}-ap-southeast-1"


def given_group(stack: Sandbox) -> str:
    """A security group of the account's owner in the stack's network."""
    balancer = call(stack, ALB, "GetLoadBalancerAttribute", LoadBalancerId=stack.outputs()["loadBalancer"]["id"])
    made = call(stack, ECS, "CreateSecurityGroup", RegionId="ap-southeast-1", VpcId=balancer["VpcId"])
    return str(made["SecurityGroupId"])


def unused(stack: Sandbox) -> set[str]:
    """What the policy allows to change and no `up` of this stack has changed."""
    made = {named(f"{entry['product']}:{entry['action']}").lower() for entry in stack.requests()}
    reading = set(PREVIEW["Statement"][0]["Action"])
    return {one for one in UP["Statement"][0]["Action"] if one not in reading and one.lower() not in made}


def requests(stack: Sandbox) -> int:
    """How many calls the cloud has answered."""
    return len(stack.requests()) if (stack.local / "cloud" / "requests.jsonl").exists() else 0


def reads(stack: Sandbox) -> None:
    """A preview, one that looks at the cloud, and the drift command: nothing is refused."""
    before = requests(stack)
    stack.preview("--expect-no-changes")
    stack.preview("--refresh", "--expect-no-changes")
    stack.python("-m", "mtlsedge", "drift", "--stack", "local")
    stack.python("-m", "mtlsedge", "orphans", "--stack", "local")
    assert refused(stack, before) == set()


def writes_nothing(stack: Sandbox) -> None:
    """A change of the domain's time to live is refused, and the cloud has done no write."""
    before = requests(stack)
    domain = stack.read_config()["config"]["mtlsedge:domain"]
    with stack.changed({"mtlsedge:domain": {**domain, "ttl": 1200}}):
        done = stack.up(check=False)
    assert done.returncode != 0 and "Forbidden.RAM" in done.stdout + done.stderr
    assert refused(stack, before) == {"UpdateDomainRecord"}
    assert not [entry for entry in stack.requests()[before:] if entry["writes"] and entry["status"] < 300]
