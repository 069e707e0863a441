"""Scripts on a listener over a stack's life, and what a preview says of them. None is run here."""

from typing import Any

import pytest

from tests.engine.cloud_calls import ALB, call
from tests.engine.preview_changes import LISTENER
from tests.engine.sandbox import Sandbox
from tests.engine.test_quiet import alice, writes
from tests.engine.test_security_groups import settles

pytestmark = pytest.mark.engine
LONG = "if match_re($uri, '^/1.txt$') {\n    rewrite('/2.txt', 'break')\n}"


def listed(stack: Sandbox) -> dict[str, dict[str, Any]]:
    """The listener's scripts as the cloud has them, by the last part of their names."""
    found = call(stack, ALB, "ListAScripts")["AScripts"]
    return {one["AScriptName"].rpartition("-")[2]: one for one in found}


def up_with(stack: Sandbox, **scripts: dict[str, Any]) -> list[str]:
    """`up` with these scripts, then quiet; what it wrote."""
    listener = stack.read_config()["config"].get(LISTENER, {})
    since = len(stack.requests())
    with stack.changed({LISTENER: listener | {"scripts": scripts}}):
        stack.up()
        stack.preview("--expect-no-changes")
        stack.preview("--refresh", "--expect-no-changes")
    return writes(stack, since)


def test_scripts_live_with_their_listener(stack: Sandbox) -> None:
    """Made, quiet, changed in place, switched off and back, moved by being made anew, gone; and good clients are served all the while."""
    assert alice(stack)
    (stack.root / "edge.script").write_text(f"{LONG}\r\n\n")
    made = up_with(
        stack, head={"file": "edge.script"}, foot={"content": "time()\n", "position": "RequestFoot", "enabled": False}
    )
    assert made == ["CreateAScripts", "CreateAScripts"]
    found = listed(stack)
    assert {name: (one["ScriptContent"], one["Position"], one["Enabled"]) for name, one in found.items()} == {
        "head": (LONG, "RequestHead", True), "foot": ("time()", "RequestFoot", False),
    }  # fmt: skip
    assert settles(stack, let_in=True)
    notes = stack.python("-m", "local", "status", "--json").stdout
    assert "is not run here" in notes
    assert up_with(stack, head={"content": LONG}, foot={"content": "now()", "position": "RequestFoot"}) == [
        "UpdateAScripts"
    ]
    assert (listed(stack)["foot"]["ScriptContent"], listed(stack)["foot"]["Enabled"]) == ("now()", True)
    moved = up_with(
        stack, head={"content": LONG, "enabled": False}, foot={"content": "now()", "position": "ResponseHead"}
    )
    assert sorted(moved) == ["CreateAScripts", "DeleteAScripts", "UpdateAScripts"]
    assert (listed(stack)["head"]["Enabled"], listed(stack)["foot"]["Position"]) == (False, "ResponseHead")
    since = len(stack.requests())
    stack.up()
    assert writes(stack, since) == ["DeleteAScripts", "DeleteAScripts"] and listed(stack) == {}
