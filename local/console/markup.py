"""HTML made of elements. Text is escaped by what it is: only `Markup` goes into a page as it stands."""

import html
from collections.abc import Iterable

from local.text import printable


class Markup(str):
    """HTML that was made here."""

    __slots__ = ()


Child = str | None


def escaped(text: str) -> Markup:
    """Text of others: no tag, no control character, no mark of direction comes through."""
    return text if isinstance(text, Markup) else Markup(html.escape(printable(text)))


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other; None is nothing."""
    return Markup("".join(escaped(child) for child in children if child is not None))


def element(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element with its end tag. `class_` is class, `data_x` is data-x; an attribute of None is left out."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Markup(f"<{name}{shown}>{joined(children)}</{name}>")


def void(name: str, /, **attributes: str) -> Markup:
    """An element that has no content."""
    return Markup(element(name, **attributes).removesuffix(f"</{name}>"))
