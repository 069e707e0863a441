"""Who owns `spec.listeners` of an AlbConfig, and how to write it so that they still own it. Pure.

The API server gives an atomic list to the last writer. A GitOps tool that loses its ownership reports
conflicts for ever, so the list is written in the owner's name and manner: an update, or an apply of exactly the
fields the owner applies.
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

OWN_MANAGER = "mtlsedge"
"""Writes a list that nobody owns."""


@dataclass(frozen=True)
class Write:
    """A document to send, as a replacement of the whole object or as an apply of some fields, under a manager's name."""

    document: dict[str, Any]
    manager: str
    applies: bool


def write(live: Mapping[str, Any], listeners: list[dict[str, Any]]) -> Write:
    """The write that puts `listeners` into `live` under the resourceVersion it was read with."""
    owners = [entry for entry in live["metadata"].get("managedFields") or [] if _owns_listeners(entry)]
    appliers = [entry for entry in owners if entry.get("operation") == "Apply"]
    if appliers and len(owners) == 1:
        part = _owned(live, appliers[0].get("fieldsV1") or {})
        identity = {key: live[key] for key in ("apiVersion", "kind")}
        metadata = {
            **(part.pop("metadata", None) or {}),
            "name": live["metadata"]["name"],
            "resourceVersion": live["metadata"]["resourceVersion"],
        }
        document = {**part, **identity, "metadata": metadata}
        document.pop("status", None)
        return Write(_with_listeners(document, listeners), str(appliers[0]["manager"]), applies=True)
    manager = str(owners[0]["manager"]) if owners else OWN_MANAGER
    return Write(_with_listeners(live, listeners), manager, applies=False)


def _owns_listeners(entry: Mapping[str, Any]) -> bool:
    fields = entry.get("fieldsV1") or {}
    return not entry.get("subresource") and "f:listeners" in (fields.get("f:spec") or {})


def _with_listeners(document: Mapping[str, Any], listeners: list[dict[str, Any]]) -> dict[str, Any]:
    changed = copy.deepcopy(dict(document))
    changed["spec"] = {**(changed.get("spec") or {}), "listeners": listeners}
    return changed


def _owned(value: Any, fields: Mapping[str, Any]) -> Any:
    """The part of a value that a manager's field set names; a set of values (finalizers) by value."""
    if not isinstance(value, Mapping):
        return _owned_items(value, fields) if isinstance(value, list) else value
    names = {key.removeprefix("f:"): below for key, below in fields.items() if key.startswith("f:")}
    if not names:
        return copy.deepcopy(dict(value))
    return {name: _owned(value[name], below) for name, below in names.items() if name in value}


def _owned_items(values: list[Any], fields: Mapping[str, Any]) -> list[Any]:
    chosen = [key.removeprefix("v:").strip('"') for key in fields if key.startswith("v:")]
    return [value for value in values if str(value) in chosen] if chosen else copy.deepcopy(values)
