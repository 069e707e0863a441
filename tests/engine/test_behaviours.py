"""Two lives of a stack in which every answer that is not the likeliest occurs once; `make behaviours` plays each alone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.behaving import Life
from tests.engine.record_behaviours import SAMPLE
from tests.engine.sandbox import Sandbox

pytestmark = pytest.mark.engine


@pytest.fixture(params=SAMPLE, ids=["first", "second"])
def life(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Life]:
    """A stack that has not begun, on a cloud that answers so."""
    begun = Life(Sandbox(tmp_path / "life", number=18), request.param)
    begun.start()
    try:
        yield begun
    finally:
        begun.stack.stop()


def test_a_life_goes_well_whatever_the_cloud_answers(life: Life) -> None:
    """Up, quiet, a client, a rule, a rotation, a server, gone: each step writes what it has to, and nobody is interrupted."""
    life.run()
    assert {result for result in life.results.values() if result != "ok"} == set()
    assert life.counts["good wrong"] == life.counts["bad wrong"] == 0
    assert life.counts["good"] > 10
    assert life.counts["bad"] > 10
