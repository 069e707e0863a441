"""Console edits, made with the vendor's SDK: each is exactly its finding, and none is none."""

import json
import operator
from collections.abc import Callable
from typing import Any

import pytest

from tests.engine.cloud_calls import ALB, DNS, call
from tests.engine.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.engine


def look(stack: Sandbox) -> set[tuple[str, str]]:
    """Kind and part of every finding, and what is less safe; the exit status must agree."""
    done = stack.python("-m", "mtlsedge", "drift", "--json", "--stack", "local", check=False)
    document = json.loads(done.stdout)
    found: list[dict[str, Any]] = document["findings"]
    assert done.returncode == int(bool(found)), done.stderr
    return {(one["kind"], one["part"]) for one in found} | {("less safe", one["kind"]) for one in document["lessSafe"]}


def edit_listener(stack: Sandbox) -> Callable[[], Any]:
    """Client verification off."""
    listener = stack.outputs()["loadBalancer"]["listenerId"]
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="false")
    return lambda: call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="true")


def edit_floor(stack: Sandbox) -> Callable[[], Any]:
    """A TLS policy that takes older versions."""
    listener, policy = stack.outputs()["loadBalancer"]["listenerId"], stack.outputs()["loadBalancer"]["tlsPolicy"]
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, SecurityPolicyId="tls_cipher_policy_1_0")
    return lambda: call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, SecurityPolicyId=policy)


def edit_group(stack: Sandbox) -> Callable[[], Any]:
    """Another scheduler."""
    group = stack.outputs()["serverGroups"]["web"]["id"]
    call(stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Sch")
    return lambda: call(stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wrr")


def edit_record(stack: Sandbox) -> Callable[[], Any]:
    """Another target for the name."""
    record = stack.objects()["alidns.record"][0]
    right = call(stack, DNS, "DescribeDomainRecordInfo", RecordId=record)
    same = {"RecordId": record, "RR": right["RR"], "Type": "CNAME", "TTL": right["TTL"]}
    call(stack, DNS, "UpdateDomainRecord", **same, Value="elsewhere.example.com")
    return lambda: call(stack, DNS, "UpdateDomainRecord", **same, Value=right["Value"])


EDITS: dict[str, tuple[Callable[[Sandbox], Callable[[], Any]], str, set[str]]] = {
    "verification off": (edit_listener, "listener", {"client-verification-off"}),
    "older TLS": (edit_floor, "listener", {"tls-floor-lowered"}),
    "another scheduler": (edit_group, "server group", set()),
    "another target": (edit_record, "DNS record", set()),
}
"""Edit -> how it is made, the part that it is a finding about, and what it makes less safe."""


def test_without_an_edit_there_is_no_drift(stack: Sandbox) -> None:
    """Right after `up` the command is quiet and its status is 0."""
    assert set() == look(stack)


@pytest.mark.parametrize("edit", list(EDITS))
def test_an_edit_in_the_console_is_exactly_its_finding(stack: Sandbox, edit: str) -> None:
    """The edited part is found, nothing else; it is less safe only where somebody is let in who was not."""
    make, part, weaker = EDITS[edit]
    undo = make(stack)
    try:
        expected = {("drift", part)} | {("less safe", kind) for kind in weaker}
        eventually(lambda: look(stack), lambda found: found == expected)
    finally:
        undo()
    eventually(lambda: look(stack), operator.not_)


def test_a_cloud_that_does_not_answer_is_no_all_clear(stack: Sandbox) -> None:
    """Status 2 and one line: nobody looked."""
    stack.kill_cloud()
    try:
        done = stack.python("-m", "mtlsedge", "drift", "--stack", "local", check=False)
    finally:
        stack.start_cloud()
    assert done.returncode == 2
    assert "cannot say whether there is drift" in done.stderr and "Traceback" not in done.stderr
