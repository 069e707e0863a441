"""What an AlbConfig makes, before and after a change: a load balancer and listeners that keep the AlbConfig's URN."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from exposure import alb_config
from exposure.alb_config import ADOPTED, OWN, can_be_read
from exposure.reach import LISTENER, LOAD_BALANCER
from mtlsedge.preview.events import Change

Inputs = Mapping[str, Any]


def parts(change: Change) -> Iterator[Change]:
    """The load balancer and the listeners of an AlbConfig; of any other resource nothing."""
    if change.type == OWN:
        told = change.new if change.new is None or isinstance(change.new.get("spec", {}), Mapping) else change.old
        yield replace(change, type=LOAD_BALANCER, old=alb_config.balancer(change.old), new=alb_config.balancer(told))
    if change.type in (OWN, ADOPTED):
        known = change.new if can_be_read(change.new) else change.old
        for old, new in _pairs(alb_config.listeners(change.old), alb_config.listeners(known)):
            part = alb_config.beside(old if new is None else new)
            operation = _operation(old, new)
            yield replace(change, type=LISTENER, operation=operation, old=old, new=new, was_protected=False, part=part)


def is_part(change: Change) -> bool:
    """Whether a listener or load balancer is one of an AlbConfig: it keeps the AlbConfig's URN."""
    return change.urn.split("::")[-2].rsplit("$", maxsplit=1)[-1] in (OWN, ADOPTED)


def serving(part: Change, ingresses: Sequence[Change]) -> Change:
    """A listener of an AlbConfig, with what it serves by the Ingresses before and after."""
    old, new = part.old, part.new
    return replace(
        part,
        old=old and alb_config.serving(old, [one.old for one in ingresses if one.old is not None]),
        new=new and alb_config.serving(new, [one.new for one in ingresses if one.new is not None]),
    )


def _pairs(old: list[Inputs], new: list[Inputs]) -> Iterator[tuple[Inputs | None, Inputs | None]]:
    """Each listener before and after: by port and protocol, then by protocol, so that one that moves stays one.

    Of two entries for one port it is not told which one counts: each is a listener.
    """
    before, after = list(old), list(new)
    for same in (_key, lambda one: _key(one)[1]):
        for one in list(before):
            found = next((other for other in after if same(other) == same(one)), None)
            if found is not None:
                before.remove(one)
                after.remove(found)
                yield one, found
    yield from ((one, None) for one in before)
    yield from ((None, one) for one in after)


def _key(listener: Inputs) -> tuple[object, object]:
    return listener.get("listenerPort"), listener.get("listenerProtocol")


def _operation(old: Inputs | None, new: Inputs | None) -> str:
    if old is None or new is None:
        return "create" if old is None else "delete"
    if old == new:
        return "same"
    return "update" if _key(old) == _key(new) else "replace"
