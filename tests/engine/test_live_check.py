"""`make live-check` against the local cloud: every question is asked, and nothing is ever left. Needs no engine; it is dear."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from livecheck import tutorial
from livecheck.calls import Calls
from livecheck.clock import Clock
from livecheck.command import COULD_NOT_RUN, ENDED_EARLY
from livecheck.ownership import Run
from livecheck.questions import NOT_BY_CALLS, QUESTIONS
from local.cloud.access.names import named
from local.places import ACCOUNT_ID, REGION
from mtlsedge.cloud import PRODUCTS
from tests.engine.sandbox import CHECKOUT, COMMAND_SECONDS, Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.engine

ZONE = "example.test"
AT_MOST_SECONDS = 120
STEPS = [
    "up",
    "preview",
    "preview --refresh",
    "reading",
    "preview of a client's change",
    "up with it",
    "preview after it",
]
POLICY = json.loads((CHECKOUT / "docs/reference/permissions/live-check.json").read_text())


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A whole local cloud, Envoy and DNS included."""
    sandbox = Sandbox(tmp_path_factory.mktemp("live"), number=36)
    sandbox.start()
    calls(sandbox).do("sts", "GetCallerIdentity")  # so that there is a log to read
    try:
        yield sandbox
    finally:
        sandbox.stop()


def start(
    place: Sandbox, *arguments: str, agreed: bool = True, stdin: int = subprocess.DEVNULL
) -> subprocess.Popen[str]:
    """The command as a person runs it, with a local cloud in place of the vendor's."""
    consent = ["--yes-spend-money"] if agreed else []
    temporary = place.root / "temporary"
    temporary.mkdir(exist_ok=True)
    return subprocess.Popen(
        [
            sys.executable, "-m", "livecheck", "--account", ACCOUNT_ID, "--region", REGION, *consent,
            "--endpoint", f"127.0.0.1:{place.api_port}", "--zone", ZONE, "--other-site", "--poll", "0.1",
            "--settle", "5", "--record-to", str(place.root / "records"), *arguments,
        ],
        cwd=CHECKOUT,
        env=place.environment() | {"MTLSEDGE_PORT_MAP": "443:8443", "COLUMNS": "200", "TMPDIR": str(temporary)},
        stdin=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip


@contextmanager
def at_a_terminal(typed: str) -> Iterator[int]:
    """A terminal at which somebody has typed that line."""
    person, terminal = pty.openpty()
    os.write(person, f"{typed}\n".encode())
    try:
        yield terminal
    finally:
        os.close(person)
        os.close(terminal)


def written(place: Sandbox) -> list[str]:
    """The calls so far that make or change something."""
    return [entry["action"] for entry in place.requests() if entry.get("writes")]


def ended(process: subprocess.Popen[str], seconds: float = AT_MOST_SECONDS) -> str:
    """What it printed, once it has ended."""
    return process.communicate(timeout=seconds)[0]


def until_says(process: subprocess.Popen[str], word: str) -> str:
    """Reads what it prints until a line holds the word."""
    assert process.stdout
    printed = ""
    for line in process.stdout:
        printed += line
        if word in line:
            return printed
    raise AssertionError(f"it never said {word!r}:\n{printed}")


def working_in(folder: Path) -> list[str]:
    """Processes whose folder is below that one, by number."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (entry / "cwd").readlink().is_relative_to(folder):
                found.append(entry.name)
    return found


def newest(place: Sandbox) -> tuple[dict[str, Any], str]:
    """The newest record, parsed and as text."""
    path = max((place.root / "records").glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
    return json.loads(path.read_text()), path.read_text()


def test_every_question_is_asked_and_nothing_is_left(place: Sandbox) -> None:
    """A whole run answers what calls and handshakes can answer, says why it did not ask the rest, and deletes everything.

    It calls as a RAM user whose policy is the checked-in one: that suffices, and has no action that is not called.
    """
    with place.calling_as("checker", POLICY):
        process = start(place, "--instance-type", "ecs.g7.large", "--image", "any")
        printed = ended(process)
    assert process.returncode == 0, printed
    record, text = newest(place)
    states = {answer["id"]: answer["state"] for answer in record["answers"]}
    unasked = {question.id for question in NOT_BY_CALLS} | {"authority.private-ca", "program.life"}
    assert states == {one.id: "not asked" if one.id in unasked else "answered" for one in QUESTIONS}
    assert (record["complete"], record["left"], record["place"]) == (True, [], "local cloud")
    assert place.objects() == {}
    assert "PRIVATE KEY" not in text + printed
    assert sorted(map(named, record["calls"])) == POLICY["Statement"][0]["Action"]


def test_the_answers_are_what_the_local_cloud_does(place: Sandbox) -> None:
    """The answers follow from what was seen: with the local cloud, whose behaviour is known, they are the right ones."""
    told = {answer["id"]: answer["answer"] for answer in newest(place)[0]["answers"]}
    assert told["client.refusals"] == "all are refused: the handshake or the connection ends"
    assert told["client.purposes"] == "the purpose clientAuth is enforced"
    assert told["client.keys"] == "let in: rsa-2048, rsa-4096, ecdsa-p256, ecdsa-p384"
    assert told["explain.predictions"] == "as foretold, every client"
    assert told["chain.intermediates"] == "followed: sends the intermediate, of a new root, sends the bridge"
    obeyed = "host obeyed, URI obeyed"
    assert told["chain.constraints"] == f"constraints of the intermediate: {obeyed}; constraints of the root: {obeyed}"
    assert told["authority.intermediate"] == "the root above the intermediate is trusted as well"
    assert told["headers.formats"] == "the fingerprint is SHA-256; names are written as in RFC 4514 (last part first)"
    assert "x-live-subject, forwarding off" in told["headers.forged"]
    assert "forwarding on" not in told["headers.forged"]
    assert told["listener.echo"] == "after CaEnabled=false the listener still shows its CA"
    assert "A, then CNAME" in told["dns.conflicts"]
    assert "CNAME, then CNAME" not in told["dns.conflicts"]
    assert told["repository.types"] == "type uploadedCertificate does not take a CA: InvalidWarehouseType"
    assert told["repository.twice"] == "uploading a CA twice gives a second object"
    assert told["repository.in-use"] == "the CA of a listener is not deleted: CertificateInUse"


def test_a_record_chooses_the_behaviours_that_it_was_made_under(place: Sandbox) -> None:
    """There and back: a cloud under odd answers is asked, another takes the file, and behaves as the first did.

    The program is quiet under them, and the file that brings them home has no id and no key.
    """
    odd = {
        "zone-addresses": "absent", "server-address": "echoed", "ca-identifier": "hex", "client-refusal": "400", "chain-walk": "direct",
        "fingerprint": "sha1", "forged-headers": "passed", "repository-id": "other", "repository-type": "pcaCaCert",
        "repository-listing": "late", "repository-not-empty": "allowed", "ca-in-use": "allowed", "private-key": "withheld",
        "list-order": "reverse", "empty-texts": "absent", "error-messages": "empty", "rule-stickiness": "present",
    }  # fmt: skip
    place.python("-m", "local", "behave", *(f"{name}={answer}" for name, answer in odd.items()))
    process = start(place, "--instance-type", "ecs.g7.large", "--image", "any", "--stack")
    printed = ended(process, COMMAND_SECONDS)
    assert process.returncode == 0, printed
    assert place.objects() == {}
    place.python("-m", "local", "behave", "--clear")
    record, text = newest(place)
    (life,) = [answer for answer in record["answers"] if answer["id"] == "program.life"]
    assert life["answer"] == "all went well", life
    assert list(life["evidence"]) == [*STEPS, "destroy"]
    assert not re.search(r"\b(?:alb|lsn|rule|sgp|vpc|vsw|i)-[0-9a-z]{16}|PRIVATE KEY|" + ACCOUNT_ID, text)
    path = max((place.root / "records").glob("*.json"), key=lambda one: one.stat().st_mtime_ns)
    shown = place.python("-m", "local", "behave", "--from", str(path)).stdout
    held = {line.split()[0]: line.split()[1] for line in shown.splitlines() if " * " in line}
    untold = {"repository-listing", "list-order"}
    assert held == {name: answer for name, answer in odd.items() if name not in untold}
    place.python("-m", "local", "behave", "--clear")


@pytest.mark.parametrize(("number", "moment"), [(signal.SIGINT, "load balancer"), (signal.SIGTERM, "authority.kinds")])
def test_a_signal_ends_it_and_everything_is_deleted(place: Sandbox, number: signal.Signals, moment: str) -> None:
    """Ctrl-C or a job's end, in the making or in the asking: the record says so, and nothing is left."""
    process = start(place)
    until_says(process, moment)
    process.send_signal(number)
    printed = ended(process)
    assert process.returncode == ENDED_EARLY, printed
    assert f"interrupted ({number.name})" in printed
    assert not newest(place)[0]["complete"]
    assert place.objects() == {}


def test_a_signal_while_the_program_runs_ends_the_engine_and_everything_is_deleted(place: Sandbox) -> None:
    """In the middle of an `up`: what it has made is found by its name, the engine is gone, and so is its folder."""
    process = start(place, "--stack")
    until_says(process, "stack: up")
    eventually(lambda: len(place.objects().get("alb.load_balancer", ())), lambda number: number == 2)
    process.send_signal(signal.SIGINT)
    printed = ended(process, COMMAND_SECONDS)
    assert process.returncode == ENDED_EARLY, printed
    assert place.objects() == {}
    assert eventually(lambda: working_in(place.root / "temporary"), lambda found: not found) == []
    assert list((place.root / "temporary").iterdir()) == []


def test_impatience_does_not_stop_the_deletion(place: Sandbox) -> None:
    """Whoever presses Ctrl-C again while it deletes is told to wait, and everything goes."""
    process = start(place)
    until_says(process, "load balancer")
    process.send_signal(signal.SIGINT)
    until_says(process, "deleting")
    process.send_signal(signal.SIGINT)
    printed = ended(process)
    assert process.returncode == ENDED_EARLY, printed
    assert "SIGINT: still deleting" in printed
    assert place.objects() == {}


def test_a_terminal_that_goes_away_stops_neither(place: Sandbox) -> None:
    """The window is closed: nobody can be told anything any more, and everything goes all the same."""
    process = start(place)
    until_says(process, "load balancer")
    assert process.stdout
    process.stdout.close()
    process.send_signal(signal.SIGHUP)
    process.wait(AT_MOST_SECONDS)
    assert place.objects() == {}
    assert not newest(place)[0]["complete"]


def test_after_a_kill_another_run_clears_up_and_nothing_of_others_goes(place: Sandbox) -> None:
    """kill -9 leaves things. The next run names and deletes them first; what only looks like a run's stays."""
    foreign = make_near_misses(place)
    killed_while(place, "authority.kinds")
    assert {"alb.load_balancer", "cas.warehouse", "vpc.vpc"} <= set(place.objects()), "nothing was there to clean up"
    assert len(place.objects()["vpc.vpc"]) == len(foreign["vpc.vpc"]) + 1
    process = start(place)
    printed = ended(process)
    assert process.returncode == 0, printed
    assert "Deleted first:\n  DNS record" in printed or "Deleted first:\n  listener" in printed
    assert place.objects() == foreign


def test_a_named_run_alone_is_cleared_up(place: Sandbox) -> None:
    """The line printed at the start deletes that run's things; another run's, one digit away, and near misses stay."""
    foreign = place.objects()
    run = killed_while(place, "load balancer")
    calls(place).do("vpc", "CreateVpc", VpcName=Run(_next(run)).name("vpc"), CidrBlock="10.0.0.0/16")
    process = start(place, "--clean-up", run)
    printed = ended(process)
    assert process.returncode == 0, printed
    assert len(place.objects()["vpc.vpc"]) == len(foreign.get("vpc.vpc", [])) + 1
    assert ended(start(place, "--clean-up", "all")).endswith("done; everything is deleted\n")
    assert place.objects() == foreign


def make_near_misses(place: Sandbox) -> dict[str, list[str]]:
    """Another owner's things whose names nearly are a run's; what the account holds then."""
    cloud = calls(place)
    for name in ("mtlsedge-live-0badcafe0-vpc", "mtlsedge-live-0badcafe", "mtlsedge-live-somebody-vpc",
                 "my-mtlsedge-live-0badcafe-vpc", "mtlsedge-live-0BADCAFE-vpc"):  # fmt: skip
        cloud.do("vpc", "CreateVpc", VpcName=name, CidrBlock="10.0.0.0/16")
        cloud.do("cas", "CreateWarehouse", Name=name, Type=tutorial.CA_REPOSITORY)
        cloud.do("alb", "CreateServerGroup", ServerGroupName=name, VpcId=place.objects()["vpc.vpc"][0])
        if name.islower():  # a host has no case: in capitals it would be the run's
            cloud.do("alidns", "AddDomainRecord", DomainName=ZONE, RR=name, Type="A", Value="192.0.2.1")
    return place.objects()


def killed_while(place: Sandbox, moment: str) -> str:
    """The id of a run that was ended by kill -9 at that moment."""
    process = start(place)
    run = until_says(process, "should this process").rpartition("run ")[2].split(";")[0]
    until_says(process, moment)
    process.kill()
    ended(process)
    return run


def _next(run: str) -> str:
    return f"{(int(run, 16) + 1) % 16**8:08x}"


def calls(place: Sandbox) -> Calls:
    """The account as somebody else uses it."""
    shell = place.environment()
    keys = {"accessKey": shell["ALIBABA_CLOUD_ACCESS_KEY_ID"], "secretKey": shell["ALIBABA_CLOUD_ACCESS_KEY_SECRET"]}
    own = {f"alicloud:{name}": value for name, value in keys.items()}
    return Calls(configuration(f"127.0.0.1:{place.api_port}") | own, clock=Clock(60, 0.05, 0.1))


def test_the_page_says_that_a_local_cloud_answered(place: Sandbox) -> None:
    """The readable record stands beside the other, and its first lines keep anybody from taking it for the real cloud."""
    path = max((place.root / "records").glob("*.md"), key=lambda one: one.stat().st_mtime_ns)
    title, _, warning = path.read_text().splitlines()[:3]
    assert title.endswith(", local cloud")
    assert warning == "**Answered by: local cloud. Nothing here is a fact about Alibaba Cloud.**"


def test_without_consent_nothing_is_made(place: Sandbox) -> None:
    """Where nobody can answer and no flag was given, the cost is shown, and the cloud sees no writing call."""
    before = written(place)
    process = start(place, agreed=False)
    printed = ended(process)
    assert process.returncode == COULD_NOT_RUN, printed
    assert "Upper bound of what is known" in printed
    assert "nobody is there to agree: nothing was made" in printed
    assert before == written(place)


@pytest.mark.parametrize("typed", ["yes", "", ACCOUNT_ID[:-1]])
def test_another_answer_than_the_accounts_id_is_no_consent(place: Sandbox, typed: str) -> None:
    """At a terminal somebody is asked, and a habit's answer makes nothing."""
    before = written(place)
    with at_a_terminal(typed) as terminal:
        process = start(place, agreed=False, stdin=terminal)
        printed = ended(process)
    assert (process.returncode, "not agreed: nothing was made" in printed) == (COULD_NOT_RUN, True), printed
    assert before == written(place)


def test_the_accounts_id_is_consent(place: Sandbox) -> None:
    """Typed at a terminal, it starts the run."""
    with at_a_terminal(ACCOUNT_ID) as terminal:
        process = start(place, agreed=False, stdin=terminal)
        until_says(process, "load balancer")
        process.send_signal(signal.SIGTERM)
        assert "interrupted (SIGTERM); everything is deleted" in ended(process)


def configuration(address: str) -> dict[str, Any]:
    """A stack's configuration whose every product is at one address."""
    endpoints = [dict.fromkeys(PRODUCTS, address)]
    return {"alicloud:region": REGION, "alicloud:protocol": "HTTP", "alicloud:endpoints": endpoints}
