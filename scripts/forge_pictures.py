"""Draws the pictures of docs/guides/forge.md: a real forge of its own, beside a local stack of its own.

`python -m scripts.forge_pictures` needs Chromium, the engine on PATH, and the forge with its pages (`make forge ARGS=--pages` builds them).
"""

import json
import tempfile
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

from forge.people import AUTHOR, REVIEWER, read
from forge.seeding import PROJECT
from scripts.console_pictures import PICTURES
from tests.engine.browsers import Chromium, Person, chromium
from tests.engine.cloud_calls import ALB, call
from tests.forge.requests import Forge
from tests.forge.running import clocks_moved, local_stack, seeded_forge
from tests.waiting import eventually

SANDBOX_NUMBER = 55
WIDTH = 900
CLIENTS, LISTENER = "mtlsedge:clients", "mtlsedge:listener"
SIGN_IN = """
document.querySelector('#user_name').value = {name};
document.querySelector('#password').value = {password};
document.querySelector('form[action$="/user/login"]').submit();
"""
STYLE = """
#navbar, footer, .issue-content-right, .secondary-nav, .timeline-item.comment.form, #issue-header-actions { display: none !important }
.issue-content-left { width: 100% !important }
body, .full.height { min-height: 0 !important; flex: none !important; padding-bottom: 0 !important }
"""
"""Of the page what is about the request, at the height that it has."""
ADD_STYLE = f"document.head.insertAdjacentHTML('beforeend', '<style>' + {json.dumps(STYLE)} + '</style>')"


def main() -> None:
    """A request that is green, one that is refused, drift, and renewals; a picture of each."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-pictures-") as folder:
        place = Path(folder)
        with local_stack(place / "stack", SANDBOX_NUMBER) as stack, seeded_forge(stack, pages=True) as forge:
            pages = {
                "forge-comment": _good(forge, place),
                "forge-refused": _weaker(forge, place),
                "forge-drift": _drift(forge),
                "forge-renewals": _renewals(forge),
            }
            person = Person(place / "home", stack.local / "api-ca.crt")
            with chromium(person, forge.places.url, "127.0.0.1") as browser:
                browser.look(WIDTH, "light")
                _sign_in(browser, forge)
                for name, page in pages.items():
                    browser.visit(f"{forge.places.url}/{PROJECT}/{page}")
                    browser.evaluate(ADD_STYLE)
                    (PICTURES / f"{name}.png").write_bytes(browser.page_picture(WIDTH))


def _good(forge: Forge, place: Path) -> str:
    """Carol may come in."""
    return _request(forge, place / "carol", "Carol may come in", CLIENTS, {"carol": {}})


def _weaker(forge: Forge, place: Path) -> str:
    """A weaker TLS policy, approved by somebody who did not look."""
    return _request(forge, place / "old-clients", "Old clients", LISTENER, {"tlsPolicy": "tls_cipher_policy_1_2"})


def _request(forge: Forge, folder: Path, title: str, key: str, added: Mapping[str, object]) -> str:
    request = forge.begin(folder, folder.name, AUTHOR)
    request.push({key: request.setting(key) | added}, message=title)
    request.open(title)
    request.verdict()
    request.approve()
    return f"pulls/{request.number}"


def _drift(forge: Forge) -> str:
    """Somebody switched the verification of clients off by hand; the night job found it."""
    listener = forge.stack.outputs()["loadBalancer"]["listenerId"]
    call(forge.stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="false")
    forge.dispatch("drift.yml")
    page = _issue(forge, "drift")
    call(forge.stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="true")
    return page


def _renewals(forge: Forge) -> str:
    """A night three weeks later."""
    with clocks_moved(forge, timedelta(days=21)):
        forge.dispatch("renew.yml")
    return _issue(forge, "renew")


def _issue(forge: Forge, word: str) -> str:
    found = forge.operator.get(f"/repos/{PROJECT}/issues?state=open&type=issues")
    (number,) = [one["number"] for one in found if word in one["title"].lower()]
    return f"issues/{number}"


def _sign_in(browser: Chromium, forge: Forge) -> None:
    """As the reviewer, whose page has the button to merge."""
    browser.visit(f"{forge.places.url}/user/login")
    reviewer = read(forge.places.people)[REVIEWER]
    browser.evaluate(SIGN_IN.format(name=json.dumps(reviewer.name), password=json.dumps(reviewer.password)))
    eventually(lambda: browser.evaluate("document.querySelector('form[action$=\"/user/login\"]') === null"))


if __name__ == "__main__":
    main()
