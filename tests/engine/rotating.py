"""A stack that is rotated on the real engine: its changes, who holds which bundle, and who is let in."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mtlsedge.verify.connecting import Attempt, Endpoint, Request, handshake
from mtlsedge.verify.identity import Identity
from mtlsedge_components.x509.rotation import Carried, verdict
from tests import verifiers
from tests.engine.preview_changes import AUTHORITY, ROTATION
from tests.engine.published import publish, told_alike
from tests.engine.sandbox import Sandbox
from tests.verifiers import Shown
from tests.waiting import eventually

HOST = "www.example.test"
COMPARED = {
    "rotation-2-issued": "`client-alice-leaf@2027`",
    "rotation-3-delivered": "no change",
    "rotation-4-trusted": "CA replaced",
    "rotation-5-retired": "`authority-2026-root-key`",
}
"""Recorded steps whose comment with secrets is compared with the one without -> words in it."""


@dataclass
class Rotation:
    """A stack that is rotated, and every bundle that was ever handed out: (client, what it carries) -> bundle."""

    stack: Sandbox
    held: dict[tuple[str, Carried], Shown] = field(default_factory=dict)

    def write(self, *path: str, value: Any) -> None:
        """One line of the stack file changed; None removes it."""
        document = self.stack.read_config()
        place = document["config"]
        for key in path[:-1]:
            place = place[key]
        if value is None:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
        self.stack.write_config(document)

    def managed(self, key: str, value: Any) -> None:
        """A line of the authority."""
        self.write(AUTHORITY, "selfManaged", key, value=value)

    def publish(self) -> None:
        """The snapshot that previews without secrets take, as the trusted job makes it after `up`."""
        publish(self.stack, "snapshot.json")

    def step(self, name: str) -> None:
        """A recorded step into the stack file; a pull request's preview of it tells what the one with secrets tells."""
        document = self.stack.read_config()
        ROTATION[name](document["config"])
        self.stack.write_config(document)
        told_alike(self.stack, COMPARED[name])

    def up(self) -> None:
        """`up`, after which a preview is quiet; then what `make up` exports."""
        self.stack.up()
        self.stack.preview("--expect-no-changes")
        self.stack.export()

    def hand_out(self, name: str, carries: Carried) -> None:
        """Keep what the stack would give this client now."""
        bundle = self.stack.outputs()["clients"][name]
        self.held[name, carries] = Shown(bundle["certificate"], bundle["chain"], bundle["privateKey"])

    def root(self) -> str:
        """The trusted root."""
        return str(self.stack.outputs()["authority"]["certificate"])

    def endpoint(self) -> Endpoint:
        """The way to the listener, whose address stays the same in all of these tests."""
        listener = self.stack.listeners()[443]
        return Endpoint([listener["address"]], listener["port"], 10.0)

    def attempt(self, endpoint: Endpoint, shown: Shown) -> Attempt:
        """One handshake and request as this client."""
        return handshake(endpoint, Request(HOST), Identity(shown.certificate + shown.chain, shown.key))

    def is_let_in(self, shown: Shown) -> bool:
        """Whether the listener lets this client in; a refusal has to be one, not an accident."""
        attempt = self.attempt(self.endpoint(), shown)
        assert attempt.let_in != attempt.refused, attempt
        return attempt.let_in

    def settle(self, shown: Shown, *, let_in: bool) -> bool:
        """What the listener does once its proxy has taken over the last change."""
        return eventually(lambda: self.is_let_in(shown), lambda found: found == let_in)

    def agree(self, trusted: str, folder: Path) -> dict[str, bool]:
        """Our verdict on every bundle ever handed out, after Envoy and three path builders said the same."""
        root, ours = self.root(), {}
        for (name, carries), shown in self.held.items():
            expected = not verdict(carries, trusted).is_locked_out
            found = verifiers.verdicts(shown, root, folder) | {"envoy": self.settle(shown, let_in=expected)}
            assert dict.fromkeys(found, expected) == found, (name, carries, trusted)
            ours[f"{name} {carries.generation} {carries.bridge_by}".strip()] = expected
        return ours

    def refusal(self) -> str:
        """What a preview says when it is refused."""
        refused = self.stack.preview(check=False)
        assert refused.returncode != 0
        assert "Traceback" not in refused.stdout + refused.stderr
        return refused.stdout + refused.stderr

    @contextmanager
    def hammered(self, *bundles: Shown) -> Iterator[None]:
        """These clients connect again and again meanwhile, and are let in each time."""
        stop, count, endpoint = threading.Event(), [0], self.endpoint()
        failed: list[str] = []

        def hammer() -> None:
            while not stop.wait(0.05):
                for shown in bundles:
                    count[0] += 1
                    attempt = self.attempt(endpoint, shown)
                    if not attempt.let_in:
                        failed.append(attempt.detail)

        thread = threading.Thread(target=hammer)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
        assert count[0] > 10
        assert not failed, f"{len(failed)} of {count[0]} handshakes failed: {failed[0]}"
