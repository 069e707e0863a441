"""What the local cloud's console costs: large pages, and handshakes while a page streams them.

Control plane, console and Envoy run as in the local cloud, without the engine.
"""

import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.handshakes import ROUNDS, per_second
from benchmarks.measuring import Comparison, Cost, Goal, Rates, in_turn
from benchmarks.workplace import Workplace
from tests.local import edge_support as edge
from tests.local.console_support import World

MANY, FEW = 1_000, 10
LOOKS = 9
PAGES = {"server-groups": "server groups", "certificates": "certificates"}
LONGEST_PAGE_SECONDS, LONGEST_NEWS_SECONDS = 0.3, 1.0
PATIENCE = 60


def pages(_place: Workplace) -> Iterator[Comparison]:
    """Console pages with 1,000 server groups and 1,000 certificates, beside the same pages with ten."""
    with _world() as world:
        _fill(world, FEW)
        few = {path: _look(world, path) for path in PAGES}
        _fill(world, MANY)
        for path, things in PAGES.items():
            ours, beside = _look(world, path), few[path]
            goal = Goal("answers in under 300 ms", Cost(1000 * ours.wall, 1000 * ours.cpu), _is_quick, " ms")
            yield Comparison(f"page of {MANY:,} {things}", ours, beside, f"{FEW} {things}", "ms", 1000, (goal,))


def _is_quick(milliseconds: float) -> bool:
    return milliseconds < 1000 * LONGEST_PAGE_SECONDS


def _fill(world: World, count: int) -> None:
    """So many server groups, each with two servers, and so many certificates, beside the few that are there."""
    group, certificate = (
        world.store.get(kind, name) for kind, name in (("alb.server_group", "sgp-web"), ("cas.server_certificate", "1"))
    )
    for number in range(count):
        name = f"sgp-{number:04}"
        world.store.put(
            "alb.server_group", name, {**group, "ServerGroupId": name, "ServerGroupName": f"group-{number}"}
        )
        facts = {**certificate["Facts"], "Sans": f"www{number}.example.test"}
        made = {**certificate, "CertId": 100 + number, "Name": f"certificate-{number}", "Facts": facts}
        world.store.put("cas.server_certificate", str(100 + number), made)


def _look(world: World, path: str) -> Cost:
    """The median of several looks at a page: by the clock, and CPU time of server and reader."""
    costs = []
    for _ in range(LOOKS + 1):
        began, used = time.perf_counter(), time.process_time()
        status, _headers, _text = world.ask(f"/console/{path}")
        costs.append(Cost(time.perf_counter() - began, time.process_time() - used))
        if status != 200:
            raise RuntimeError(f"/console/{path}: HTTP {status}")
    seen = costs[1:]  # the first one compiles and fills caches
    return Cost(statistics.median(one.wall for one in seen), statistics.median(one.cpu for one in seen))


def streaming(_place: Workplace) -> Iterator[object]:
    """Handshakes a second while a console page streams them, beside none open; and how soon a refusal is on it."""
    with _world() as world, tempfile.TemporaryDirectory() as folder:
        certificate, key = edge.issue("alice", world.root).write(Path(folder), "alice")
        (Path(folder) / "root.pem").write_text(world.root.pem)
        files = certificate, key, Path(folder) / "root.pem"
        address = ":".join(map(str, edge.place(world.store, "lsn-c")))

        def streamed() -> float:
            with _open_page(world):
                return per_second(address, *files)

        ours, beside = in_turn(streamed, lambda: per_second(address, *files), ROUNDS)
        yield Rates("mutual TLS handshakes, streamed to a console page", ours, beside, "no page open", at_least=0.95)
        yield _news(world)


@contextmanager
def _open_page(world: World) -> Iterator[None]:
    """A reader of the stream in a process of its own, as a browser is one."""
    url = f"http://{world.cloud.api_address}/console/stream/handshakes"
    reader = subprocess.Popen(["curl", "-sN", url], stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        reader.terminate()
        reader.wait(PATIENCE)


def _news(world: World) -> Comparison:
    """From a refusal to its row in an open stream, beside its line in Envoy's log."""
    log = world.plane.envoy.connection_log
    events = world.events("/console/stream/handshakes")
    next(events)
    shown = _median_seconds(world, lambda: next(events))
    events.close()
    written = [log.stat().st_size]

    def line() -> None:
        while log.stat().st_size == written[0]:
            time.sleep(0.005)
        written[0] = log.stat().st_size

    logged = _median_seconds(world, line)
    goal = Goal("within a second", shown, lambda seconds: seconds <= LONGEST_NEWS_SECONDS, " s")
    return Comparison("a refused handshake on an open page", shown, logged, "in Envoy's log", goals=(goal,))


def _median_seconds(world: World, until: Callable[[], object]) -> Cost:
    seen = []
    for _ in range(LOOKS):
        used = time.process_time()
        _refused(world)
        began = time.perf_counter()
        until()
        seen.append(Cost(time.perf_counter() - began, time.process_time() - used))
    return Cost(statistics.median(one.wall for one in seen), statistics.median(one.cpu for one in seen))


def _refused(world: World) -> None:
    try:
        edge.https(edge.place(world.store, "lsn-c"), edge.tls_context())
    except OSError:
        return
    raise RuntimeError("a client without a certificate was let in")


@contextmanager
def _world() -> Iterator[World]:
    with tempfile.TemporaryDirectory(prefix="mtlsedge-bench-console-") as folder, World(Path(folder)) as world:
        yield world
