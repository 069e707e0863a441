"""Small tools the product modules share: ids, counters, times, look-ups, pages."""

import secrets
import string
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from typing import Any, overload

from local.cloud.errors import CloudError, invalid
from local.cloud.indexes import Condition
from local.cloud.parameters import Parameters
from local.cloud.store import Document, Store

LONGEST_TOKEN = 9
"""Digits of a token that a list gave out."""
INTERNAL = frozenset({"LocalAddress", "KeyFile", "Preexisting", "Since"})
"""Keys of documents that no response shows."""


def new_id(prefix: str) -> str:
    """A resource id of letters only: nothing in it can look like one of the codes of §4.2, nor like `a:b`."""
    return f"{prefix}-{_letters(20)}"


def new_request_id() -> str:
    """Letters only, for the same reason."""
    return _letters(32).upper()


def _letters(count: int) -> str:
    """So many of the 26 by chance, all at once: every answer has an id."""
    return secrets.token_bytes(count).translate(_LETTERS).decode()


_LETTERS = (string.ascii_lowercase * 10)[:256].encode()
"""A letter for each byte."""


def next_number(store: Store, name: str, first: int) -> int:
    """The next number of a sequence kept in the store; numbers of deleted objects are not given out again."""
    counter = store.get("cloud.counter", name) or {"Next": first}
    store.put("cloud.counter", name, {"Next": counter["Next"] + 1})
    return int(counter["Next"])


def lowest_free_address(store: Store, kind: str, network: str) -> str:
    """The first `network`N, N >= 1, that no document of `kind` has as LocalAddress."""
    taken = {document.get("LocalAddress") for document in store.list(kind)}
    return next(address for n in range(1, 255) if (address := f"{network}{n}") not in taken)


def now_text() -> str:
    """The time in the form the products use, UTC."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def now_milliseconds() -> int:
    """Milliseconds since 1970."""
    return int(datetime.now(UTC).timestamp() * 1000)


def require(store: Store, kind: str, id: str, error: CloudError) -> Document:
    """The document, or the error that says it is gone."""
    document = store.get(kind, id)
    if document is None:
        raise error
    return document


def public(document: Document, *hidden: str) -> Document:
    """The document as a response shows it."""
    return {key: value for key, value in document.items() if key not in INTERNAL and key not in hidden}


def among(**values: Collection[str]) -> list[Condition]:
    """What `Store.where` asks for fields to be one of these values; nothing where there are none."""
    return [(name, some) for name, some in values.items() if some]


def exactly(**values: str) -> list[Condition]:
    """What it asks for fields to have this value; nothing where it is empty."""
    return [(name, (value,)) for name, value in values.items() if value]


def being(call: Parameters, *names: str) -> list[Condition]:
    """What it asks for fields to be as the parameters of their names say; those that were not sent ask nothing."""
    return exactly(**{name: call.text(name) for name in names})


def default_or_not(call: Parameters) -> list[Condition]:
    """What it asks by IsDefault, in any case; any other text fits nothing."""
    said = call.text("IsDefault").lower()
    return [("IsDefault", [answer for answer in (True, False) if str(answer).lower() == said])] if said else []


class Shown(Sequence[dict[str, Any]]):
    """A list of documents as a response shows them: what is on no page is not made."""

    def __init__(self, documents: Sequence[Document], show: Callable[[Document], dict[str, Any]]) -> None:
        self._documents, self._show = documents, show

    def __len__(self) -> int:
        return len(self._documents)

    @overload
    def __getitem__(self, place: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, place: slice) -> list[dict[str, Any]]: ...
    def __getitem__(self, place: int | slice) -> dict[str, Any] | list[dict[str, Any]]:
        if isinstance(place, int):
            return self._show(self._documents[place])
        return [self._show(document) for document in self._documents[place]]


def token_page(call: Parameters, items: Sequence[Any], name: str, default: int = 20) -> dict[str, Any]:
    """One page by MaxResults and NextToken; the token is the number of items already given."""
    size = call.integer("MaxResults", 1, 100, default)
    start = call.text("NextToken") or "0"
    if not start.isdecimal() or len(start) > LONGEST_TOKEN:
        raise invalid("NextToken", "it is not a token this service gave out")
    end = int(start) + size
    answer: dict[str, Any] = {name: list(items[int(start) : end]), "TotalCount": len(items), "MaxResults": size}
    return answer if end >= len(items) else {**answer, "NextToken": str(end)}


def numbered_page(
    call: Parameters, items: Sequence[Any], number: str = "PageNumber", size: str = "PageSize", default: int = 10
) -> tuple[list[Any], dict[str, int]]:
    """One page by number and size: the items, and the three counters of the response."""
    page, length = call.integer(number, 1, 1_000_000, 1), call.integer(size, 1, 500, default)
    counters = {number: page, size: length, "TotalCount": len(items)}
    return list(items[(page - 1) * length : page * length]), counters
