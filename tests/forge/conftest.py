"""A forge with this project, beside a local stack that is up: one for all tests of this folder."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from secrets import token_urlsafe

import pytest

from forge.__main__ import down, start
from forge.parts import obtain
from forge.places import Places
from forge.processes import members, running
from forge.stack import read
from local.places import Places as LocalPlaces
from tests.engine.sandbox import STACK, Sandbox
from tests.forge.requests import Forge
from tests.ports import free_port

NUMBER = 24
LONGEST_SECONDS = 1800
"""A test here waits for several jobs, each with a deployment or a preview."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder needs the forge, and the time that its jobs take."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.forge)
            item.add_marker(pytest.mark.slow)
            item.add_marker(pytest.mark.timeout(LONGEST_SECONDS))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The local stack that the forge deploys to, up."""
    sandbox = Sandbox(tmp_path_factory.mktemp("stack"), number=NUMBER)
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


@pytest.fixture(scope="session")
def forge(stack: Sandbox) -> Iterator[Forge]:
    """The forge, seeded, with the first snapshot published by its own deployment."""
    obtain()
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
