"""Draws the pictures of docs/guides/browser.md from the running local stack: `make screenshots`.

The browsers are those of the engine test, so what the pictures show is what the test checks.
"""

import json
import os
import tempfile
from contextlib import AbstractContextManager
from pathlib import Path

from tests.engine.browsers import Browser, Person, chromium, firefox

PROJECT = Path(__file__).resolve().parents[1]
PICTURES = PROJECT / "docs" / "pictures"
MOST_VISITS = 20
"""Two servers answer in turn; one that has not been seen by then does not answer."""


def main() -> None:
    """Three pictures from Chromium and one from Firefox; ends with an error where a page does not show up."""
    local = Path(os.environ.get("MTLSEDGE_LOCAL_DIR", PROJECT / ".local")).resolve()
    listeners = json.loads((local / "endpoints.json").read_text())["listeners"]
    listener = next(one for one in listeners if one["mutualAuthentication"] and one["owner"] == "pulumi")
    with tempfile.TemporaryDirectory() as temporary:
        homes, anchor = Path(temporary), local / "server-ca.crt"
        alice = local / "clients" / "alice" / "alice.pfx"
        pages = {"chromium-ecs01": "This is ECS01", "chromium-ecs02": "This is ECS02"}
        draw(
            chromium(Person(homes / "alice", anchor, alice), listener["url"], listener["address"]),
            listener["url"],
            pages,
        )
        refused = {"chromium-refused": "ERR_BAD_SSL_CLIENT_AUTH_CERT"}
        draw(chromium(Person(homes / "nobody", anchor), listener["url"], listener["address"]), listener["url"], refused)
        page = {"firefox": "This is ECS0"}
        draw(
            firefox(Person(homes / "firefox", anchor, alice), listener["url"], listener["address"]),
            listener["url"],
            page,
        )


def draw(running: AbstractContextManager[Browser], url: str, pages: dict[str, str]) -> None:
    """Visits until every page that is wanted, known by a text in it, has been seen."""
    missing = dict(pages)
    with running as browser:
        for _ in range(MOST_VISITS):
            visit = browser.visit(url)
            for name in [name for name, text in missing.items() if text in visit.text]:
                (PICTURES / f"{name}.png").write_bytes(visit.picture)
                del missing[name]
            if not missing:
                return
    raise SystemExit(f"no visit showed {', '.join(missing.values())}")


if __name__ == "__main__":
    main()
