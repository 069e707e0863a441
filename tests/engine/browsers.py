"""Headless browsers with a home of their own: what a person sees who has, or has not, imported alice's PFX.

Nothing of this machine is changed: trust, certificates and settings lie in a folder that is thrown away.
"""

import base64
import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import websocket

SECONDS = 30
"""Longest wait for a browser to start, or for one page."""
WIDTH, MARGIN = 800, 16
"""Of pictures, in pixels."""
CONTENT_HEIGHT = "Math.max(...[...document.body.children].map(child => child.getBoundingClientRect().bottom))"
QUIET = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--remote-debugging-port=0",
    f"--window-size={WIDTH},480", "--hide-scrollbars",
)  # fmt: skip
"""No sandbox, because CI runs as root; no calls home, because there is nobody to answer."""


@dataclass(frozen=True)
class Visit:
    """What a browser shows after a visit: its error (empty where there is none), the page's text, a PNG."""

    error: str
    text: str
    picture: bytes


@dataclass(frozen=True)
class Person:
    """A home folder: which CA it trusts for servers, and whose PFX it has imported, if anybody's."""

    home: Path
    server_ca: Path
    pfx: Path | None = None

    def fill(self, database: Path) -> None:
        """Make an NSS database with the trust and the PFX, by the commands of docs/guides/browser.md."""
        database.mkdir(parents=True)
        place = f"sql:{database}"
        _run("certutil", "-d", place, "-N", "--empty-password")
        _run("certutil", "-d", place, "-A", "-t", "C,,", "-n", "server-ca", "-i", str(self.server_ca))
        if self.pfx:
            password = self.pfx.with_name(f"{self.pfx.stem}-password.txt")
            _run("pk12util", "-d", place, "-i", str(self.pfx), "-w", str(password))


class Chromium:
    """A running Chromium, driven over its debugging port on the loopback interface."""

    def __init__(self, tab: websocket.WebSocket) -> None:
        self._tab, self._numbers = tab, count(1)

    def visit(self, url: str) -> Visit:
        """Loads a page, as typing its address does.

        Without its icon: every request goes to the next server, and with an icon each page is the first of two.
        """
        self._call("Network.enable")
        self._call("Network.setBlockedURLs", urls=["*/favicon.ico"])
        error = str(self._call("Page.navigate", url=url).get("errorText", ""))
        self._wait_until_loaded()
        return Visit(error, str(self._evaluate("document.body.innerText")), self._picture())

    def _picture(self) -> bytes:
        """The page as far down as it has content."""
        height = float(self._evaluate(CONTENT_HEIGHT)) + MARGIN
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        return base64.b64decode(self._call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def _wait_until_loaded(self) -> None:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            if self._evaluate("document.readyState") == "complete":
                return
            time.sleep(0.05)
        raise AssertionError("the page did not finish loading")

    def _evaluate(self, expression: str) -> Any:
        return self._call("Runtime.evaluate", expression=expression)["result"].get("value")

    def _call(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._tab.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._tab.recv())
            if answer.get("id") == number:
                assert "error" not in answer, answer
                return dict(answer["result"])


@contextmanager
def chromium(person: Person, url: str, address: str) -> Iterator[Chromium]:
    """Chromium in a person's home; the host of `url` resolves to `address`, and her certificate is chosen unasked."""
    person.fill(person.home / ".pki" / "nssdb")
    profile = person.home / "profile"
    _choose_unasked(profile, url)
    rules = f"--host-resolver-rules=MAP {urlsplit(url).hostname} {address}"
    command = ["chromium", *QUIET, rules, f"--user-data-dir={profile}", "about:blank"]
    with (person.home / "chromium.log").open("w") as log:
        running = subprocess.Popen(command, env=_environment(person), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        tab = _first_tab(profile, running)
        yield Chromium(tab)
        tab.close()
    finally:
        running.terminate()
        running.wait(SECONDS)


def firefox(person: Person, url: str, address: str, picture: Path) -> None:
    """A picture of a page in Firefox, whose profile has a certificate store of its own."""
    profile = person.home / "firefox"
    person.fill(profile)
    settings = {
        "security.default_personal_cert": "Select Automatically",
        "network.dns.forceResolve": address,
        "network.trr.mode": 5,
        "network.captive-portal-service.enabled": False,
        "datareporting.policy.dataSubmissionEnabled": False,
    }
    lines = [f"user_pref({json.dumps(key)}, {json.dumps(value)});\n" for key, value in settings.items()]
    (profile / "user.js").write_text("".join(lines))
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), "--window-size", f"{WIDTH},64"]
    _run(*command, "--screenshot", str(picture), url, env=_environment(person))


def _environment(person: Person) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "HOME": str(person.home), "LANG": "C.UTF-8"}


def _choose_unasked(profile: Path, url: str) -> None:
    """Answers the question which certificate to show, as the policy AutoSelectCertificateForUrls does."""
    rule = {f"{url.rstrip('/')},*": {"setting": {"filters": [{}]}}}
    document = {"profile": {"content_settings": {"exceptions": {"auto_select_certificate": rule}}}}
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(document))


def _first_tab(profile: Path, running: subprocess.Popen[bytes]) -> websocket.WebSocket:
    """Connects to the empty page the browser starts with."""
    deadline, port_file = time.monotonic() + SECONDS, profile / "DevToolsActivePort"
    while time.monotonic() < deadline and running.poll() is None:
        if port_file.is_file() and len(lines := port_file.read_text().split()) == 2:
            port, path = lines
            browser = _connect(f"ws://127.0.0.1:{port}{path}")
            targets = Chromium(browser)._call("Target.getTargets")["targetInfos"]
            page = next((target["targetId"] for target in targets if target["type"] == "page"), None)
            if page:
                browser.close()
                return _connect(f"ws://127.0.0.1:{port}/devtools/page/{page}")
        time.sleep(0.05)
    raise AssertionError("Chromium did not start")


def _connect(url: str) -> websocket.WebSocket:
    return websocket.create_connection(url, timeout=SECONDS, suppress_origin=True)


def _run(*command: str, env: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=2 * SECONDS, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
