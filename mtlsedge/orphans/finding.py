"""Decides, without asking anybody, which cloud objects are a stack's and absent from its state."""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

PROJECT_TAG, STACK_TAG = "mtlsedge:project", "mtlsedge:stack"
CONTENT_SUFFIX = "(?:-[0-9a-f]{8})?"
"""Certificates' names end in digits of their fingerprint."""
ID_KEY = re.compile(r"(?:^|_)(?:id|identifier)$|(?:Id|Identifier)$")
"""Property names in state whose values are ids of cloud objects."""


@dataclass(frozen=True)
class CloudObject:
    """One object of the account, as far as ownership needs it."""

    kind: str
    id: str
    name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    roles: tuple[str, ...] = ()
    """What a stack may have made it for (`mtlsedge_components.naming.ROLES`); empty: its name proves nothing."""
    parent: str = ""
    """Id of the object that decides whose this one is, where it has neither name nor tags of its own."""
    known_parent_will_do: bool = False
    """Whether a parent that is not the stack's, but that its state knows (the ALB of a cluster), decides for it too."""
    aliases: tuple[str, ...] = ()
    """Other ids under which state may know it."""


@dataclass(frozen=True)
class Ownership:
    """What marks an object as one stack's: its tags; else a name derived from project, stack and role, or set by hand."""

    project: str
    stack: str
    names: Mapping[str, str] = field(default_factory=dict)
    """`mtlsedge:names` of the stack file: role, or role and part -> physical name."""

    def claims(self, thing: CloudObject) -> bool:
        """Whether the object itself says that it is this stack's. Tags have the last word."""
        if PROJECT_TAG in thing.tags or STACK_TAG in thing.tags:
            return (thing.tags.get(PROJECT_TAG), thing.tags.get(STACK_TAG)) == (self.project, self.stack)
        return any(self._names(role, thing.name) for role in thing.roles)

    def _names(self, role: str, name: str) -> bool:
        """Whether the stack gives things of this role this name: derived ones start with project, stack and role.

        The role belongs to the test: `dev` does not own `mtlsedge-dev-eu-vpc`, which is a VPC of `dev-eu`.
        """
        by_hand = (given for key, given in self.names.items() if key.split("/")[0] == role)
        if any(re.fullmatch(re.escape(given) + CONTENT_SUFFIX, name) for given in by_hand):
            return True
        return f"{_letters(name)}-".startswith(f"{_letters(f'{self.project}-{self.stack}-{role}')}-")


def find_orphans(
    cloud_objects: Iterable[CloudObject], state_ids: Collection[str], ownership: Ownership
) -> list[CloudObject]:
    """The stack's objects that its state does not know, in the order of the listing."""
    things, known = list(cloud_objects), set(state_ids)
    ours = {thing.id for thing in things if ownership.claims(thing)}

    def owned(thing: CloudObject) -> bool:
        owner = thing.parent or thing.id
        return owner in ours or (thing.known_parent_will_do and owner in known)

    return [thing for thing in things if owned(thing) and not {thing.id, *thing.aliases} & known]


def state_ids(state: Mapping[str, Any]) -> set[str]:
    """Every id a state knows: of its resources, and those that their properties carry."""
    found: set[str] = set()
    for resource in _resources(state):
        found.add(str(resource.get("id") or ""))
        for part in ("inputs", "outputs"):
            found |= set(_ids(resource.get(part) or {}))
    return found - {""}


def interrupted(state: Mapping[str, Any]) -> bool:
    """True if an update is under way, or was cut off: what it is creating now is not in state yet."""
    return bool((state.get("deployment") or {}).get("pending_operations"))


def half_made(state: Mapping[str, Any]) -> list[str]:
    """Names of the resources whose making was cut off or refused between their first call and their last.

    Of some of them the provider leaves nothing but the id, so that the next `up` compares all they are to be with nothing
    and sets about to replace them; what may be there once only (a vSwitch's addresses, a CNAME) then stands in its own way.
    """
    return [str(one["urn"]).rpartition("::")[2] for one in _resources(state) if one.get("initErrors")]


def _resources(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return (state.get("deployment") or {}).get("resources") or []


def _ids(value: Any, key: str = "") -> Iterable[str]:
    """Values below keys that name an id; numbers arrive as floats from dynamic resources."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _ids(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from _ids(item, key)
    elif ID_KEY.search(key) and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _letters(name: str) -> str:
    """Letters and digits alone: the cloud's name rules turn other signs into hyphens."""
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")
