"""The local cloud as a user waits for it: from its start until it answers, its memory, and how soon a change is in force.

A change is in force when a client of the listener sees it; the time begins when the API has accepted it, and includes the
handshake and the request by which it is seen. Memory is all of the local cloud's processes but Envoy, each page once.
"""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Comparison, median_cost, slowest, under
from benchmarks.workplace import Workplace
from mtlsedge.verify.connecting import Endpoint, Request, handshake
from mtlsedge.verify.identity import Identity
from tests.engine.cloud_calls import ALB, call
from tests.engine.sandbox import Sandbox
from tests.waiting import eventually

STARTS, CHANGES = 5, 100
HOST, PATH = "www.example.test", "/changed"
STATUSES = (201, 202)
"""What the rule answers by turns."""


def local_cloud(place: Workplace) -> Iterator[Comparison]:
    """From start to ready, memory besides Envoy with a stack up, and how soon an accepted change is in force."""
    stack = place.up()
    starts = statistics.median(_start(stack) for _ in range(STARTS))
    nothing = median_cost(lambda: stack.python("-c", "pass", env=stack.base_environment()), STARTS).wall
    yield Comparison(
        "start to ready", starts, nothing, "the interpreter doing nothing", goals=(under(1.5, starts, "s"),)
    )
    of_all = _memory(stack.cloud_pid())
    ours, envoy = (sum(size for name, size in of_all if (name == "envoy") is it) for it in (False, True))
    yield Comparison("memory besides Envoy", ours, envoy, "Envoy", "MB", goals=(under(150, ours, "MB"),))
    changes, plain = (1000 * slowest(seconds) for seconds in _effects(stack))
    title = f"accepted change to effect, p99 of {CHANGES}"
    yield Comparison(title, changes, plain, "a request with nothing changed", "ms", goals=(under(300, changes, "ms"),))


def _start(stack: Sandbox) -> float:
    stack.stop()
    began = time.perf_counter()
    stack.start_cloud()
    return time.perf_counter() - began


def _memory(pid: int) -> list[tuple[str, float]]:
    """Name and megabytes of a process and of all below it."""
    parents = {int(path.name): int(_fields(path)[1]) for path in Path("/proc").iterdir() if path.name.isdigit()}
    below = {pid}
    while more := {child for child, parent in parents.items() if parent in below} - below:
        below |= more
    return [(Path(f"/proc/{one}/comm").read_text().strip(), _proportional(one)) for one in sorted(below)]


def _fields(process: Path) -> list[str]:
    return (process / "stat").read_text().rpartition(")")[2].split()


def _proportional(pid: int) -> float:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def _effects(stack: Sandbox) -> tuple[list[float], list[float]]:
    """Seconds from each accepted change until a client sees it, and of a request when nothing has changed."""
    bundle = stack.outputs()["clients"]["alice"]
    identity = Identity(bundle["certificate"] + bundle["chain"], bundle["privateKey"])
    listener = stack.listeners()[443]
    endpoint = Endpoint([listener["address"]], listener["port"], 10.0)

    def answered() -> int | None:
        return handshake(endpoint, Request(HOST, PATH), identity).status

    rule = str(
        eventually(lambda: call(stack, ALB, "CreateRule", ListenerId=_listener(stack), Priority=9000, RuleName="changed",
                                **{"RuleConditions.1.Type": "Path", "RuleConditions.1.PathConfig.Values.1": PATH}, **_action(200)))["RuleId"]
    )  # fmt: skip
    changes, plain = [], []
    try:
        for turn in range(CHANGES):
            status = STATUSES[turn % len(STATUSES)]
            _change(stack, rule, status)
            began = time.perf_counter()
            eventually(answered, lambda seen, wanted=status: seen == wanted, every=0.005)
            changes.append(time.perf_counter() - began)
            began = time.perf_counter()
            answered()
            plain.append(time.perf_counter() - began)
    finally:
        call(stack, ALB, "DeleteRule", RuleId=rule)
    return changes, plain


def _listener(stack: Sandbox) -> str:
    return str(stack.outputs()["loadBalancer"]["listenerId"])


def _change(stack: Sandbox, rule: str, status: int) -> None:
    while True:
        try:
            call(stack, ALB, "UpdateRuleAttribute", RuleId=rule, **_action(status))
        except Exception as error:
            if "IncorrectStatus" not in str(error):
                raise
            time.sleep(0.05)  # the one before is still being made
        else:
            return


def _action(status: int) -> dict[str, str]:
    fixed = "RuleActions.1.FixedResponseConfig"
    return {"RuleActions.1.Type": "FixedResponse", "RuleActions.1.Order": "1", f"{fixed}.HttpCode": str(status),
            f"{fixed}.Content": "changed", f"{fixed}.ContentType": "text/plain"}  # fmt: skip
