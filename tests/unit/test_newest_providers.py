"""The packages that `make test-providers` runs the tests of graphs with."""

import importlib.metadata
import re

from packaging.version import Version

from tests.newest_providers import PINS


def test_two_packages_are_pinned_beside_the_locked_one() -> None:
    """Each file names the one version that it is called by, with hashes, and that is newer than what the lock file has."""
    locked = Version(importlib.metadata.version("pulumi-alicloud"))
    pins = sorted(PINS.iterdir())
    assert len(pins) == 2
    for pin in pins:
        text = pin.read_text()
        assert re.findall(r"^pulumi-alicloud==(\S+)", text, re.MULTILINE) == [pin.stem]
        assert "--hash=sha256:" in text
        assert Version(pin.stem) > locked
