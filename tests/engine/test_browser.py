"""A browser at the listener's door: with alice's PFX the page, alternating; without it, or with a stranger's, none."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from components.x509 import Bundle, new_password, pfx
from tests.engine.browsers import Chromium, Person, chromium, firefox
from tests.engine.sandbox import Sandbox
from tests.unit.test_x509_family import make_family

MISSING = [name for name in ("chromium", "firefox-esr", "certutil", "pk12util") if not shutil.which(name)]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
]

REFUSALS = {"net::ERR_BAD_SSL_CLIENT_AUTH_CERT", "net::ERR_SOCKET_NOT_CONNECTED"}
"""The alert that TLS 1.3 sends after the handshake comes before or after the request went out."""


def visiting(stack: Sandbox, home: Path, pfx_file: Path | None, look: Callable[[Chromium], None]) -> None:
    """Looks at the stack through the Chromium of a person with this PFX, or with none."""
    door = stack.listeners()[443]
    person = Person(home, stack.local / "server-ca.crt", pfx_file)
    with chromium(person, door["url"], door["address"]) as browser:
        look(browser)


def test_with_alices_pfx_the_page_alternates_between_the_servers(stack: Sandbox, tmp_path: Path) -> None:
    """Reloading shows ECS01 and ECS02 in turn, without a warning about the server."""
    url = stack.listeners()[443]["url"]

    def look(browser: Chromium) -> None:
        visits = [browser.visit(url) for _ in range(4)]
        assert [visit.error for visit in visits] == [""] * 4
        assert {visit.text.strip() for visit in visits} == {
            "Hello World ! This is ECS01.",
            "Hello World ! This is ECS02.",
        }

    visiting(stack, tmp_path / "home", stack.local / "clients" / "alice" / "alice.pfx", look)


@pytest.mark.parametrize("who", ["nobody", "a stranger"])
def test_without_a_certificate_of_this_authority_there_is_no_page(stack: Sandbox, tmp_path: Path, who: str) -> None:
    """No certificate, or one that another CA signed: the browser shows its own error and nothing of the servers."""
    url = stack.listeners()[443]["url"]

    def look(browser: Chromium) -> None:
        for _ in range(3):
            visit = browser.visit(url)
            assert visit.error in REFUSALS
            assert "Hello World" not in visit.text

    visiting(stack, tmp_path / "home", strangers_pfx(tmp_path) if who == "a stranger" else None, look)


def test_firefox_shows_the_page_with_alices_pfx(stack: Sandbox, tmp_path: Path) -> None:
    """Firefox, whose certificate store is its own, draws the page; a refused one is never drawn."""
    door = stack.listeners()[443]
    person = Person(tmp_path / "home", stack.local / "server-ca.crt", stack.local / "clients" / "alice" / "alice.pfx")
    firefox(person, door["url"], door["address"], tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")


def strangers_pfx(folder: Path) -> Path:
    """A client certificate that another CA signed, as a PFX with its password file beside it."""
    house, password = make_family(title="Other"), new_password()
    leaf = house.client("mallory")
    (folder / "mallory-password.txt").write_text(password)
    (folder / "mallory.pfx").write_bytes(pfx(Bundle("mallory", leaf.certificate, leaf.key, house.chain), password))
    return folder / "mallory.pfx"
