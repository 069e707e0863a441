"""The RAM policies in force: the local cloud refuses what they do not allow, and a stack's life passes under them."""

import json
from typing import Any

import pytest

from scripts.permissions import FOLDER
from tests.engine.sandbox import CHECKOUT, Sandbox

pytestmark = pytest.mark.engine
UP, PREVIEW = (json.loads((CHECKOUT / FOLDER / name).read_text()) for name in ("up.json", "preview.json"))


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
    """One action less fails and names it, the whole policy suffices; who may read reads, finds drift and writes nothing."""
    fresh.init()
    for action, told in (
        ("yundun-cert:UploadPCACert", "UploadPCACert failed: Forbidden.RAM: the credentials lack the permission"),
        ("alidns:AddDomainRecord", "Forbidden.RAM"),
    ):
        up_fails(fresh, less(UP, action), action, told)
    with fresh.calling_as("deployer", UP):
        fresh.up()
        changes(fresh)
    with fresh.calling_as("reader", PREVIEW):
        reads(fresh)
        writes_nothing(fresh)
    with fresh.calling_as("deployer", UP):
        fresh.pulumi("destroy", "--yes", "--skip-preview", "--stack", "local")
    assert fresh.objects() == {}


def up_fails(stack: Sandbox, policy: dict[str, Any], action: str, told: str) -> None:
    """`up` ends with an error that says which call was refused, and no other was."""
    before = requests(stack)
    with stack.calling_as("deployer", policy):
        done = stack.up(check=False)
    shown = done.stdout + done.stderr
    assert done.returncode != 0 and refused(stack, before) == {action.split(":")[1]}
    assert told in shown and "Traceback" not in shown
    assert stack.environment()["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] not in shown


def changes(stack: Sandbox) -> None:
    """What one recorded life never changed: tags, which a server certificate has too, address type, resource group."""
    before = requests(stack)
    balancer = stack.read_config()["config"]["mtlsedge:loadBalancer"]
    changed = {"tags": {"team": "edge"}, "addressType": "Intranet", "resourceGroupId": "rg-acfm2"}
    with stack.changed({"mtlsedge:loadBalancer": {**balancer, **changed}}):
        stack.up()
    stack.up()
    assert refused(stack, before) == set()
    made = {entry["action"] for entry in stack.requests()[before:] if entry["writes"]}
    assert {"CreateCertificateName", "UpdateLoadBalancerAddressTypeConfig", "MoveResourceGroup"} <= made


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
