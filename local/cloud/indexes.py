"""Which documents hold a value, in the order in which they were created: what lists and counts are made from."""

from bisect import bisect_left, insort
from collections.abc import Collection, Hashable
from typing import Any

Condition = tuple[str, Collection[Hashable]]
"""A field, and the terms of which it has to have one."""
EVERYTHING: Condition = ("", (None,))
"""No document has a field without a name, so that each has its term."""


def terms(value: Any) -> tuple[Hashable, ...]:
    """By what a field is found: its value, the items of its list; a tag by its key and value, and by its key alone."""
    if isinstance(value, list | tuple):
        return tuple(dict.fromkeys(term for item in value for term in terms(item)))
    if isinstance(value, dict):
        return ((value["Key"], value["Value"]), (value["Key"],)) if value.keys() == {"Key", "Value"} else ()
    return (value,)


class Index:
    """The places of one kind's documents by the terms of one field."""

    def __init__(self, field: str) -> None:
        self._field = field
        self._places: dict[Hashable, list[int]] = {}
        self._terms: dict[int, tuple[Hashable, ...]] = {}

    def put(self, place: int, document: dict[str, Any]) -> None:
        """What the document at a place holds from now on."""
        had, has = self._terms.get(place, ()), terms(document.get(self._field))
        if had == has:
            return
        self.remove(place)
        self._terms[place] = has
        for term in has:
            insort(self._places.setdefault(term, []), place)

    def remove(self, place: int) -> None:
        """There is no document at this place any more."""
        for term in self._terms.pop(place, ()):
            places = self._places[term]
            del places[bisect_left(places, place)]
            if not places:
                del self._places[term]

    def count(self, wanted: frozenset[Hashable]) -> int:
        """At least as many as `places` are."""
        return sum(len(self._places.get(term, ())) for term in wanted)

    def places(self, wanted: frozenset[Hashable]) -> list[int]:
        """In ascending order: where one of these terms is."""
        found = [self._places[term] for term in wanted if term in self._places]
        return found[0].copy() if len(found) == 1 else sorted({place for places in found for place in places})

    def has(self, place: int, wanted: frozenset[Hashable]) -> bool:
        """Whether one of these terms is there."""
        return not wanted.isdisjoint(self._terms.get(place, ()))
