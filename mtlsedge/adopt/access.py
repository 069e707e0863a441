"""Access control: the one white list of networks that a stack file can say."""

from mtlsedge.adopt.account import Found, Listener
from mtlsedge.adopt.draft import Draft
from mtlsedge_components import forms


def add_access(draft: Draft, found: Found, managed: dict[str, Listener]) -> None:
    """Put the access control of the managed listeners (by role: https, http) into the draft."""
    wanted = {listener.acls[0] + " ".join(listener.acls[1]) for listener in managed.values()}
    kind, lists = managed["https"].acls
    if wanted == {""}:
        return
    if len(wanted) != 1 or kind != "White" or len(lists) != 1 or not _is_sayable(found, lists[0]):
        draft.outside += [
            f"access control of {listener.label}: {listener.acls[0].lower()} {', '.join(listener.acls[1])}; a stack "
            "file has one white list of IPv4 networks for all its listeners"
            for listener in managed.values()
            if listener.acls[1]
        ]
        return
    acl = found.acls[lists[0]]
    draft.take("acl", lists[0], str(acl.get("AclName") or ""))
    entries = {str(one["Entry"]): str(one.get("Description") or "") for one in acl["AclEntries"]}
    draft.settings["listener"]["allowFrom"] = dict(sorted(entries.items()))
    for role, listener in managed.items():
        draft.adopt[f"listener-acl/{role}"] = f"{listener.id}:{lists[0]}"


def _is_sayable(found: Found, identifier: str) -> bool:
    entries = found.acls.get(identifier, {}).get("AclEntries") or []
    return bool(entries) and all(
        forms.NETWORK.accepts(str(one["Entry"])) and forms.DESCRIPTION.accepts(str(one.get("Description") or ""))
        for one in entries
    )
