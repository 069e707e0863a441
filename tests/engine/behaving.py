"""The whole life of a stack under chosen behaviours of the local cloud, with good and bad clients beside every step."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.behaviours import ENVIRONMENT
from mtlsedge.verify.connecting import Door, Request, knock
from mtlsedge.verify.identity import Identity
from tests.engine.preview_changes import AUTHORITY, CLIENTS, GROUPS, LISTENER, added_generation, added_server
from tests.engine.sandbox import STACK, Sandbox
from tests.local import edge_support
from tests.verifiers import Shown

HOST = "www.example.test"
PAUSE_SECONDS = 0.05
OK_STATUS = 200


@dataclass
class Streams:
    """Requests of clients that are let in and of clients that are not, again and again, and what became of them."""

    door: Door
    good: list[Shown]
    bad: list[Shown | None]
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def round(self) -> None:
        """One request of each."""
        for shown in self.good:
            attempt = knock(self.door, Request(HOST), _identity(shown))
            self._count("good", attempt.status == OK_STATUS, f"good client: {attempt.status} {attempt.detail}")
        for stranger in self.bad:
            attempt = knock(self.door, Request(HOST), _identity(stranger))
            self._count("bad", not attempt.let_in, f"bad client let in: {attempt.status}")

    def _count(self, kind: str, holds: bool, fault: str) -> None:
        self.counts[kind] += 1
        if not holds:
            self.counts[f"{kind} wrong"] += 1
            self.faults.append(fault)

    @contextmanager
    def beside(self) -> Iterator[None]:
        """All of them while something else happens, and once more after it."""
        stop = threading.Event()

        def run() -> None:
            while not stop.wait(PAUSE_SECONDS):
                self.round()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self.round()


def _identity(shown: Shown | None) -> Identity | None:
    return None if shown is None else Identity(shown.certificate + shown.chain, shown.key)


def stranger() -> Shown:
    """A client of another authority."""
    made = edge_support.issue("mallory", edge_support.issue("Other Root", ca=True, days=30))
    return Shown(made.pem, "", made.key_pem)


@dataclass
class Life:
    """One stack's life under some answers: `run`, then `results`, one for each step that was tried."""

    stack: Sandbox
    answers: Mapping[str, str]
    results: dict[str, str] = field(default_factory=dict)
    seconds: float = 0
    counts: Counter[str] = field(default_factory=Counter)
    bundles: dict[str, Shown] = field(default_factory=dict)

    @property
    def is_walked(self) -> bool:
        """Whether a chain is walked; where it is not, there is no intermediate and no bridge (docs/guides/rotation.md)."""
        return self.answers.get("chain-walk") != "direct"

    def start(self) -> None:
        """The sandbox's cloud with the answers chosen before its first call."""
        chosen = ",".join(f"{name}={answer}" for name, answer in self.answers.items())
        inherited = self.stack.base_environment
        self.stack.base_environment = lambda: {**inherited(), ENVIRONMENT: chosen}  # type: ignore[method-assign]
        self.stack.start()
        if not self.is_walked:
            self.edit(lambda config: config[AUTHORITY]["selfManaged"]["generations"]["2026"].update(intermediate=False))

    def edit(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the stack file."""
        document = self.stack.read_config()
        change(document["config"])
        self.stack.write_config(document)

    def run(self) -> None:
        """Every step in turn until one fails; destroyed in any case."""
        began = time.monotonic()
        self.stack.init()
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("up", self.up), ("verify", self.verify), ("quiet", self.quiet), ("add a client", self.add_client), ("rule", self.rule),
            ("rotate", self.rotate), ("scale", self.scale),
        )  # fmt: skip
        try:
            for name, step in steps:
                if not self.tried(name, step):
                    break
        finally:
            self.tried("destroy", self.destroy)
            self.seconds = time.monotonic() - began

    def tried(self, name: str, step: Callable[[], None]) -> bool:
        """Whether a step went well; the reason is kept if not."""
        try:
            step()
        except AssertionError as problem:
            self.results[name] = str(problem)[-3000:]
            return False
        self.results[name] = "ok"
        return True

    def up(self) -> None:
        """First `up`, then the bundles that clients hold."""
        self.stack.up()
        self.stack.export()
        self.take("alice")

    def take(self, name: str, label: str = "") -> None:
        """What the stack hands a client now."""
        bundle = self.stack.outputs()["clients"][name]
        self.bundles[label or name] = Shown(bundle["certificate"], bundle["chain"], bundle["privateKey"])

    def verify(self) -> None:
        """`mtlsedge verify` finds nothing wrong."""
        failed = {row: status for row, status in self.stack.verify().items() if status == "failed"}
        assert not failed, failed

    @contextmanager
    def served(self, *good: str) -> Iterator[None]:
        """Good and bad clients meanwhile: none of the good refused or unanswered, none of the bad let in."""
        listener = self.stack.listeners()[443]
        door = Door([listener["address"]], listener["port"], 10.0)
        streams = Streams(door, [self.bundles[name] for name in good], [stranger(), None])
        with streams.beside():
            yield
        self.counts += streams.counts
        assert not streams.faults, f"{dict(streams.counts)}: {streams.faults[0]}"

    def changed(self, *good: str) -> None:
        """An `up` beside the clients, after which a preview is quiet, refreshed or not."""
        with self.served(*good):
            self.stack.up()
            self.silent()

    def silent(self) -> None:
        """No change in a preview, nor after a refresh."""
        self.stack.preview("--expect-no-changes", "--diff")
        self.stack.preview("--refresh", "--expect-no-changes", "--diff")

    def quiet(self) -> None:
        """`up` and a refreshing `up` write nothing."""
        since = len(self.stack.requests())
        with self.served("alice"):
            self.stack.up()
            self.silent()
            self.stack.up("--refresh")
        writes = [entry["action"] for entry in self.stack.requests()[since:] if entry["writes"]]
        assert not writes, writes

    def add_client(self) -> None:
        """One more, who gets in then."""
        self.edit(lambda config: config[CLIENTS].update(carol={}))
        self.changed("alice")
        self.take("carol")
        with self.served("alice", "carol"):
            pass

    def rule(self) -> None:
        """A rule comes, and changes its path and priority."""
        rule = {"serverGroup": "web", "priority": 10, "paths": ["/api/*"]}
        for changes in ({}, {"priority": 20, "paths": ["/other/*"]}):
            self.edit(lambda config: config[LISTENER].update(rules={"api": {**rule, **changes}}))  # noqa: B023
            self.changed("alice")

    def rotate(self) -> None:
        """Another generation: added, issued, delivered, trusted. Without bridges a short interruption is part of it."""
        self.edit(added_generation)
        self.edit(
            lambda config: config[AUTHORITY]["selfManaged"]["generations"]["2027"].update(intermediate=self.is_walked)
        )
        self.edit(lambda config: config[AUTHORITY]["selfManaged"].update(issuing="2027"))
        self.changed("alice")
        self.take("alice", "alice 2027")
        for name in self.stack.read_config()["config"][CLIENTS]:
            self.edit(lambda config: config[CLIENTS][name].update(delivered="2027"))  # noqa: B023
        if self.is_walked:
            with self.served("alice", "alice 2027"):
                pass
            self.edit(lambda config: config[AUTHORITY]["selfManaged"].update(trusted="2027"))
            self.changed("alice 2027")
        else:
            self.edit(lambda config: config[AUTHORITY]["selfManaged"].update(trusted="2027"))
            self.changed()
        with self.served("alice 2027"):
            pass
        self.bundles["alice"] = self.bundles["alice 2027"]

    def scale(self) -> None:
        """A third server comes, another weight is set."""
        self.edit(added_server)
        self.edit(lambda config: config[GROUPS]["web"]["servers"].update(ECS01={"id": "ECS01", "weight": 50}))
        self.changed("alice")

    def destroy(self) -> None:
        """Nothing is left."""
        self.stack.pulumi("destroy", "--yes", "--skip-preview", "--color", "never", "--stack", STACK)
        left = self.stack.objects()
        assert not left, left
