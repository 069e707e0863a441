"""The engine and this project's reader take the same values out of a stack file."""

import json

import pytest

from settings.engine_yaml import dump, parse
from tests.engine.sandbox import STACK, Sandbox
from tests.unit.test_engine_yaml import READ_BY_THE_ENGINE

pytestmark = pytest.mark.engine


def test_the_engine_reads_each_scalar_as_our_reader_does(fresh: Sandbox) -> None:
    """Of a file written by hand, and of the same file written by us."""
    fresh.init()
    by_hand = "config:\n  other:all:\n" + "".join(
        f"    k{number}: {scalar}\n" for number, scalar in enumerate(READ_BY_THE_ENGINE)
    )
    salt = fresh.stack_file.read_text().splitlines()[0]
    assert salt.startswith("encryptionsalt:")
    for text in (by_hand, dump(parse(by_hand)), dump({"config": {"other:all": [*READ_BY_THE_ENGINE]}})):
        fresh.stack_file.write_text(f"{salt}\n{text}")
        shown = json.loads(fresh.pulumi("config", "--json", "--stack", STACK).stdout)["other:all"]
        assert json.loads(shown["value"]) == parse(text)["config"]["other:all"]
