"""One stack that is up for the tests that only look at it or put back what they change."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.published import published
from tests.engine.sandbox import Sandbox

LONGEST_SECONDS = 900
"""A test of the engine waits for whole deployments; the suite's own limit is for everything else."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give the tests in this folder the time that deployments take, unless they ask for more."""
    for item in items:
        if Path(__file__).parent in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(LONGEST_SECONDS))


def _number(first: int, second: int) -> int:
    """A sandbox's number, apart for each of the two processes that share the suite."""
    return second if os.environ.get("PYTEST_XDIST_WORKER") == "gw1" else first


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The checked-in local stack, up and exported, in a sandbox of its own."""
    sandbox = Sandbox(tmp_path_factory.mktemp("stack"), number=_number(1, 41))
    sandbox.start()
    try:
        sandbox.init()
        sandbox.up()
        sandbox.export()
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Sandbox]:
    """A sandbox with a running, empty local cloud and no stack yet."""
    sandbox = Sandbox(tmp_path / "fresh", number=_number(2, 42))
    sandbox.start()
    try:
        yield sandbox
    finally:
        sandbox.stop()


@pytest.fixture(scope="session")
def edge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A stack with both entry points whose snapshot is published, for the tests of previews."""
    with published(tmp_path_factory.mktemp("edge"), _number(33, 53)) as sandbox:
        yield sandbox
