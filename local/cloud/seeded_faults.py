"""Faults by seed: what befalls a call follows from the seed, the action, and how many calls of it there were, nothing else.

So the same seed and the same calls of an action meet the same faults, in whatever order calls of different actions come.
"""

import random
from collections.abc import Collection, Mapping
from typing import Any

SHARES: Mapping[str, tuple[int, Mapping[str, Any]]] = {
    "throttle": (4, {}),
    "slow-reply": (4, {}),
    "unavailable": (3, {"kind": "error", "status": 503, "code": "ServiceUnavailable", "message": "Try again later."}),
    "internal": (2, {"kind": "error", "status": 500, "code": "InternalError", "message": "An unknown error."}),
    "lost-request": (3, {}),
    "lost-reply": (3, {}),
    "reset": (2, {}),
    "failed-job": (2, {}),
    "clock": (1, {}),
    "full-disk": (1, {}),
    "kill": (1, {}),
}
"""Name in `kinds` -> how often it is drawn beside the others, and what the fault is where its name is not all of it."""
UNASKED = tuple(name for name in SHARES if name != "kill")
"""What is drawn where nothing is said: somebody has to start a killed cloud again."""
RATE = 0.1
LONGEST_REPLY_SECONDS = 1.0


def drawn(fault: Mapping[str, Any], action: str, number: int) -> dict[str, Any] | None:
    """What a fault of kind `seeded` has in store for the `number`-th call of an action; None for most."""
    chance = random.Random(f"{fault['seed']}/{action}/{number}")  # noqa: S311 - faults, no secrets
    if chance.random() >= fault["rate"]:
        return None
    kinds = fault["kinds"]
    name = chance.choices(kinds, [SHARES[kind][0] for kind in kinds])[0]
    seconds = {"seconds": round(chance.uniform(0, LONGEST_REPLY_SECONDS), 2)} if name == "slow-reply" else {}
    return {"kind": name, "action": action, **SHARES[name][1], **seconds, "seed": fault["seed"], "number": number}


def completed(fault: Mapping[str, Any]) -> dict[str, Any]:
    """The fault with what it leaves unsaid; ValueError that says what is allowed."""
    kinds, rate = fault.get("kinds", UNASKED), fault.get("rate", RATE)
    if not isinstance(fault.get("seed"), int):
        raise ValueError("seed: a whole number is expected")  # noqa: TRY004 - of what somebody typed
    if not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise ValueError("rate: allowed are 0 to 1")
    if not isinstance(kinds, Collection) or isinstance(kinds, str) or not kinds or not set(kinds) <= set(SHARES):
        raise ValueError(f"kinds: a list is expected, allowed are {', '.join(SHARES)}")
    return {**fault, "rate": rate, "kinds": list(kinds), "calls": {}}
