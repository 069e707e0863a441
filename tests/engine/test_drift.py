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
    """Kind and part of every finding; the exit status must agree."""
    done = stack.python("-m", "mtlsedge", "drift", "--json", "--stack", "local", check=False)
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    assert done.returncode == int(bool(found)), done.stderr
    return {(one["kind"], one["part"]) for one in found}


def edit_listener(stack: Sandbox) -> Callable[[], Any]:
    """Client verification off."""
    listener = stack.outputs()["loadBalancer"]["listenerId"]
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="false")
    return lambda: call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="true")


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


EDITS = {"listener": edit_listener, "server group": edit_group, "DNS record": edit_record}


def test_without_an_edit_there_is_no_drift(stack: Sandbox) -> None:
    """Right after `up` the command is quiet and its status is 0."""
    assert set() == look(stack)


@pytest.mark.parametrize("part", list(EDITS))
def test_an_edit_in_the_console_is_exactly_its_finding(stack: Sandbox, part: str) -> None:
    """The edited part is found, nothing else."""
    undo = EDITS[part](stack)
    try:
        eventually(lambda: look(stack), lambda found: found == {("drift", part)})
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
