"""Draws the pictures of docs/guides/console.md: the vendor's tutorial, done call by call on a local cloud of its own.

`python -m scripts.console_pictures` needs Chromium and no engine. With `--all FOLDER` it draws every page in both colour
schemes, at a desk's and at a phone's width, to be looked at.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mtlsedge_components.x509.building import Request, issue
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.browsers import Chromium, Person, chromium
from tests.engine.console import Console
from tests.engine.sandbox import Sandbox
from tests.local import edge_support as edge

PICTURES = Path(__file__).resolve().parents[1] / "docs" / "pictures"
SANDBOX_NUMBER = 54
HOST = "www.example.test"
PATIENCE = 60
DESK, PHONE = 1280, 360
PAGES = {
    "console-certificates": "certificates",
    "console-server-group": "server-groups/{group}",
    "console-load-balancers": "",
    "console-listener": "listeners/{listener}",
    "console-dns": "dns",
    "console-topology": "topology",
    "console-handshakes": "handshakes",
    "console-calls": "calls",
}
"""A picture's name, and the page below the console's address."""
LIVE = ("console-topology", "console-handshakes", "console-calls")
STATE = "document.getElementById('live-state').textContent"
IN_THE_GUIDE = [name for name in PAGES if name != "console-calls"]


def main() -> None:
    """Makes the tutorial's things, visits as three clients, draws."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page, scheme and width, into this folder")
    everything = parser.parse_args().all
    with tempfile.TemporaryDirectory(prefix="mtlsedge-pictures-") as folder:
        sandbox = Sandbox(Path(folder) / "cloud", number=SANDBOX_NUMBER)
        sandbox.start_cloud()
        try:
            ids = tutorial(sandbox, Path(folder))
            address = f"http://127.0.0.1:{sandbox.api_port}"
            person = Person(Path(folder) / "home", sandbox.local / "api-ca.crt")
            with chromium(person, address, "127.0.0.1") as browser:
                draw(browser, f"{address}/console/", ids, everything)
        finally:
            sandbox.stop()


def tutorial(sandbox: Sandbox, folder: Path) -> dict[str, str]:
    """The tutorial's things as its console makes them, then visits of alice, nobody and a stranger. Ids for addresses."""
    session = Console(sandbox)
    certificate = session.upload_server_certificate(HOST, "ecdsa-p256", HOST)
    servers = [{"ServerId": one, "ServerType": "Ecs", "Port": 80} for one in session.instances("ECS01", "ECS02")]
    group = session.group("web", servers, **{"HealthCheckConfig.HealthCheckEnabled": "true"})
    balancer = session.balancer("edge")
    listener = session.https(balancer, group, certificate)
    session.record("www", balancer)
    sandbox.python("-m", "local", "endpoints", env=sandbox.base_environment())
    (served,) = [one for one in sandbox.listeners().values() if one["mutualAuthentication"]]
    place = served["address"], int(served["port"])
    stranger = edge.issue("mallory", edge.issue("Another Root", ca=True)).write(folder, "mallory")
    until(lambda: is_answered(place, alice(session, folder)))
    for client in (None, stranger, alice(session, folder)):
        is_answered(place, client)
    return {"group": group, "listener": listener}


def alice(session: Console, folder: Path) -> tuple[Path, Path]:
    """A client of the uploaded CA: files of its certificate and its key."""
    key, names = generate("ecdsa-p256"), SubjectAlternativeNames(uri=("urn:mtlsedge:client:alice",))
    subject = Subject("alice", organization="Example Ltd")
    request = Request(Profile.CLIENT, subject, names, 30, public_pem(key))
    files = folder / "alice.crt", folder / "alice.key"
    files[0].write_text(issue(request, session.authority.issuer, datetime.now(UTC)).certificate_pem)
    files[1].touch(mode=0o600)
    files[1].write_text(key)
    return files


def is_answered(place: tuple[str, int], client: tuple[Path, Path] | None) -> bool:
    """Whether a server answers this client."""
    try:
        return bool(edge.https(place, edge.tls_context(client=client), name=HOST).status == 200)
    except OSError:
        return False


def until(is_so: Callable[[], bool]) -> None:
    """Waits; ends with an error where it never is."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        if time.monotonic() > deadline:
            raise SystemExit("the listener never let its client in")
        time.sleep(0.1)


def draw(browser: Chromium, console: str, ids: dict[str, str], everything: Path | None) -> None:
    """The guide's pictures, or every page in every form."""
    for scheme in ("light", "dark") if everything else ("light",):
        for width in (DESK, PHONE) if everything else (DESK,):
            browser.look(width, scheme)
            for name in PAGES if everything else IN_THE_GUIDE:
                browser.visit(console + PAGES[name].format(**ids))
                if name in LIVE:
                    until(lambda: str(browser.evaluate(STATE)).startswith("Live"))
                file = everything / f"{name}-{scheme}-{width}.png" if everything else PICTURES / f"{name}.png"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(browser.page_picture(width))


if __name__ == "__main__":
    main()
