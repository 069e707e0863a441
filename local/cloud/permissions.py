"""RAM policies for a stack's credentials, from the calls that a stack's life was seen to make.

The record is written by `python -m tests.engine.record_calls`. Whether a call reads or writes is the action table's
word. Nothing here has been tried against RAM (the local cloud enforces them, `local.cloud.access`): names are those of
the API with the product's published prefix.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from local.cloud import catalogue
from local.cloud.access.names import named
from local.places import CHECKOUT

FOLDER = Path("docs/reference/permissions")
RECORD = FOLDER / "calls.json"

PRIVATE_CA = ("cas:CreateRootCACertificate", "cas:CreateSubCACertificate", "cas:UpdatePcaCertificate")
"""What the provider calls for a private CA by its source; the recorded stack has none. The program's own calls are
in the record."""


def policies(record: Mapping[str, list[str]]) -> dict[str, dict[str, Any]]:
    """File name -> RAM policy document: `preview.json` for what reads, in any phase, `up.json` for all that was seen.

    Reads of every phase, because a refresh asks for what only a changed stack has, such as access control lists.
    Raises ValueError for a call whose product has no prefix here.
    """
    everything = {call for calls in record.values() for call in calls}
    return {
        "preview.json": _policy(call for call in everything if _reads(call)),
        "up.json": _policy(everything),
    }


def render() -> dict[Path, str]:
    """The checked-in files, relative to the project's folder, as they should be."""
    record = json.loads((CHECKOUT / RECORD).read_text()) | {"private CA, not recorded": list(PRIVATE_CA)}
    return {FOLDER / name: json.dumps(policy, indent=2) + "\n" for name, policy in policies(record).items()}


def _reads(call: str) -> bool:
    """Whether the action table says that the call changes nothing; an action it does not know counts as a write."""
    product, _, name = call.partition(":")
    found = [one for one in catalogue.TABLE.values() if (one.product, one.name.lower()) == (product, name.lower())]
    return bool(found) and not any(action.writes for action in found)


def _policy(calls: Iterable[str]) -> dict[str, Any]:
    actions = sorted(named(call) for call in calls)
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
