"""A local stack that is up, and a forge with this project beside it: for the tests of this folder, and for the guide's pictures."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

from forge import runner
from forge.__main__ import down, start
from forge.parts import obtain
from forge.places import Places
from forge.processes import members, running
from forge.runner import DEPLOYMENTS
from forge.stack import read
from local.places import Places as LocalPlaces
from tests.engine.sandbox import STACK, Sandbox
from tests.forge.requests import Forge
from tests.ports import free_port


@contextmanager
def local_stack(folder: Path, number: int) -> Iterator[Sandbox]:
    """The stack that the forge deploys to, up."""
    sandbox = Sandbox(folder, number=number)
    sandbox.start()
    try:
        _with_a_passphrase_of_its_own(sandbox)
        sandbox.init()
        sandbox.up()
        yield sandbox
    finally:
        sandbox.stop()


def _with_a_passphrase_of_its_own(sandbox: Sandbox) -> None:
    """The local stack's own is a public word, which stands everywhere: this one must be found nowhere."""
    (sandbox.local / "passphrase").write_text(token_urlsafe(24))
    document = sandbox.read_config()
    del document["encryptionsalt"]
    sandbox.write_config(document)


@contextmanager
def seeded_forge(stack: Sandbox, *, pages: bool = False) -> Iterator[Forge]:
    """The forge, seeded, with the first snapshot published by its own deployment. Nothing of it is left afterwards."""
    obtain(pages=pages)
    # Not below pytest's folder, which is closed to other accounts, and the forge and its runner have theirs.
    where = Places(Path(tempfile.mkdtemp(prefix="mtlsedge-forge-test-")), free_port())
    before = os.environ.get("MTLSEDGE_LOCAL_KUBERNETES")
    os.environ["MTLSEDGE_LOCAL_KUBERNETES"] = "0"
    try:
        start(where, read(LocalPlaces(stack.local)), {f"Pulumi.{STACK}.yaml": stack.stack_file.read_text()})
        made = Forge(where, stack)
        made.await_deployments(1)
        yield made
    finally:
        sessions = [session for record in where.root.glob("*.pid") if (session := running(record))]
        down(where)
        assert not where.root.exists() and not any(map(members, sessions)), "something was left behind"
        if before is None:
            del os.environ["MTLSEDGE_LOCAL_KUBERNETES"]
        else:
            os.environ["MTLSEDGE_LOCAL_KUBERNETES"] = before


@contextmanager
def clocks_moved(forge: Forge, by: timedelta) -> Iterator[None]:
    """The runner that deploys starts its jobs with a clock that far ahead."""
    runner.stop(forge.places, DEPLOYMENTS)
    try:
        os.environ["MTLSEDGE_NOW"] = (datetime.now(UTC) + by).isoformat()
        runner.start(forge.places, DEPLOYMENTS)
        del os.environ["MTLSEDGE_NOW"]
        yield
    finally:
        runner.stop(forge.places, DEPLOYMENTS)
        runner.start(forge.places, DEPLOYMENTS)
