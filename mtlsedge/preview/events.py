"""The engine's events as one preview: what every resource was and will be. Values that matter to nobody are left out.

A preview is complete only if the engine said that it succeeded and its steps are as many as it counted: what was
cut off, killed or failed is never taken for a whole one.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar, cast

from exposure.facts import HIDDEN, UNKNOWN
from mtlsedge.snapshot.sanitizing import PROVIDER_TYPE, STACK_TYPE, is_secret
from mtlsedge_components.importing import one_at_a_time

UNKNOWN_TEXT, SECRET_TEXT = UNKNOWN, HIDDEN
REPLACEMENTS = (
    "create-replacement",
    "replace",
    "delete-replaced",
    "import-replacement",
    "discard-replaced",
    "read-replacement",
)
"""The engine's steps of one replacement; together they are one change."""
FOLLOWING = re.compile(
    r"Detected that .* exited prematurely|an unhandled error occurred: program exited with", re.DOTALL
)
"""What the engine says after a cause; without one, it is all there is to say."""
DYNAMIC, OWN = "pulumi-python:dynamic/mtlsedge:", "mtlsedge:index:"
"""What a state from before the plugin calls the program's own resources, and what they are called now."""
UNCHANGED = ("same", "read", "refresh")
Found = TypeVar("Found")


@dataclass(frozen=True)
class Change:
    """One resource before and after. Inputs are as the program gives them, outputs as the last `up` left them."""

    operation: str
    """`same`, `create`, `update`, `replace`, `delete`, …; a replacement is one change."""
    urn: str
    type: str
    parent: str = ""
    id: str = ""
    old: Mapping[str, Any] | None = None
    """Inputs before; None for what is new."""
    new: Mapping[str, Any] | None = None
    """Inputs after; None for what goes away. `UNKNOWN_TEXT` and `SECRET_TEXT` stand for what cannot be shown."""
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Outputs before."""
    paths: Mapping[str, str] = field(default_factory=dict)
    """Changed property path -> add, update, delete, each perhaps with -replace."""
    was_protected: bool = False
    is_protected: bool = False
    part: str = ""
    """Of an AlbConfig: the listener beside the first that this change is about."""

    @property
    def name(self) -> str:
        """The resource's logical name, and after a slash the listener of it."""
        logical = self.urn.rsplit("::", 1)[-1]
        return f"{logical}/{self.part}" if self.part else logical

    @property
    def kind(self) -> str:
        """The last part of its type: Listener, Certificate, …"""
        return self.type.rsplit(":", 1)[-1]

    @property
    def is_made(self) -> bool:
        """Whether `up` makes it, so that it has no id yet."""
        return self.operation in ("create", "replace")

    @property
    def is_change(self) -> bool:
        """Whether `up` would do something."""
        return self.operation not in UNCHANGED


@dataclass(frozen=True)
class Preview:
    """All resources of a stack before and after, and how the preview ended."""

    changes: tuple[Change, ...]
    weakenings_before: tuple[str, ...] = ()
    weakenings_after: tuple[str, ...] = ()
    """The stack output `weakenings`: every long-named setting in force, as `key path: what it does`."""
    denied_before: Mapping[str, str] = field(default_factory=dict)
    denied_after: Mapping[str, str] = field(default_factory=dict)
    """The stack output `denied`: the deny list's entries by name, each with the certificate's fingerprint."""
    locked_out: tuple[str, ...] | None = None
    """Clients of which the stack output `rotation` says that the CA trusted from now on refuses them; None: it says nothing."""
    errors: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    """Violations of policies that forbid the change."""
    incomplete: str = ""
    """Why the preview is not whole; empty if it is."""
    providers: tuple[Change, ...] = ()
    """The providers that nobody declared; the engine makes them from the stack file, and no event tells of them."""

    @cached_property
    def _found(self) -> dict[Callable[["Preview"], Any], Any]:
        return {}

    def once(self, find: Callable[["Preview"], Found]) -> Found:
        """What a function finds in this preview, worked out once however many rules ask for it."""
        if find not in self._found:
            self._found[find] = find(self)
        return cast("Found", self._found[find])

    @property
    def knows_nothing_before(self) -> bool:
        """Whether it is of resources that are all new to the engine."""
        return bool(self.changes) and all(change.old is None for change in self.changes)


def read(events: Iterable[Mapping[str, Any]]) -> Preview:
    """The preview that the events tell of."""
    found = list(events)
    changes = _changes(found)
    messages = [event["diagnosticEvent"] for event in found if "diagnosticEvent" in event]
    before, after = _outputs(found)
    return Preview(
        changes=tuple(changes.values()),
        weakenings_before=_listed(before),
        weakenings_after=_listed(after),
        denied_before=_denied(before),
        denied_after=_denied(after),
        locked_out=_locked_out(found),
        errors=_causes(_texts(messages, "error") + _error_events(found)),
        policies=tuple(_violation(event["policyEvent"]) for event in found if _forbids(event.get("policyEvent"))),
        incomplete=_incompleteness(found),
    )


def _changes(events: list[Mapping[str, Any]]) -> dict[str, Change]:
    changes: dict[str, Change] = {}
    for event in events:
        metadata = (event.get("resourcePreEvent") or {}).get("metadata")
        if metadata and not is_made_by_the_engine(metadata):
            change = _change(metadata)
            changes[change.urn] = _joined(changes[change.urn], change) if change.urn in changes else change
    return changes


def is_made_by_the_engine(resource: Mapping[str, Any]) -> bool:
    """Whether it is a provider that nobody declared: the engine makes one for every package and version."""
    return resource["type"].startswith(PROVIDER_TYPE) and resource["urn"].rsplit("::", 1)[-1].startswith("default")


def _change(metadata: Mapping[str, Any]) -> Change:
    operation, old, new = metadata["op"], metadata.get("old") or {}, metadata.get("new") or {}
    return Change(
        operation="replace" if operation in REPLACEMENTS else operation,
        urn=metadata["urn"],
        type=metadata["type"].replace(DYNAMIC, OWN),
        parent=(new or old).get("parent", ""),
        id=(old or new).get("id", ""),
        old=_plain(old.get("inputs") or {}) if old else None,
        new=_plain(new.get("inputs") or {}) if new else None,
        outputs=_plain(old.get("outputs") or {}),
        paths=_paths(metadata) or _differing(old.get("inputs") or {}, new.get("inputs") or {}, operation),
        was_protected=bool(old.get("protect")),
        is_protected=bool(new.get("protect")),
    )


def _paths(metadata: Mapping[str, Any]) -> dict[str, str]:
    detailed = metadata.get("detailedDiff") or {}
    if detailed:
        return {path: entry.get("diffKind", "update") for path, entry in detailed.items()}
    return dict.fromkeys([*(metadata.get("diffs") or ()), *(metadata.get("keys") or ())], "update")


def _differing(old: Mapping[str, Any], new: Mapping[str, Any], operation: str) -> dict[str, str]:
    """Inputs that an update changes, of a provider that tells no paths."""
    if operation != "update":
        return {}
    return {key: "update" for key in sorted({*old, *new}) if not key.startswith("__") and old.get(key) != new.get(key)}


def _joined(first: Change, second: Change) -> Change:
    """Two steps of one resource as one change: a replacement has what either knows.

    A refresh comes first and tells what the cloud has; what is changed then, only the later step knows.
    """
    if first.operation in UNCHANGED:
        return second
    return Change(
        operation=first.operation,
        urn=first.urn,
        type=first.type,
        parent=first.parent or second.parent,
        id=first.id or second.id,
        old=first.old if first.old is not None else second.old,
        new=first.new if first.new is not None else second.new,
        outputs=first.outputs or second.outputs,
        paths={**first.paths, **second.paths},
        was_protected=first.was_protected or second.was_protected,
        is_protected=first.is_protected or second.is_protected,
    )


def _plain(value: Any) -> Any:
    """Values without the engine's own keys, each secret as one fixed text."""
    if is_secret(value):
        return SECRET_TEXT
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items() if not key.startswith("__")}
    return [_plain(entry) for entry in value] if isinstance(value, list) else value


def _outputs(events: list[Mapping[str, Any]]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The stack's outputs before, and as the program's last word has them."""
    before: Mapping[str, Any] = {}
    after: Mapping[str, Any] = {}
    for event in events:
        metadata = (event.get("resourcePreEvent") or event.get("resOutputsEvent") or {}).get("metadata") or {}
        if metadata.get("type") == STACK_TYPE:
            before = (metadata.get("old") or {}).get("outputs") or before
            after = (metadata.get("new") or {}).get("outputs") or {} if "resOutputsEvent" in event else after
    return before, after


def _listed(outputs: Mapping[str, Any]) -> tuple[str, ...]:
    value = outputs.get("weakenings")
    return tuple(str(entry) for entry in value) if isinstance(value, list) else ()


def _denied(outputs: Mapping[str, Any]) -> dict[str, str]:
    value = outputs.get("denied")
    clients = value.get("clients") if isinstance(value, dict) else None
    entries = clients.items() if isinstance(clients, dict) else ()
    return {name: str(one.get("fingerprint", "")) for name, one in entries if isinstance(one, dict)}


def _locked_out(events: list[Mapping[str, Any]]) -> tuple[str, ...] | None:
    """By the `verdict` of each client (program/authorities/self_managed.py), as the program's last word has it."""
    verdicts: Mapping[str, Any] = {}
    for event in events:
        metadata = (event.get("resOutputsEvent") or {}).get("metadata") or {}
        if metadata.get("type") == STACK_TYPE:
            verdicts = _verdicts((metadata.get("new") or {}).get("outputs") or {}) or verdicts
    if not verdicts:
        return None
    # It brings the whole of the certificates' library: read here, after the engine, nobody waits for it.
    with one_at_a_time:
        from mtlsedge_components.x509.rotation import Access  # noqa: PLC0415

    return tuple(sorted(name for name, one in verdicts.items() if one.get("verdict") == Access.LOCKED_OUT))


def _verdicts(outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Those of every listener's clients; none at all where those of one listener's are not told."""
    cluster = outputs.get("kubernetes") or {}
    if not isinstance(cluster, dict):
        return {}
    listed = [one for one in (outputs.get("listeners"), cluster.get("listeners")) if isinstance(one, dict)]
    others = [one for listeners in listed for one in listeners.values()]
    sources = [outputs, *(one for one in others if isinstance(one, dict) and one.get("clients"))]
    rotations = [one["rotation"] for one in sources if isinstance(one.get("rotation"), dict)]
    found = [one["clients"] for one in rotations if isinstance(one.get("clients"), dict) and one["clients"]]
    return {name: said for clients in found for name, said in clients.items()} if len(found) == len(sources) else {}


def _causes(errors: tuple[str, ...]) -> tuple[str, ...]:
    """The errors without those that only follow: that the program ended, and that its plugins, ended with it, did too."""
    causes = tuple(text for text in errors if not FOLLOWING.match(text))
    return causes or errors


def _texts(messages: list[Mapping[str, Any]], severity: str) -> tuple[str, ...]:
    texts = [str(one.get("message", "")).strip() for one in messages if one.get("severity") == severity]
    return tuple(dict.fromkeys(text for text in texts if text))


def _error_events(events: list[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(str(event["errorEvent"].get("error", "")) for event in events if "errorEvent" in event)


def _forbids(event: Mapping[str, Any] | None) -> bool:
    return bool(event) and event.get("enforcementLevel") == "mandatory"  # type: ignore[union-attr]


def _violation(event: Mapping[str, Any]) -> str:
    name = str(event.get("resourceUrn", "")).rsplit("::", 1)[-1]
    message = " ".join(str(event.get("message", "")).split())
    return f"{event.get('policyName', '')} ({name}): {message}" if name else f"{event.get('policyName', '')}: {message}"


def _incompleteness(events: list[Mapping[str, Any]]) -> str:
    summaries = [event["summaryEvent"] for event in events if "summaryEvent" in event]
    if not summaries:
        return "the engine was cut off before it had finished"
    if summaries[-1].get("result") != "succeeded":
        return "the engine reports that the preview failed"
    counted = Counter(
        metadata["op"] for event in events if (metadata := (event.get("resourcePreEvent") or {}).get("metadata"))
    )
    told = {operation: count for operation, count in (summaries[-1].get("resourceChanges") or {}).items() if count}
    missing = [operation for operation in told if counted[operation] < told[operation]]
    return f"steps are missing that the engine counted: {', '.join(sorted(missing))}" if missing else ""
