"""A browser at the HTTPS listener: with alice's PFX the page, alternating; without it, or with a stranger's, none."""

import json
import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pytest

from mtlsedge_components.x509.bundles import Bundle, new_password, pfx
from tests.engine.browsers import Browser, Person, Visit, chromium, firefox
from tests.engine.sandbox import Sandbox
from tests.unit.test_x509_family import make_family
from tests.waiting import eventually

MISSING = [name for name in ("chromium", "firefox-esr", "certutil", "pk12util") if not shutil.which(name)]
pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(bool(MISSING), reason=f"not on this machine: {', '.join(MISSING)}"),
]

GREETINGS = {"Hello World ! This is ECS01.", "Hello World ! This is ECS02."}
ERRORS = {
    "net::ERR_BAD_SSL_CLIENT_AUTH_CERT",
    "net::ERR_SOCKET_NOT_CONNECTED",
    "net::ERR_CONNECTION_RESET",
    "Error: NS_ERROR_ABORT",
}
"""Chromium's three and Firefox's one. In TLS 1.3 the browser sends its request before it hears of the refusal. It reads
the alert first, or it meets a closed connection, or Linux resets the connection because nobody read the request."""

REASONS = {"client.no-certificate", "ca.unknown", "chain.incomplete"}
"""A browser offers only certificates whose CA the listener names, so a stranger may show none either.
Connections that the browser opens in reserve and closes itself have a reason of their own (`closed.in-handshake`)."""


@dataclass(frozen=True)
class Visitor:
    """Somebody with one browser, who looks at the stack's address."""

    stack: Sandbox
    open_browser: Callable[[Person, str, str], AbstractContextManager[Browser]]
    home: Path

    def visits(self, pfx_file: Path | None, times: int) -> list[Visit]:
        """What she sees, with this PFX imported, or with none."""
        listener = self.stack.listeners()[443]
        person = Person(self.home, self.stack.local / "server-ca.crt", pfx_file)
        with self.open_browser(person, listener["url"], listener["address"]) as browser:
            return [browser.visit(listener["url"]) for _ in range(times)]


@pytest.fixture(params=[chromium, firefox], ids=["chromium", "firefox"])
def visitor(request: pytest.FixtureRequest, stack: Sandbox, tmp_path: Path) -> Visitor:
    """A visitor with Chromium, and one with Firefox."""
    return Visitor(stack, request.param, tmp_path / "home")


def test_with_alices_pfx_the_page_loads(visitor: Visitor) -> None:
    """One of the two servers greets, without a warning about the server's certificate; the page is drawn."""
    (visit,) = visitor.visits(visitor.stack.local / "clients" / "alice" / "alice.pfx", 1)
    assert visit.error == ""
    assert visit.text.strip() in GREETINGS
    assert visit.picture.startswith(b"\x89PNG")


def test_reloading_alternates_between_the_servers(stack: Sandbox, tmp_path: Path) -> None:
    """ECS01 and ECS02 in turn, over one connection."""
    visits = Visitor(stack, chromium, tmp_path / "home").visits(stack.local / "clients" / "alice" / "alice.pfx", 4)
    assert {visit.text.strip() for visit in visits} == GREETINGS


@pytest.mark.parametrize("who", ["nobody", "a stranger"])
def test_without_a_certificate_of_this_authority_there_is_no_page(visitor: Visitor, tmp_path: Path, who: str) -> None:
    """No certificate, or one that another CA signed: the visit ends with the browser's error, no server is heard of, and
    the listener's own log has a refusal for the certificate's sake for every visit, and nobody let in."""
    before = len(handshakes(visitor.stack))

    def refusals() -> list[dict[str, str]]:
        told = handshakes(visitor.stack)[before:]
        assert {row["verdict"] for row in told} <= {"refused"}
        return [row for row in told if row["reason"] in REASONS]

    for number, visit in enumerate(visitor.visits(strangers_pfx(tmp_path) if who == "a stranger" else None, 2), 1):
        assert visit.error in ERRORS
        assert "Hello World" not in visit.text
        eventually(lambda: len(refusals()), lambda count, wanted=number: count >= wanted, every=1)


def handshakes(stack: Sandbox) -> list[dict[str, str]]:
    """What the listener's side tells of every handshake until now."""
    told = stack.python("-m", "local", "handshakes", "--json").stdout
    return [json.loads(line) for line in told.splitlines()]


def strangers_pfx(folder: Path) -> Path:
    """A client certificate that another CA signed, as a PFX with its password file beside it."""
    house, password = make_family(title="Other"), new_password()
    leaf = house.client("mallory")
    (folder / "mallory-password.txt").write_text(password)
    (folder / "mallory.pfx").write_bytes(pfx(Bundle("mallory", leaf.certificate, leaf.key, house.chain), password))
    return folder / "mallory.pfx"
