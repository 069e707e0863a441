"""`python -m exposure.page > docs/reference/exposure.md`: the table of properties as a page."""

import sys
from collections.abc import Iterator

from exposure.properties import ANY, READ, TYPES, UNJUDGED, UNREAD_TYPES, Line

HEAD = """# What a verdict reads

Every property of the provider's resources, and every field of an AlbConfig, that could let somebody in, and how
`mtlsedge preview` decides on it. Made from `exposure/properties.py` by `python -m exposure.page > docs/reference/exposure.md`;
a test fails when the installed provider has a property or a resource type that stands neither here nor there.

* **read**: the function in the third column reads it; a change for the worse is a weakening.
* **not judged**: it may let somebody in and no function reads it; a change ends in exit status 3.
* **harmless**: why it lets nobody in.
"""


def render() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_tables(), *_unread()]) + "\n"


def _tables() -> Iterator[str]:
    for type_, lines in TYPES.items():
        yield f"## `{type_}`\n"
        yield "| property | verdict | by, or why |\n| --- | --- | --- |"
        for path, line in sorted(lines.items()):
            yield f"| `{path.replace('.', ' / ')}` | {line.kind} | {_text(line)} |"
        yield ""


def _text(line: Line) -> str:
    if line.kind == READ:
        return f"`{line.text}`"
    former = {"": "", ANY: "; where it was something else before"}.get(
        line.only_from, f"; where it was `{line.only_from}`"
    )
    past = "; not where every client shows a certificate" if line.only_past_mutual_tls else ""
    return f"{line.text}{former if line.kind == UNJUDGED else ''}{past}"


def _unread() -> Iterator[str]:
    yield "## Types that nothing reads\n\nEach change of one of these is not judged.\n"
    yield from (f"* `{one}`" for one in UNREAD_TYPES)


if __name__ == "__main__":
    sys.stdout.write(render())
