"""The whole life of a stack under chosen behaviours of the local cloud, with good and bad clients beside every step."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from local.behaviours import ENVIRONMENT
from mtlsedge.verify.connecting import Endpoint, Request, handshake
from mtlsedge.verify.identity import Identity
from tests.engine.preview_changes import AUTHORITY, CLIENTS, GROUPS, LISTENER, added_generation, added_server, delivered
from tests.engine.sandbox import STACK, Sandbox
from tests.local import edge_support
from tests.verifiers import Shown
from tests.waiting import eventually

HOST = "www.example.test"
PAUSE_SECONDS = 0.05
OK_STATUS = 200
RULE = {"serverGroup": "web", "priority": 10, "paths": ["/api/*"]}


@dataclass
class Streams:
    """Requests of clients that are let in and of clients that are not, again and again, and what became of them."""

    endpoint: Endpoint
    good: list[Shown]
    bad: list[Shown | None]
    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)

    def round(self) -> None:
        """One request of each."""
        for shown in self.good:
            attempt = handshake(self.endpoint, Request(HOST), _identity(shown))
            self._count("good", attempt.status == OK_STATUS, f"good client: {attempt.status} {attempt.detail}")
        for stranger in self.bad:
            attempt = handshake(self.endpoint, Request(HOST), _identity(stranger))
            self._count("bad", not attempt.let_in, f"bad client let in: {attempt.status}")

    def _count(self, kind: str, holds: bool, fault: str) -> None:
        self.counts[kind] += 1
        if not holds:
            self.counts[f"{kind} wrong"] += 1
            self.faults.append(fault)

    def are_right(self) -> bool:
        """Whether one round of them finds nothing wrong."""
        self.round()
        return not self.faults

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


WRITES: Mapping[str, Mapping[str, int]] = {
    "quiet": {},
    "add a client": {},
    "rule": {"UpdateRuleAttribute": 1},
    "issue": {"UploadUserCertificate": 1, "UpdateListenerAttribute": 1, "DeleteUserCertificate": 1},
    "trust": {"UploadPCACert": 1, "UpdateListenerAttribute": 1, "DeletePCACert": 1},
    "scale": {"RunInstances": 1, "AddServersToServerGroup": 1, "UpdateServerGroupServersAttribute": 1},
}
"""Step -> how often it calls what changes something, whatever the cloud answers."""


@dataclass
class Life:
    """One stack's life under some answers: `run`, then `results`, one for each step that was tried."""

    stack: Sandbox
    answers: Mapping[str, str]
    results: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    bundles: dict[str, Shown] = field(default_factory=dict)

    @property
    def is_walked(self) -> bool:
        """Whether a chain is walked; where it is not, there is no intermediate and no bridge (docs/guides/rotation.md)."""
        return self.answers.get("chain-walk") != "direct"

    def start(self) -> None:
        """The sandbox's cloud with the answers chosen before its first call; one client and one rule from the start."""
        chosen = ",".join(f"{name}={answer}" for name, answer in self.answers.items())
        inherited = self.stack.base_environment
        self.stack.base_environment = lambda: {**inherited(), ENVIRONMENT: chosen}  # type: ignore[method-assign]
        self.stack.start()
        self.edit(lambda config: config[CLIENTS].pop("bob"))
        self.edit(lambda config: config[LISTENER].update(rules={"api": RULE}))
        if not self.is_walked:
            self.edit(lambda config: self.generation(config, "2026").update(intermediate=False))

    def edit(self, change: Callable[[dict[str, Any]], Any]) -> None:
        """Change the stack file."""
        document = self.stack.read_config()
        change(document["config"])
        self.stack.write_config(document)

    def generation(self, config: dict[str, Any], name: str) -> dict[str, Any]:
        """A generation of the authority in a stack file."""
        found: dict[str, Any] = config[AUTHORITY]["selfManaged"]["generations"][name]
        return found

    def run(self) -> None:
        """Every step in turn until one fails; destroyed in any case."""
        self.stack.init()
        steps: tuple[tuple[str, Callable[[], None]], ...] = (
            ("up", self.up), ("verify", self.verify), ("quiet", self.quiet), ("add a client", self.add_client), ("rule", self.rule),
            ("issue", self.issue), ("trust", self.trust), ("scale", self.scale),
        )  # fmt: skip
        try:
            for name, step in steps:
                if not self.tried(name, step):
                    break
        finally:
            self.tried("destroy", self.destroy)

    def tried(self, name: str, step: Callable[[], None]) -> bool:
        """Whether a step went well, and wrote what it has to; the reason is kept if not."""
        began, since = time.monotonic(), len(self.stack.requests())
        try:
            step()
            writes = Counter(entry["action"] for entry in self.stack.requests()[since:] if entry["writes"])
            assert writes == Counter(WRITES.get(name, writes)), f"wrote {dict(writes)}"
        except AssertionError as problem:
            self.results[name] = str(problem).strip()
        else:
            self.results[name] = "ok"
        self.seconds[name] = round(time.monotonic() - began, 1)
        return self.results[name] == "ok"

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

    def streams(self, *good: str) -> Streams:
        """These clients and two that are never let in, on their way to the listener."""
        listener = self.stack.listeners()[443]
        endpoint = Endpoint([listener["address"]], listener["port"], 10.0)
        return Streams(endpoint, [self.bundles[name] for name in good], [stranger(), None])

    @contextmanager
    def served(self, *good: str) -> Iterator[None]:
        """Good and bad clients meanwhile: none of the good refused or unanswered, none of the bad let in."""
        streams = self.streams(*good)
        with streams.beside():
            yield
        self.counts += streams.counts
        assert not streams.faults, f"{dict(streams.counts)}: {streams.faults[0]}"

    def upped(self, *good: str) -> None:
        """An `up` beside the clients."""
        with self.served(*good):
            self.stack.up()

    def changed(self, *good: str) -> None:
        """An `up` beside the clients, after which a refreshing preview is quiet."""
        with self.served(*good):
            self.stack.up()
            self.stack.preview("--refresh", "--expect-no-changes", "--diff")

    def quiet(self) -> None:
        """`up` has nothing to do, refreshing or not."""
        with self.served("alice"):
            self.stack.up("--expect-no-changes", "--diff")
            self.stack.up("--refresh", "--expect-no-changes", "--diff")

    def add_client(self) -> None:
        """One more, who gets in then."""
        self.edit(lambda config: config[CLIENTS].update(carol={}))
        self.upped("alice")
        self.take("carol")
        with self.served("alice", "carol"):
            pass

    def rule(self) -> None:
        """A rule gets another path and priority."""
        self.edit(
            lambda config: config[LISTENER].update(rules={"api": {**RULE, "priority": 20, "paths": ["/other/*"]}})
        )
        self.changed("alice")

    def issue(self) -> None:
        """Another generation, which issues: the server shows a certificate of it, and clients are made bundles of it."""
        before = self.stack.server_chain()
        self.edit(added_generation)
        self.edit(lambda config: self.generation(config, "2027").update(intermediate=self.is_walked))
        self.edit(lambda config: config[AUTHORITY]["selfManaged"].update(issuing="2027"))
        self.upped("alice")
        assert self.stack.server_chain() != before
        self.take("alice", "alice 2027")

    def trust(self) -> None:
        """The bundles are delivered and their generation is trusted. Without bridges an interruption is part of it."""
        self.edit(delivered)
        self.edit(lambda config: config[AUTHORITY]["selfManaged"].update(trusted="2027"))
        self.changed(*(("alice 2027",) if self.is_walked else ()))
        eventually(lambda: self.streams("alice 2027").are_right())
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
        assert not left, f"left behind: {left}"
