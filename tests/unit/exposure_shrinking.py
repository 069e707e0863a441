"""The smallest pair that is still missed: whatever can go, goes, and whatever can stay as it was, stays."""

from collections.abc import Callable, Iterator
from dataclasses import fields, replace

from tests.unit.exposure_stacks import Pair, Telling
from tests.unit.exposure_world import Balancer, Listener, World

KEPT = ("name", "port", "protocol", "authority")


def shrunk(pair: Pair, is_missed: Callable[[Pair], bool]) -> Pair:
    """The pair without all that it is missed without."""
    while (found := next((one for one in _smaller(pair) if one != pair and is_missed(one)), None)) is not None:
        pair = found
    return pair


def _smaller(pair: Pair) -> Iterator[Pair]:
    plain = Telling()
    yield replace(pair, telling=plain)
    for one in fields(Telling):
        yield replace(pair, telling=replace(pair.telling, **{one.name: getattr(plain, one.name)}))
    yield from (
        replace(pair, telling=replace(pair.telling, renamed=frozenset({place}))) for place in pair.telling.renamed
    )
    if pair.telling.hidden:
        yield from (
            replace(pair, telling=replace(pair.telling, hidden=(place, pair.telling.hidden[1])))
            for place in range(pair.telling.hidden[0])
        )
    for name in {one.name for world in (pair.before, pair.after) for one in world.balancers}:
        yield _both(pair, lambda world, name=name: _without_balancer(world, name))
    yield from _without(pair)
    yield from _as_before(pair)
    yield _both(pair, lambda world: replace(world, openings=()))
    for name in {one.name for world in (pair.before, pair.after) for one in world.gates}:
        yield _both(
            pair,
            lambda world, name=name: replace(world, gates=tuple(one for one in world.gates if one.name != name)),
        )
    yield from (
        replace(pair, after=replace(pair.after, **{one.name: getattr(pair.before, one.name)})) for one in fields(World)
    )


def _without(pair: Pair) -> Iterator[Pair]:
    """Without a listener, without one of its rules, or with a property of it as it is by default."""
    for name in sorted({one.name for one in _listeners(pair.before) + _listeners(pair.after)}):
        yield _each(pair, lambda one, name=name: None if one.name == name else one)
        for field in fields(Listener):
            if field.name not in KEPT:
                yield _each(
                    pair,
                    lambda one, name=name, field=field: (
                        replace(one, **{field.name: field.default}) if one.name == name else one
                    ),
                )
    for name in sorted({rule.name for one in _listeners(pair.before) + _listeners(pair.after) for rule in one.rules}):
        yield _each(pair, lambda one, name=name: replace(one, rules=tuple(r for r in one.rules if r.name != name)))


def _as_before(pair: Pair) -> Iterator[Pair]:
    """With a property of a listener, or a rule, as it was."""
    was = {one.name: one for one in _listeners(pair.before)}
    for now in _listeners(pair.after):
        if (old := was.get(now.name)) is None:
            continue
        for field in fields(Listener):
            changed = replace(now, **{field.name: getattr(old, field.name)})
            yield replace(
                pair, after=_with(pair.after, lambda one, now=now, changed=changed: changed if one == now else one)
            )
    publics = {one.name: one.is_public for one in pair.before.balancers}
    yield replace(
        pair,
        after=replace(
            pair.after,
            balancers=tuple(
                replace(one, is_public=publics.get(one.name, one.is_public)) for one in pair.after.balancers
            ),
        ),
    )


def _listeners(world: World) -> list[Listener]:
    return [one for balancer in world.balancers for one in balancer.listeners]


def _both(pair: Pair, change: Callable[[World], World]) -> Pair:
    return replace(pair, before=change(pair.before), after=change(pair.after))


def _each(pair: Pair, change: Callable[[Listener], Listener | None]) -> Pair:
    return _both(pair, lambda world: _with(world, change))


def _with(world: World, change: Callable[[Listener], Listener | None]) -> World:
    def of(balancer: Balancer) -> Balancer:
        made = (change(one) for one in balancer.listeners)
        return replace(balancer, listeners=tuple(one for one in made if one is not None))

    return replace(world, balancers=tuple(map(of, world.balancers)))


def _without_balancer(world: World, name: str) -> World:
    return replace(world, balancers=tuple(one for one in world.balancers if one.name != name))
