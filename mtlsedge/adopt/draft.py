"""A stack file in the making: settings, names, ids to import, and what it leaves alone."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from mtlsedge_components import naming

Document = Mapping[str, Any]
"""What the cloud says about one thing, in the API's own spelling."""
LONGEST_KEY = 63


@dataclass
class Draft:
    """Grows while the parts of a topology are read; nothing of it is true before all of them are."""

    settings: dict[str, Any] = field(default_factory=dict)
    """Sections of the stack file, without the namespace."""
    names: dict[str, str] = field(default_factory=dict)
    adopt: dict[str, str] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    """What stays in the cloud as it is and is not this stack's."""
    kept: list[str] = field(default_factory=list)
    """What stays as it is on things that are this stack's."""
    refused: list[str] = field(default_factory=list)
    """Why there can be no stack file."""

    def take(self, role: str, identifier: str, name: str) -> None:
        """Import a thing under a role with the name it has; a name no setting can say is kept."""
        self.adopt[role] = identifier
        kind = role.partition("/")[0]
        if naming.ROLES[kind].longest == 0:
            return
        if naming.accepts_name(kind, name) and name not in self._names_of(kind):
            self.names[role] = name
        else:
            self.kept.append(f"{identifier}: its name {name!r}")

    def _names_of(self, kind: str) -> list[str]:
        return [name for role, name in self.names.items() if role.partition("/")[0] == kind]


def key_for(text: str, fallback: str, taken: Collection[str]) -> str:
    """A key of a stack file that resembles a thing's name, and is not taken."""
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")[: LONGEST_KEY - 4].rstrip("-._") or fallback
    number, key = 1, plain
    while key in taken:
        number += 1
        key = f"{plain}-{number}"
    return key


def without(values: Mapping[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """The values that differ from what is true anyway."""
    return {key: value for key, value in values.items() if key not in defaults or defaults[key] != value}
