"""Which client certificates a trusted CA accepts, while one generation of an authority follows another.

Pure, and decided from what is declared alone: a listener trusts one CA, state cannot know what a client carries in
the field, and a preview has to name the clients that would be locked out. Generations are plain names, oldest first.

A *bridge* is a certificate for one generation's root (its subject and its key), signed by another generation's root.
A client that sends it along is accepted by a listener that trusts the other one. Chains hold at most one bridge:
path builders without backtracking (OpenSSL, BoringSSL) take the first certificate whose name fits, so that a second
certificate for the same root would hide the first.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Access(StrEnum):
    """What a listener does with a client."""

    ACCEPTED = "accepted"
    BRIDGED = "accepted through a bridge"
    LOCKED_OUT = "locked out"


@dataclass(frozen=True)
class Carried:
    """What a client holds in the field: the generation of its leaf, and the one whose bridge is in its chain ("": none)."""

    generation: str
    bridge_by: str = ""


@dataclass(frozen=True)
class Verdict:
    """Whether a client gets in, and why."""

    access: Access
    why: str

    @property
    def is_locked_out(self) -> bool:
        """Whether the client's handshakes fail."""
        return self.access is Access.LOCKED_OUT


def by_age(names: Iterable[str]) -> tuple[str, ...]:
    """Names of generations, oldest first: in order of name, numbers within compared as numbers (g9 before g10).

    The engine hands a stack file's mappings over sorted by key, so that their order in the file is lost.
    """
    return tuple(sorted(names, key=_age))


def _age(name: str) -> tuple[list[tuple[int, int | str]], str]:
    parts = re.findall(r"\d+|\D+", name)
    return [(0, int(part)) if part.isdecimal() else (1, part) for part in parts], name


def bridge_partner(generations: Sequence[str], generation: str, *, bridge_back: bool = False) -> str:
    """Whose bridge is in the chain that the stack hands out for a generation; "" if none is.

    A generation is vouched for by the one before it. The oldest is vouched for by the one after it only with
    `bridge_back`: such a bridge keeps the old CA's key worth stealing after the listener has left it behind.
    """
    place = generations.index(generation)
    if place > 0:
        return generations[place - 1]
    return generations[1] if bridge_back and len(generations) > 1 else ""


def handed_out(generations: Sequence[str], generation: str, *, bridge_back: bool = False) -> Carried:
    """What the stack hands out for a generation: its leaf, and the bridge of its chain."""
    return Carried(generation, bridge_partner(generations, generation, bridge_back=bridge_back))


def carried(generations: Sequence[str], delivered: str = "", bridged_by: str = "") -> Carried:
    """What a client holds, from what is declared: `delivered`, by default a leaf of the oldest generation.

    A leaf was handed out with the bridge by the generation before its own. A bridge by a later one came after the
    leaf, so that the client has it only if that is declared (`bridged_by`).
    """
    generation = delivered or generations[0]
    if bridged_by or generation not in generations:
        return Carried(generation, bridged_by)
    return handed_out(generations, generation)


def verdict(client: Carried, trusted: str) -> Verdict:
    """What a listener that trusts the root of `trusted` does with a client."""
    if client.generation == trusted:
        return Verdict(Access.ACCEPTED, f"its certificate is of generation {trusted}, which is trusted")
    if client.bridge_by == trusted:
        why = f"its certificate is of generation {client.generation}, its chain has the bridge by {trusted}"
        return Verdict(Access.BRIDGED, why)
    held = f"a bridge by {client.bridge_by} only" if client.bridge_by else "no bridge"
    why = f"its certificate is of generation {client.generation}, its chain has {held}, and {trusted} is trusted"
    return Verdict(Access.LOCKED_OUT, why)


def verdicts(generations: Sequence[str], clients: Mapping[str, Carried]) -> dict[str, dict[str, Verdict]]:
    """For every client and every generation that could be trusted: what would happen."""
    return {
        name: {trusted: verdict(client, trusted) for trusted in generations} for name, client in sorted(clients.items())
    }


def leaf_generations(generations: Sequence[str], issuing: str, delivered: str = "") -> tuple[str, ...]:
    """Generations that a client has a certificate of in state: the issuing one, and every older one that is listed.

    What was delivered stays even if it is newer, which it is after a step back.
    """
    newest = max(generations.index(name) for name in (issuing, delivered) if name in generations)
    return tuple(generations[: newest + 1])


@dataclass(frozen=True)
class Plan:
    """What a stack file says of its generations, oldest first, and by client of what was delivered, where it does."""

    generations: tuple[str, ...]
    issuing: str
    trusted: str
    delivered: Mapping[str, str] = field(default_factory=dict)


def history_problems(old: Plan, new: Plan, undeclared: Iterable[str], accepted: Iterable[str]) -> list[str]:
    """Why one plan must not follow another, where the new one alone looks well.

    `undeclared` are the clients whose `delivered` is not written down, `accepted` those that may be locked out.
    """
    problems = [
        f"generation {name} is removed while it is {' and '.join(roles)}; allowed once another one is, in a run before"
        for name in old.generations
        if name not in new.generations and (roles := _roles(old, name))
    ]
    problems += [
        f"generation {name} is new and sorts before {later}, which exists; allowed a name that sorts after it, "
        "as age goes by name"
        for name in new.generations
        if name not in old.generations and (later := _later(old.generations, new.generations, name))
    ]
    return [
        *problems,
        *_default_problems(old, new, set(undeclared) - set(accepted)),
        *_step_back_problems(old, new, set(accepted)),
    ]


def _roles(plan: Plan, name: str) -> list[str]:
    return [role for role, holder in (("issuing", plan.issuing), ("trusted", plan.trusted)) if holder == name]


def _later(old: Sequence[str], new: Sequence[str], name: str) -> str:
    """The first generation that exists already and sorts after a new one."""
    return next((other for other in new[new.index(name) + 1 :] if other in old), "")


def _step_back_problems(old: Plan, new: Plan, accepted: set[str]) -> list[str]:
    """While an older generation than the delivered one issues, a client may fetch its certificate unsaid.

    So its `delivered` is believed again only once it has been written down after that.
    """
    if old.issuing == new.issuing:
        return []
    at_most = old.generations[: old.generations.index(old.issuing) + 1]
    return [
        f"client {name} may have fetched a certificate of generation {old.issuing} while it issued, and is said to carry"
        f" {new.delivered[name]}; allowed with `delivered: {old.issuing}` until it has connected with a newer one"
        for name, before in sorted(old.delivered.items())
        if before not in at_most and new.delivered.get(name, at_most[0]) not in at_most and name not in accepted
    ]


def _default_problems(old: Plan, new: Plan, undeclared: set[str]) -> list[str]:
    """Without the oldest generation, `delivered` would mean another one for a client without it."""
    oldest = old.generations[0] if old.generations else ""
    if not undeclared or not oldest or oldest in new.generations:
        return []
    return [
        f"generation {oldest} is removed, and by default client {name} carries it; allowed once its `delivered` says "
        "what it carries, or acceptLockout names it"
        for name in sorted(undeclared)
    ]
