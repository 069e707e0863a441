"""HTML made of elements. Text is escaped by what it is: only `Markup` goes into a page as it stands."""

import html
import re
from collections.abc import Iterable
from functools import cache

from local.text import printable

_NEEDS_ESCAPE = re.compile("[&<>\"']")


class Markup(str):
    """HTML that was made here."""

    __slots__ = ()


Child = str | None


def escaped(text: str) -> Markup:
    """Text of others: no tag, no control character, no mark of direction comes through."""
    if type(text) is Markup:
        return text
    shown = printable(text)
    return Markup(html.escape(shown) if _NEEDS_ESCAPE.search(shown) else shown)


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other; None is nothing."""
    return Markup("".join([escaped(child) for child in children if child is not None]))


def element(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element with its end tag. `class_` is class, `data_x` is data-x; an attribute of None is left out."""
    opening = name
    for key, value in attributes.items():
        if value is not None:
            opening += f' {_attribute(key)}="{escaped(value)}"'
    return Markup(f"<{opening}>{joined(children)}</{name}>")


@cache
def _attribute(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def void(name: str, /, **attributes: str) -> Markup:
    """An element that has no content."""
    return Markup(element(name, **attributes).removesuffix(f"</{name}>"))
