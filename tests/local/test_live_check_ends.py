"""A live check ends with nothing left, wherever it is cut off: on a control plane in this process, without listeners.

`tests/engine/test_live_check.py` runs it whole, against listeners that do handshakes.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from livecheck import running
from livecheck.calls import Calls
from livecheck.clock import Clock
from livecheck.command import COULD_NOT_RUN, SOMETHING_LEFT, _finish
from livecheck.ownership import Run
from livecheck.questions import service
from livecheck.record import Record
from livecheck.removal import Account
from livecheck.running import Plan
from livecheck.tutorial import Builder, Wish
from local.behaviour_records import chosen
from local.cloud import chosen_behaviours
from local.cloud.application import Cloud
from local.places import ACCOUNT_ID, CHECKOUT, REGION
from mtlsedge.cloud import PRODUCTS
from mtlsedge.verify.connecting import Attempt, Endpoint, Outcome

pytestmark = pytest.mark.slow

ZONE = "example.test"
READS = ("Get", "List", "Describe")
MAKING = 11
"""Different actions that make or change something in a whole run; fewer would mean that the test looks at less."""


def configuration(address: str) -> dict[str, Any]:
    """A stack's configuration whose every product is at one address."""
    endpoints = [dict.fromkeys(PRODUCTS, address)]
    return {"alicloud:region": REGION, "alicloud:protocol": "HTTP", "alicloud:endpoints": endpoints}


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Cloud, Plan]]:
    """A run on a control plane alone: there is no listener to connect to, so each question gives up at once."""
    cloud = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0")
    cloud.start()
    monkeypatch.setenv("ALICLOUD_ACCESS_KEY", cloud.credentials.access_key_id)
    monkeypatch.setenv("ALICLOUD_SECRET_KEY", cloud.credentials.access_key_secret)
    quick(monkeypatch)
    calls = Calls(configuration(cloud.api_address), clock=Clock(120, 0.02, 0.01))
    account = Account(calls, replace(calls), ZONE)
    yield cloud, Plan(Run(), account, Wish(instance_type="ecs.g7.large", image="any", resolver="127.0.0.1:1"))
    cloud.stop()


def test_interrupted_after_each_kind_of_write_nothing_is_left(
    plan: tuple[Cloud, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first call of each action that makes or changes something is done, its reply is lost, and a signal comes."""
    cloud, first = plan
    writes = sorted(written(cloud, first, monkeypatch))
    assert len(writes) >= MAKING, writes
    for action in writes:
        cloud.faults.add({"kind": "lost-reply", "action": action, "times": 1})
        signalled(replace(first, run=Run()), action, monkeypatch)
        cloud.faults.clear()
        assert held(cloud) == {}, f"SIGINT after {action}"


def test_without_credentials_there_is_one_line(tmp_path: Path) -> None:
    """Not the traceback that the vendor's SDK prints by itself."""
    command = (sys.executable, "-m", "livecheck", "--account", "1", "--region", REGION, "--endpoint", "127.0.0.1:9")
    nowhere = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
        "ALIBABA_CLOUD_CREDENTIALS_URI": "http://127.0.0.1:9/",
    }
    done = subprocess.run(command, check=False, cwd=CHECKOUT, env=nowhere, text=True, capture_output=True, timeout=60)
    assert done.returncode == COULD_NOT_RUN
    told = "no credentials found in the environment, a profile or a role"
    assert (done.stdout, done.stderr) == ("", f"live-check: GetCallerIdentity failed: {told}\n")


def test_a_record_holds_no_key_no_credential_and_no_account(plan: tuple[Cloud, Plan], tmp_path: Path) -> None:
    """Whatever was answered on the way: neither the record nor its page has them, so both may be committed."""
    cloud, run = plan
    record = told(run)
    assert {"CreateVpc", "UploadPCACert"} <= {call.partition(":")[2] for call in record.calls}
    page = record.write(tmp_path / "records")
    text = page.read_text() + page.with_suffix(".json").read_text()
    secrets = (cloud.credentials.access_key_id, cloud.credentials.access_key_secret, ACCOUNT_ID, "PRIVATE KEY")
    assert [secret for secret in secrets if secret in text] == []


def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no listener to connect to: everybody counts as let in at once."""
    monkeypatch.setattr(
        "livecheck.edge.Edge.handshake", lambda *_one, **_more: Attempt(Outcome.ANSWERED, "HTTP 200", 200)
    )
    monkeypatch.setattr("livecheck.edge.Edge.endpoint", lambda _edge: Endpoint((), 443, 0.1))


def told(plan: Plan) -> Record:
    """The record of a run, whatever became of it."""
    record = Record(plan.run.id, REGION, "international", "local cloud")
    running.check(plan, record, lambda _line: None)
    return record


def written(cloud: Cloud, plan: Plan, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The actions of a whole run, up to its deletion, that make or change something."""
    seen: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(running, "remove", _noting(seen, plan.account.calls.answered))
        told(plan)
    assert held(cloud) == {}
    return {name for name in seen if not name.startswith(READS)}


def _noting(seen: list[str], answered: set[str]) -> Any:
    whole = running.remove

    def remove(*arguments: Any) -> Any:
        seen.extend(name.partition(":")[2] for name in answered)
        return whole(*arguments)

    return remove


def signalled(plan: Plan, action: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A run that gets SIGINT when the first call of an action is over."""
    once, plain = threading.Event(), Calls.call

    def call(self: Calls, product: str, name: str, query: Any = None) -> Any:
        try:
            return plain(self, product, name, query)
        finally:
            if name == action and not once.is_set():
                once.set()
                os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)  # the handler runs between two steps of the interpreter: here at the latest

    with monkeypatch.context() as patch:
        patch.setattr(Calls, "call", call)
        record = told(plan)
    assert once.is_set(), f"{action} was not called"
    assert (record.ended, record.left) == ("interrupted (SIGINT)", [])


def held(cloud: Cloud) -> dict[str, int]:
    """What is in the account, the zone it owned from the start left out: kind -> how many."""
    kinds = ("vpc.vpc", "vpc.vswitch", "ecs.instance", "ecs.security_group", "alb.load_balancer", "alb.listener",
             "alb.server_group", "cas.warehouse", "cas.ca_certificate", "cas.server_certificate", "alidns.record")  # fmt: skip
    return {kind: len(found) for kind in kinds if (found := cloud.store.list(kind))}


def test_what_cannot_be_deleted_is_named(
    plan: tuple[Cloud, Plan], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """A deletion that the cloud refuses to the end is in the record and on the screen, with exit status 3."""
    cloud, first = plan
    monkeypatch.setattr(running, "REMOVAL_SECONDS", 1.0)
    monkeypatch.setattr(running, "QUESTIONS", ())
    cloud.faults.add({"kind": "error", "action": "DeleteVpc", "code": "OperationFailed.Whatever"})
    record = told(first)
    assert [what.split()[0] for what in record.left] == ["VPC"]
    with pytest.raises(typer.Exit) as end:
        _finish(record.left, "")
    assert end.value.exit_code == SOMETHING_LEFT
    assert record.left[0] in capfd.readouterr().err


def test_an_error_nobody_foresaw_ends_the_run_and_nothing_is_left(
    plan: tuple[Cloud, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer without the key that was looked for: the record says where, not what, and everything goes."""
    cloud, first = plan
    monkeypatch.setattr(Builder, "_listener", lambda *_parts: {}["the key, which may be a secret"])
    record = told(first)
    assert record.ended.startswith("unforeseen: KeyError at tutorial.py:")
    assert "secret" not in str(record)
    assert (held(cloud), record.left, record.complete) == ({}, [], False)


def test_an_error_nobody_foresaw_in_a_question_costs_that_answer_alone(
    plan: tuple[Cloud, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question counts as failed, the next ones are asked, and the record is complete."""
    cloud, first = plan
    monkeypatch.setattr(Builder, "repository", odd_second(Builder.repository))
    monkeypatch.setattr(running, "QUESTIONS", service.QUESTIONS)
    record = told(first)
    states = {answer["id"]: answer["state"] for answer in record.answers}
    assert states["repository.codes"] == "failed"
    assert states["repository.twice"] == "answered"
    assert (held(cloud), record.complete) == ({}, True)


def odd_second(plain: Any) -> Any:
    """`Builder.repository` whose answer has another form when a question asks for a second one."""

    def repository(self: Builder, part: str, *more: str) -> tuple[int, str]:
        made = plain(self, part, *more)
        return made if part == "ca" else {}["InstanceId"]

    return repository


def test_a_list_that_fails_is_never_taken_for_an_empty_one(
    plan: tuple[Cloud, Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the account cannot be looked through to the end, the run does not say that everything is deleted."""
    cloud, first = plan
    monkeypatch.setattr(running, "REMOVAL_SECONDS", 1.0)
    monkeypatch.setattr(running, "QUESTIONS", ())
    cloud.faults.add({"kind": "error", "action": "DescribeVpcs", "code": "Forbidden.RAM"})
    record = told(first)
    assert "what could not be listed: DescribeVpcs failed: Forbidden.RAM" in record.left


def test_the_shapes_of_answers_and_errors_are_kept(plan: tuple[Cloud, Plan]) -> None:
    """Keys and kinds of what was answered; of an error only whether it had a text, and of no answer nothing."""
    cloud, told = plan
    calls = told.account.calls
    calls.do("sts", "GetCallerIdentity")
    assert calls.shapes["sts:GetCallerIdentity"]["AccountId"] == ["text"]
    assert calls.code("alb", "GetListenerAttribute", ListenerId="lsn-none") != "accepted"
    assert calls.shapes["errors"] == {"Message": ["text"]}
    chosen_behaviours.choose(cloud.store, {"error-messages": "empty"})
    calls.code("alb", "GetListenerAttribute", ListenerId="lsn-none")
    assert calls.shapes["errors"] == {"Message": ["empty text", "text"]}
    elsewhere = replace(calls, configuration=configuration("127.0.0.1:1"), shapes={})
    elsewhere.code("sts", "GetCallerIdentity")
    assert elsewhere.shapes == {}


@pytest.mark.parametrize(("texts", "messages"), [("text", "present"), ("absent", "empty"), ("null", "empty")])
def test_what_a_run_saw_of_texts_is_played_again(
    plan: tuple[Cloud, Plan], tmp_path: Path, texts: str, messages: str
) -> None:
    """The shapes of a whole run's answers decide how empty texts and errors are written, whatever the cloud does."""
    cloud, run = plan
    chosen_behaviours.choose(cloud.store, {"empty-texts": texts, "error-messages": messages})
    path = told(run).write(tmp_path).with_suffix(".json")
    decided = chosen(path)
    assert (decided["empty-texts"], decided["error-messages"]) == (texts, messages)
