"""The lines of the page about bundles, run as they stand there."""

import pytest

from tests.local.bundle_lines import PROGRAMS, bundles, is_installed, lines, run

pytestmark = pytest.mark.slow
INSTALLED = [title for title in PROGRAMS if is_installed(title)]


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """An Envoy, and folders with bundles."""
    with bundles(tmp_path_factory.mktemp("bundles")) as found:
        yield found


def test_the_page_has_a_line_for_each_program() -> None:
    """And what needs no installation is run in any case."""
    assert set(lines()) == set(PROGRAMS)
    assert {"OpenSSL", "curl, with PEM files", "curl, with the PFX"} <= set(INSTALLED)


@pytest.mark.parametrize("title", INSTALLED)
def test_a_line_gets_in_with_the_right_bundle_and_with_no_other(front, title: str) -> None:
    """Answered with 200; a stranger's bundle under the same names is refused."""
    place, folders = front
    good, strange = (run(lines()[title], folders[kind], place) for kind in ("good", "a stranger's"))
    assert "200" in good.stdout + good.stderr
    assert good.returncode == 0
    assert "200" not in strange.stdout
    assert strange.returncode != 0
