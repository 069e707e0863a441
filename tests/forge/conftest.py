"""A forge with this project, beside a local stack that is up: one for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.sandbox import Sandbox
from tests.forge.requests import Forge
from tests.forge.running import local_stack, seeded_forge

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
    with local_stack(tmp_path_factory.mktemp("stack"), NUMBER) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def forge(stack: Sandbox) -> Iterator[Forge]:
    """The forge, seeded, with the first snapshot published by its own deployment."""
    with seeded_forge(stack) as made:
        yield made
