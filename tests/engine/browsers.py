"""Headless browsers with a home of their own: what a person sees who has, or has not, imported alice's PFX.

Nothing of this machine is changed: trust, certificates and settings lie in a folder that is thrown away.
"""

import base64
import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, Protocol
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


class Wire:
    """A browser's debugging connection: requests with a number, answers with the same one, events between them."""

    def __init__(self, url: str) -> None:
        self._socket = websocket.create_connection(url, timeout=SECONDS, suppress_origin=True)
        self._numbers = count(1)

    def answer(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The answer to a request: its `result`, or `error` and what goes with it."""
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer: dict[str, Any] = json.loads(self._socket.recv())
            if answer.get("id") == number:
                return answer

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """The result of a request that has to succeed."""
        answer = self.answer(method, **parameters)
        assert "result" in answer, answer
        return dict(answer["result"])

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


class Browser(Protocol):
    """A running browser."""

    def visit(self, url: str) -> Visit:
        """Loads a page, as typing its address does."""

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""


class Chromium:
    """Over the DevTools protocol, connected to one tab.

    Without the page's icon: every request goes to the next server, and with an icon each page is the first of two.
    """

    def __init__(self, tab: Wire) -> None:
        self._tab = tab
        tab.call("Network.enable")
        tab.call("Network.setBlockedURLs", urls=["*/favicon.ico"])

    def visit(self, url: str) -> Visit:
        """Loads a page, as typing its address does."""
        error = str(self._tab.call("Page.navigate", url=url).get("errorText", ""))
        deadline = time.monotonic() + SECONDS
        while self.evaluate("document.readyState") != "complete":
            assert time.monotonic() < deadline, "the page did not finish loading"
            time.sleep(0.05)
        return Visit(error, str(self.evaluate("document.body.innerText")), self._picture())

    def _picture(self) -> bytes:
        """The page as far down as it has content."""
        height = float(self.evaluate(CONTENT_HEIGHT)) + MARGIN
        clip = {"x": 0, "y": 0, "width": WIDTH, "height": height, "scale": 1}
        return base64.b64decode(self._tab.call("Page.captureScreenshot", format="png", clip=clip)["data"])

    def page_picture(self, width: int) -> bytes:
        """A page of this width down to its last content, also below the window's edge."""
        height = float(self.evaluate(CONTENT_HEIGHT))
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        asked = {"format": "png", "clip": clip, "captureBeyondViewport": True}
        return base64.b64decode(self._tab.call("Page.captureScreenshot", **asked)["data"])

    def look(self, width: int, scheme: str) -> None:
        """Pages are `width` pixels wide from now on, in a colour scheme: `light` or `dark`."""
        self._tab.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        self._tab.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        return self._tab.call("Runtime.evaluate", expression=expression)["result"].get("value")


class Firefox:
    """Over WebDriver BiDi. What it draws of a refusal cannot be read: the visit ends with an error and no text."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        wire.call("session.new", capabilities={})
        self._tab = wire.call("browsingContext.getTree")["contexts"][0]["context"]

    def visit(self, url: str) -> Visit:
        """Loads a page, as typing its address does."""
        answer = self._wire.answer("browsingContext.navigate", context=self._tab, url=url, wait="complete")
        text = str(self.evaluate("document.body.innerText") or "")
        clip = {"type": "box", "x": 0, "y": 0, "width": WIDTH, "height": 3 * MARGIN}
        drawn = self._wire.call("browsingContext.captureScreenshot", context=self._tab, clip=clip)
        return Visit(str(answer.get("message", "")), text, base64.b64decode(drawn["data"]))

    def evaluate(self, expression: str) -> Any:
        """The value of an expression in the page."""
        asked = {"expression": expression, "awaitPromise": False, "target": {"context": self._tab}}
        return self._wire.call("script.evaluate", **asked)["result"].get("value")


@contextmanager
def chromium(person: Person, url: str, address: str) -> Iterator[Chromium]:
    """Chromium in a person's home; the host of `url` resolves to `address`, and her certificate is chosen unasked."""
    person.fill(person.home / ".pki" / "nssdb")
    profile = person.home / "profile"
    _choose_unasked(profile, url)
    rules = f"--host-resolver-rules=MAP {urlsplit(url).hostname} {address}"
    with _running(person, "chromium", *QUIET, rules, f"--user-data-dir={profile}", "about:blank") as browser:
        targets = Wire(browser).call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        tab = Wire(f"{browser.partition('/devtools')[0]}/devtools/page/{page}")
        yield Chromium(tab)
        tab.close()


@contextmanager
def firefox(person: Person, url: str, address: str) -> Iterator[Firefox]:
    """Firefox with a profile in a person's home, which has a certificate store of its own; every name is `address`."""
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
    options = ("--headless", "--no-remote", "--profile", str(profile), "--remote-debugging-port", "0")
    with _running(person, "firefox-esr", *options, "--width", str(WIDTH), "about:blank") as browser:
        wire = Wire(f"{browser}/session")
        yield Firefox(wire)
        wire.close()


@contextmanager
def _running(person: Person, *command: str) -> Iterator[str]:
    """A browser until the end of the block; the address of its debugging port, which it prints when it is ready."""
    log = person.home / "log"
    environment = {"PATH": os.environ["PATH"], "HOME": str(person.home), "LANG": "C.UTF-8"}
    with log.open("w") as output:
        running = subprocess.Popen(command, env=environment, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(r"listening on (ws://127\.0\.0\.1:\d+\S*)", log.read_text())):
            assert time.monotonic() < deadline and running.poll() is None, log.read_text()
            time.sleep(0.05)
        yield found[1]
    finally:
        running.terminate()
        running.wait(SECONDS)


def _choose_unasked(profile: Path, url: str) -> None:
    """Answers the question which certificate to show, as the policy AutoSelectCertificateForUrls does."""
    rule = {f"{url.rstrip('/')},*": {"setting": {"filters": [{}]}}}
    document = {"profile": {"content_settings": {"exceptions": {"auto_select_certificate": rule}}}}
    (profile / "Default").mkdir(parents=True)
    (profile / "Default" / "Preferences").write_text(json.dumps(document))


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, f"{command[0]}: {done.stdout}{done.stderr}"
