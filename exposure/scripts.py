"""Scripts that the load balancer runs on a listener's requests and answers (AScript). Pure.

No script is read here: it is a program, and may turn a client away, change what servers are asked and what they are told of
the client, or answer by itself. So another text is another script, and one that ends may be one that turned clients away.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from exposure.facts import is_known, switch

SCRIPT = "alicloud:alb/aScript:AScript"
ON_ANSWERS = "ResponseHead"
"""The one position at which a script sees answers; at the others it sees requests."""


@dataclass(frozen=True)
class Script:
    """A script that runs."""

    listener: str
    position: str
    content: str


def running(inputs: Mapping[str, Any] | None) -> Script | None:
    """The script, unless it is switched off, as it is where nothing is said. A switch that cannot be read is on."""
    if inputs is None or switch(inputs.get("enabled")) is False:
        return None
    return Script(*(str(inputs.get(key, "")) for key in ("listenerId", "position", "scriptContent")))


def difference(before: Script | None, after: Script | None) -> str:
    """What becomes of a script, in words; empty where it stays as it is."""
    if before is None or after is None:
        return "runs from now on" if after else "runs no more" if before else ""
    if not (is_known(before.content) and is_known(after.content)):
        return "is a secret or known after `up` only, and may be another one"
    here = before if is_known(after.listener) else replace(before, listener=after.listener)
    if here == after:
        return ""
    return "is another one" if here.content != after.content else "runs elsewhere"
