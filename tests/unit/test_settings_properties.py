"""Whatever a stack file holds, loading ends in settings or in one SettingsError with one line a problem."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from settings import Settings, SettingsError, load
from settings.loading import KEYS
from tests.unit.settings_sample import local

pytestmark = pytest.mark.slow  # hundreds of generated stack files

WORDS = st.sampled_from([
    "id", "selfManaged", "generations", "2026", "create", "zones", "servers", "web", "ECS01", "rules", "hosts",
    "names", "subject", "healthCheck", "sticky", "tags", "port", "certificateFile", "privateKey", "additional",
    "csrFile", "identifier", "cidr", "ttl", "vpcId", "serverGroup", "ap-southeast-1a", "192.168.1.0/24", "sgp-1",
])  # fmt: skip
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), WORDS, st.binary(max_size=3)
)
JUNK = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(WORDS | st.text(max_size=5) | st.integers(), inner, max_size=4)
    ),
    max_leaves=12,
)
TOP = st.sampled_from(
    [*KEYS, "alicloud:region", "alicloud:endpoints", "alicloud:accountType", "mtlsedge:other", "aws:region"]
)


def _load(config: dict) -> None:
    """Loads, and checks the shape of the error if there is one."""
    try:
        assert isinstance(load(config, project="mtlsedge", stack="s", files=Path("/nonexistent")), Settings)
    except SettingsError as error:
        assert error.problems
        assert len(str(error).split("\n")) == len(error.problems) + 1
        assert len({problem.path for problem in error.problems}) == len(error.problems)


@settings(max_examples=150)
@given(st.dictionaries(TOP | st.text(max_size=5) | st.integers(), JUNK, max_size=8))
def test_junk_raises_nothing_but_a_settings_error(config):
    """Arbitrary nesting under known and unknown keys is refused in the usual words."""
    _load(config)


def _paths(value: object, path: tuple = ()) -> list[tuple]:
    """Every place in a configuration."""
    if isinstance(value, dict):
        return [path, *(found for key, child in value.items() for found in _paths(child, (*path, key)))]
    return [path]


PLACES = [path for path in _paths(local()) if path]


@settings(max_examples=250)
@given(st.lists(st.tuples(st.sampled_from(PLACES), JUNK), min_size=1, max_size=3))
def test_junk_in_a_good_file_raises_nothing_but_a_settings_error(changes):
    """A good file with junk in any places: cross checks stand values of any kind too."""
    config = local()
    for path, value in changes:
        target = config
        for key in path[:-1]:
            target = target.get(key) if isinstance(target, dict) else None
        if isinstance(target, dict):
            target[path[-1]] = value
    _load(config)
