"""What all pages share: the frame, tables, and words with a colour."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import quote

from local.console.markup import Child, Markup, element, escaped, joined, void
from local.places import ACCOUNT_ID, CONSOLE_PATH, REGION

PAGES = {
    "": "Load balancers",
    "topology": "Topology",
    "server-groups": "Server groups",
    "certificates": "Certificates",
    "dns": "DNS",
    "cluster": "Cluster",
    "handshakes": "Handshakes",
    "calls": "API calls",
}
"""Path below the root, and its name in the navigation."""
GOOD, BAD, WARN, IDLE = "good", "bad", "warn", "idle"
SHORT = 30
"""Characters of a name or an id that fit into a line of a cell."""
SHORT_WORDS = 20
"""Of a state, which is set in bold: a date with its days may be folded."""
_SIGNS = {GOOD: "●", BAD: "✕", WARN: "▲", IDLE: "○"}
"""A colour never stands alone: each has a sign."""


@dataclass(frozen=True)
class Body:
    """One page: its place in the navigation, its heading, and what is below it."""

    section: str
    heading: str
    content: Markup
    script: str = ""
    """The file that keeps it live; empty where nothing does."""


def document(body: Body) -> Markup:
    """The whole page."""
    head = element(
        "head",
        void("meta", charset="utf-8"),
        void("meta", name="viewport", content="width=device-width, initial-scale=1"),
        void("meta", name="color-scheme", content="light dark"),
        element("title", f"{body.heading} · local cloud"),
        void("link", rel="icon", href=f"{CONSOLE_PATH}icon.svg"),
        void("link", rel="stylesheet", href=f"{CONSOLE_PATH}style.css"),
        element("script", src=f"{CONSOLE_PATH}{body.script}", type="module") if body.script else None,
    )
    main = element("main", element("h1", body.heading), body.content, id="main", tabindex="-1")
    skip = element("a", "Skip to content", class_="skip", href="#main")
    page = element(
        "html", head, element("body", skip, _header(body.section), main, _footer(is_live=bool(body.script))), lang="en"
    )
    return Markup(f"<!doctype html>{page}")


def _header(section: str) -> Markup:
    links = (
        element("li", element("a", name, href=CONSOLE_PATH + path, aria_current="page" if path == section else None))
        for path, name in PAGES.items()
    )
    brand = element("p", element("strong", "Local cloud"), " on this machine", class_="brand")
    return element("header", brand, element("nav", element("ul", *links), aria_label="Pages"))


def _footer(*, is_live: bool) -> Markup:
    said = f"Read-only, for this machine alone. Region {REGION}, account {ACCOUNT_ID}."
    return element("footer", element("p", said if is_live else f"{said} Reload to see changes."))


def lead(*said: Child) -> Markup:
    """The paragraph below a heading."""
    return element("p", *said, class_="lead")


@lru_cache(1024)
def word(kind: str, text: str, rest: str = "") -> Markup:
    """A state: sign, colour, word; `rest` may stand in the next line. The same few stand in thousands of cells."""
    sign = element("span", _SIGNS[kind], aria_hidden="true")
    if rest:
        first = element("span", sign, " ", text, class_="short")
        return element("span", first, " ", brief(rest), class_=f"word {kind}")
    return element("span", sign, " ", text, class_=f"word {kind}" + (" short" if len(text) <= SHORT_WORDS else ""))


def link(section: str, identifier: str, text: str) -> Markup:
    """A link to the page of one thing."""
    return element(
        "a",
        text,
        class_="short" if len(text) <= SHORT else None,
        href=f"{CONSOLE_PATH}{section}/{quote(identifier, safe='')}",
    )


def brief(text: str) -> Markup:
    """Text that stays on one line if it is short."""
    return element("span", text, class_="short") if len(text) <= SHORT else escaped(text)


def folded(text: str, after: str) -> Markup:
    """Text that a narrow cell folds between this sign and a letter, and elsewhere only where a piece is long."""
    pieces = re.split(rf"(?<={re.escape(after)})(?=[^\W\d])", text)
    return Markup(void("wbr").join(map(brief, pieces)))


def code(text: str) -> Markup:
    """An id, address or fingerprint; a short one stays on one line."""
    return element("code", text, class_="short" if len(text) <= SHORT else None)


def lines(children: Iterable[Child]) -> Markup:
    """Several things in one cell, one below the other; a dash for none."""
    made = [element("div", child) for child in children]
    return joined(made) if made else escaped("-")


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[Child]], empty: str, **body: str) -> Markup:
    """A table whose first column names the row; a sentence where there is no row.

    The roles keep it a table for a screen reader where a narrow screen shows its rows as cards.
    """
    opening = _opening(heads)
    made = [_row(opening, row) for row in rows]
    if not made and not body:
        return joined([element("h2", caption), element("p", empty, class_="empty")])
    head = element("tr", *(element("th", name, scope="col", role="columnheader") for name in heads), role="row")
    return element(
        "table",
        element("caption", caption),
        element("thead", head, role="rowgroup"),
        element("tbody", *made, role="rowgroup", **body),
        role="table",
    )


def _row(opening: Sequence[str], cells: Sequence[Child]) -> Markup:
    """Put together by hand: a page may have thousands of cells."""
    parts = [tag + escaped(cell or "") for tag, cell in zip(opening, cells, strict=True)]
    return Markup(f'<tr role="row">{parts[0]}</th>{"</td>".join(parts[1:])}</td></tr>')


def _opening(heads: Sequence[str]) -> list[str]:
    """The tags that begin the cells of each row."""
    cells = [f'<td role="cell" data-label="{escaped(name)}">' for name in heads[1:]]
    return ['<th scope="row" role="rowheader">', *cells]


def facts(pairs: Iterable[tuple[str, Child]]) -> Markup:
    """Names and values of one thing."""
    return element("dl", *(element("div", element("dt", name), element("dd", value)) for name, value in pairs))
