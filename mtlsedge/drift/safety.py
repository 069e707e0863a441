"""Whether what was changed by hand made the stack less safe: the comparison of a pull request's preview, state against cloud. Pure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from exposure.properties import TYPES
from mtlsedge.preview import not_judged, weakenings
from mtlsedge.preview.events import Change, Preview
from mtlsedge.preview.weakenings import Weakening

NOT_TOLD = "what the cloud has is not told"


def less_safe(drifted: tuple[Change, ...], plain: Preview) -> tuple[Weakening, ...]:
    """What drift lets in, and what of it cannot be told.

    `drifted` are steps of the refreshing preview, whose old inputs are the cloud's; `plain` has the state's.
    """
    found = {one.urn: one for one in drifted}
    by_hand = tuple(_by_hand(one, found.get(one.urn)) for one in plain.changes if one.old is not None)
    same = [one for one in by_hand if one.urn in found and one.old == one.new and one.type in TYPES]
    untold = (Weakening(not_judged.KIND, "not judged", one.name, NOT_TOLD) for one in same)
    return (*weakenings.find(Preview(by_hand)), *untold)


def _by_hand(state: Change, drift: Change | None) -> Change:
    """A resource as `up` left it, and as the cloud has it; nothing that the stack file changes is of it."""
    cloud: Mapping[str, Any] | None = state.old
    if drift is not None:
        differing = {path.partition(".")[0].partition("[")[0] for path in drift.paths}
        told = {key: _told(key, state.old or {}, drift) for key in differing}
        cloud = None if drift.old is None else {**(state.old or {}), **told}
    operation = "delete" if cloud is None else "same" if cloud == state.old else "update"
    paths = {} if drift is None else drift.paths
    return replace(state, operation=operation, new=cloud, paths=paths, is_protected=state.was_protected)


def _told(key: str, state: Mapping[str, Any], drift: Change) -> Any:
    """What the cloud has of a property. Some providers tell it in a resource's outputs alone."""
    cloud = (drift.old or {}).get(key)
    return drift.outputs.get(key, cloud) if cloud == state.get(key) else cloud
