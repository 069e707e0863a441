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
from benchmarks.measuring import Comparison, Cost, Goal, in_turn, rates
from benchmarks.workplace import Workplace
from local.console.picture import TICK_SECONDS
from tests.local import edge_support as edge
from tests.local.console_support import World, read_page

MANY, FEW = 1_000, 10
LOOKS = 9
PAGES = {"server-groups": "server groups", "certificates": "certificates"}
LONGEST_PAGE_SECONDS, LONGEST_NEWS_SECONDS = 0.3, 1.0
LONGEST_UNTIL_RED_SECONDS = 2 + TICK_SECONDS
"""The health check of the group that is looked at asks for two failures, a second apart; the page looks once a tick."""
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
    """Handshakes a second while a console page streams them; how soon a refusal, and a stopped server, is on a page."""
    with _world() as world, tempfile.TemporaryDirectory() as folder:
        certificate, key = edge.issue("alice", world.root).write(Path(folder), "alice")
        (Path(folder) / "root.pem").write_text(world.root.pem)
        files = certificate, key, Path(folder) / "root.pem"
        address = ":".join(map(str, edge.place(world.store, "lsn-c")))

        def streamed() -> float:
            with _open_page(world):
                return per_second(address, *files)

        ours, beside = in_turn(streamed, lambda: per_second(address, *files), ROUNDS)
        yield rates("mutual TLS handshakes, streamed to a console page", ours, beside, "no page open", at_least=0.95)
        yield _news(world)
        yield _stopped(world)


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
    shown = _median_seconds(lambda: _refused(world), lambda: next(events))
    events.close()
    written = [log.stat().st_size]

    def line() -> None:
        while log.stat().st_size == written[0]:
            time.sleep(0.005)
        written[0] = log.stat().st_size

    logged = _median_seconds(lambda: _refused(world), line)
    goal = Goal("within a second", shown, lambda seconds: seconds <= LONGEST_NEWS_SECONDS, " s")
    return Comparison("a refused handshake on an open page", shown, logged, "in Envoy's log", goals=(goal,))


def _stopped(world: World) -> Comparison:
    """From a server's end to its red box in an open picture, beside Envoy's own verdict."""
    events = world.events("/console/stream/topology", key="html")

    def drawn(*, red: bool) -> None:
        while ("Abnormal ECS02" in read_page(next(events)[1]).text) is not red:
            pass

    def judged(*, red: bool) -> None:
        while ("Abnormal" in world.plane.health("sgp-web").values()) is not red:
            time.sleep(0.005)

    drawn(red=False)
    shown, known = _until_red(world, drawn), _until_red(world, judged)
    events.close()
    goal = Goal(
        "two failed checks a second apart, and the page's own second",
        shown,
        lambda it: it <= LONGEST_UNTIL_RED_SECONDS,
        " s",
    )
    return Comparison("a stopped server in an open picture", shown, known, "Envoy's own verdict", goals=(goal,))


def _until_red(world: World, until: Callable[..., None]) -> Cost:
    """Stops a server, waits until that is seen, and starts it again, several times."""
    server = world.store.get("ecs.instance", world.instances[1])

    def stop() -> None:
        world.store.put("ecs.instance", world.instances[1], server | {"Status": "Stopped"})
        world.fleet.reconcile()

    def start() -> None:
        world.store.put("ecs.instance", world.instances[1], server)
        world.fleet.reconcile()
        until(red=False)

    return _median_seconds(stop, lambda: until(red=True), start)


def _median_seconds(
    cause: Callable[[], None], until: Callable[[], object], undo: Callable[[], None] = lambda: None
) -> Cost:
    seen = []
    for _ in range(LOOKS):
        used = time.process_time()
        cause()
        began = time.perf_counter()
        until()
        seen.append(Cost(time.perf_counter() - began, time.process_time() - used))
        undo()
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
