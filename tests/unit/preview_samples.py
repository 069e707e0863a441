"""Samples of previews: recorded from the engine (one change each, see the file names), and small ones made by hand."""

import json
from pathlib import Path
from typing import Any

from mtlsedge.preview.events import Change, Preview
from mtlsedge.preview.findings import judge
from mtlsedge.preview.vocabulary import LISTENER

FOLDER = Path(__file__).parent / "previews"
RECORDED = sorted(path.stem for path in FOLDER.glob("*.json"))


def recorded(name: str) -> Preview:
    """A recorded preview by the name of its change."""
    document = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    changes = tuple(Change(**change) for change in document.pop("changes"))
    return Preview(changes, **{key: tuple(v) if isinstance(v, list) else v for key, v in document.items()})


def change(type_: str, old: Any, new: Any, operation: str = "update", name: str = "thing", **more: Any) -> Change:
    """One resource before and after."""
    urn = f"urn:pulumi:s::p::{type_}::{name}"
    return Change(operation, urn, type_, old=old, new=new, **({"id": "id-1"} | more))


def listener(old: Any, new: Any, **more: Any) -> Change:
    """An HTTPS listener that demands certificates, with differences before and after."""
    base = {"listenerProtocol": "HTTPS", "listenerPort": 443, "caEnabled": True}
    return change(LISTENER, base | old, base | new, name="https", **more)


def guarded(old: Any = None, new: Any = None, operation: str = "same") -> Change:
    """That listener, `lsn-443`, unchanged unless differences are said."""
    return listener(old or {}, new or {}, operation=operation, id="lsn-443")


def kinds(*changes: Change) -> list[str]:
    """Weakenings that the command finds in these changes."""
    return [one.kind for one in judge("p", "s", Preview(changes)).weakenings]
