"""No setting that leads to a call of the cloud is left out of the plays that a stack lives through under its RAM policy."""

from mtlsedge_components.naming import ROLES
from settings import catalog
from tests.engine.played_settings import NAMES, UNPLAYED, files, played, unplayed

SETTINGS = {path for path, _ in catalog.every()}


def test_every_setting_is_played_or_has_a_reason() -> None:
    """One that is new is changed by a play of tests/engine/played_settings.py, or says there why it leads to no other call."""
    assert sorted(path for path in SETTINGS - played() if not unplayed(path)) == []


def test_no_reason_is_stale() -> None:
    """A setting that a play changes needs none, and every reason speaks of a setting that there is."""
    for one in UNPLAYED:
        meant = {path for path in SETTINGS if path == one or (one.endswith(".") and path.startswith(one))}
        assert meant - played(), one


def test_everything_that_has_a_name_is_renamed() -> None:
    """Each kind of thing has an update call of its own for its name."""
    renamed = next(config[NAMES] for config in files() if NAMES in config)
    assert {role.partition("/")[0] for role in renamed} == {role for role, limits in ROLES.items() if limits.longest}
