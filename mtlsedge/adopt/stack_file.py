"""The text of the stack file: each section with a word on what it is, and what it leaves alone at the top."""

from collections.abc import Mapping
from typing import Any

from mtlsedge.adopt.draft import Draft
from settings.engine_yaml import dump

COMMENTS = {
    "accountId": "The account it was read from: `up` on another one is refused.",
    "authority": "The CA that is uploaded already. Nothing is issued, uploaded or deleted.",
    "serverCertificate": "Certificates that are uploaded already: read, never changed.",
    "network": "Where the load balancer stands. Not this stack's.",
    "serverGroups": "Who answers. Descriptions are said, because a changed one takes a server out for seconds.",
    "loadBalancer": "The ALB instance.",
    "listener": "The HTTPS listener, and the HTTP one beside it.",
    "domain": "Names that point at the load balancer.",
    "kubernetes": "The AlbConfig, which keeps its owner: its HTTPS listener is looked after from here.",
    "names": "What things are called now. Another name is a change.",
    "adopt": "What is imported, by role. As long as an entry stands here, its thing is never deleted, and keeps its tags.",
}


def text(draft: Draft, provider: Mapping[str, Any], source: str) -> str:
    """The stack file for a draft; `provider` holds the keys that are not ours."""
    lines = [f"# Made by `mtlsedge adopt` from {source}. `pulumi up` imports it and changes nothing in the cloud."]
    lines += _listed("Not managed by this stack, and left as it is:", draft.outside)
    lines += _listed("Kept as found, because no setting speaks of it:", draft.kept)
    body = "".join(f"  {line}\n" for line in _section(dict(provider)).splitlines())
    sections = {**draft.settings, "names": draft.names, "adopt": draft.adopt}
    for key, value in sections.items():
        if value not in ({}, None):
            comment = f"  # {COMMENTS[key]}\n" if key in COMMENTS else ""
            written = _section({f"mtlsedge:{key}": value})
            body += comment + "".join(f"  {line}\n" for line in written.splitlines())
    return "\n".join(lines) + "\nconfig:\n" + body


def _listed(heading: str, entries: list[str]) -> list[str]:
    return [f"# {heading}", *(f"#   - {' '.join(entry.split())}" for entry in entries)] if entries else []


def _section(value: dict[str, Any]) -> str:
    return dump(value)
