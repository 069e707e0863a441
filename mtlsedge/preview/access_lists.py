"""The lists of networks that each listener of a preview has, before and after, wherever they are declared.

In a listener, in an AlbConfig's listener, in attachments of lists to listeners, in lists and in entries apart from them.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from exposure.access_lists import ALLOWED, AccessList
from exposure.facts import UNKNOWN, is_known
from mtlsedge.preview import cluster_parts
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview


@dataclass(frozen=True)
class Use:
    """A listener's lists, before and after."""

    subject: str
    """The attachment or listener that gives it them."""
    before: AccessList
    after: AccessList
    is_seen: bool = True
    """Whether the stack tells which listener uses the list, and how."""


def of_listener(preview: Preview, listener: Change, *, after: bool) -> AccessList:
    """The lists that a listener has at one moment; none where it is not there."""
    use = _use(listener, *preview.once(_moments))
    return use.after if after else use.before


def _moments(preview: Preview) -> tuple["_Moment", "_Moment"]:
    return _Moment(preview, after=False), _Moment(preview, after=True)


def uses(preview: Preview) -> list[Use]:
    """Those of each listener that is there before and after, then lists that no listener of the stack is seen to use."""
    before, after = preview.once(_moments)
    listeners = list(t.of_type(preview, t.LISTENER))
    found = [_use(one, before, after) for one in listeners if one.old is not None and one.new is not None]
    mine = {one.id for one in listeners if not cluster_parts.is_part(one)}
    for key in sorted({*before.attached, *after.attached} - mine - {UNKNOWN}):
        attached = before.attached.get(key, []), after.attached.get(key, [])
        subject = (attached[1] or attached[0])[0].name
        found.append(Use(subject, before.joined(attached[0]), after.joined(attached[1])))
    for key in sorted(before.lists.keys() - before.used - after.used - {UNKNOWN}):
        was, now = AccessList(ALLOWED, before.lists[key]), AccessList(ALLOWED, after.lists.get(key, {}))
        if key in after.lists:
            found.append(Use(next(iter((*now.entries.values(), *was.entries.values())), key), was, now, is_seen=False))
    return found


def _use(listener: Change, before: "_Moment", after: "_Moment") -> Use:
    if cluster_parts.is_part(listener):
        return Use(listener.name, _inline(listener.old, before, listener), _inline(listener.new, after, listener))
    attached = before.attached.get(listener.id, []), list(after.attached.get(listener.id, []))
    if listener.is_made:
        attached[1].extend(after.attached.get(UNKNOWN, []))
    subject = next((one.name for one in (*attached[1], *attached[0])), listener.name)
    was = before.joined(attached[0]) if attached[0] else _inline(listener.old, before, listener)
    now = after.joined(attached[1]) if attached[1] else _inline(listener.new, after, listener)
    return Use(subject, was, now)


def _inline(inputs: t.Inputs | None, moment: "_Moment", listener: Change) -> AccessList:
    """The lists that a listener names itself: by id, or entry by entry as an AlbConfig may."""
    block = (inputs or {}).get("aclConfig") or {}
    if not isinstance(block, Mapping):
        return AccessList(f"{listener.name}: {block}", {})
    relations = _each(block.get("aclRelations"))
    ids = [one.get("aclId") if isinstance(one, Mapping) else one for one in relations]
    entries = {str(one): listener.name for one in _each(block.get("aclEntries"))}
    for key in (*ids, *_each(block.get("aclIds"))):
        entries |= moment.entries_of(str(key), listener)
    return AccessList(str(block.get("aclType") or ""), entries)


class _Moment:
    """Lists and attachments before or after the change, each list under its id; what is new under `UNKNOWN` too."""

    def __init__(self, preview: Preview, *, after: bool) -> None:
        self._is_after = after
        self.lists: dict[str, dict[str, str]] = {}
        self.attached: dict[str, list[Change]] = {}
        self.remade = {one.id for one in t.of_type(preview, t.ACL) if one.operation == "replace"}
        for one in t.of_type(preview, t.ACL):
            if (inputs := self._inputs(one)) is not None:
                key = UNKNOWN if one.operation == "create" else one.id
                self._add(one, key, [_entry(entry) for entry in _each(inputs.get("aclEntries"))])
        for one in t.of_type(preview, t.ACL_ENTRY):
            if (inputs := self._inputs(one)) is not None:
                for key in self._holders(one, str(inputs.get("aclId", ""))):
                    members = (*_each(inputs.get("entry")), *_each(inputs.get("entries")))
                    self._add(one, key, [_entry(member) for member in members])
        for one in t.of_type(preview, t.ACL_ATTACHMENT):
            if (inputs := self._inputs(one)) is not None:
                self.attached.setdefault(self._listener_of(one, inputs), []).append(one)
        self.used = {key for one in t.of_type(preview, t.ACL_ATTACHMENT) for key in self._ids(one)}
        self.used |= {key for one in t.of_type(preview, t.LISTENER) for key in _named(self._inputs(one))}

    def _inputs(self, one: Change) -> t.Inputs | None:
        return one.new if self._is_after else one.old

    def _add(self, one: Change, key: str, entries: Iterable[str]) -> None:
        shown = {self._shown(text, one): one.name for text in entries}
        self.lists[key] = self.lists.get(key, {}) | shown
        if self._is_after and one.type == t.ACL and one.operation == "replace":
            self.lists[UNKNOWN] = self.lists.get(UNKNOWN, {}) | shown

    def _shown(self, text: str, one: Change) -> str:
        """An entry; one that cannot be read is another than before wherever its resource changes."""
        if is_known(text):
            return text
        return f"{text} of {one.name}{' from now on' if self._is_after and one.is_change else ''}"

    def _holders(self, one: Change, key: str) -> list[str]:
        if is_known(key):
            return [key]
        was = str((one.old or {}).get("aclId", ""))
        return [UNKNOWN, was] if was and is_known(was) else [UNKNOWN]

    def _listener_of(self, one: Change, inputs: t.Inputs) -> str:
        """Its listener; one that is known after `up` only is the one before, made anew, if there was one."""
        key = str(inputs.get("listenerId", ""))
        return key if is_known(key) else str((one.old or {}).get("listenerId", UNKNOWN))

    def _ids(self, one: Change) -> list[str]:
        inputs = self._inputs(one)
        return [] if inputs is None else [str(inputs.get("aclId", "")), str((one.old or {}).get("aclId", ""))]

    def entries_of(self, key: str, by: Change) -> dict[str, str]:
        """A list's entries; of one that is not in the stack, a text that says so."""
        if key in self.lists:
            return self.lists[key]
        return {f"those of list {key}": by.name}

    def joined(self, attachments: list[Change]) -> AccessList:
        """All of a listener's lists as one: a listener has them of one kind."""
        entries: dict[str, str] = {}
        kinds = set()
        for one in attachments:
            inputs = self._inputs(one) or {}
            kinds.add(str(inputs.get("aclType", "")))
            entries |= self.entries_of(self._list_of(one, str(inputs.get("aclId", ""))), one)
        return AccessList(" and ".join(sorted(kinds)), entries)

    def _list_of(self, one: Change, key: str) -> str:
        """A list that is known after `up` only is the one before, made anew, if that one is."""
        was = str((one.old or {}).get("aclId", ""))
        return was if not is_known(key) and was in self.remade else key


def _entry(entry: Any) -> str:
    return str(entry.get("entry", "")) if isinstance(entry, Mapping) else str(entry)


def _each(value: Any) -> list[Any]:
    """A list's members; a value that cannot be read stands for all of them."""
    return list(value) if isinstance(value, list | tuple) else [value] if value else []


def _named(inputs: t.Inputs | None) -> Iterator[str]:
    block = (inputs or {}).get("aclConfig")
    for one in _each(block.get("aclRelations")) + _each(block.get("aclIds")) if isinstance(block, Mapping) else ():
        yield str(one.get("aclId") if isinstance(one, Mapping) else one)
