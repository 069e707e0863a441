"""What a preview says about scripts on listeners, before and after."""

from collections.abc import Iterator

from exposure import scripts
from exposure.facts import is_known
from exposure.reach import asks
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

MAY = {
    False: "it may change what servers are asked and told of the client, and what it turned away",
    True: "it may change what clients and their browsers are told",
}
"""Whether it sees answers -> what may become of them."""


def find(preview: Preview) -> Iterator[tuple[str, str, str, str]]:
    """Each script that another one runs in place of, from now on or no more, where a listener demands certificates."""
    for one in t.of_type(preview, scripts.SCRIPT):
        before, after = scripts.running(one.old), scripts.running(one.new)
        told = scripts.difference(before, after) if one.is_change else ""
        script = after or before
        if told and script and _may_be_guarded(preview, one):
            on_answers = script.position == scripts.ON_ANSWERS
            label = f"script on {'answers' if on_answers else 'requests'}"
            yield "script-changed", label, one.name, f"a script that nothing here reads {told}: {MAY[on_answers]}"


def _may_be_guarded(preview: Preview, one: Change) -> bool:
    """Whether its listener may demand certificates, before or after; of one that goes, nothing is told."""
    keys = {str(side.get("listenerId", "")) for side in (one.old, one.new) if side is not None}
    listeners = [each for each in t.of_type(preview, t.LISTENER) if each.id in keys or not all(map(is_known, keys))]
    if not listeners:
        return True
    sides = [side for each in listeners if each.new is not None for side in (each.old, each.new) if side is not None]
    return any(asks(side) is not False for side in sides)
