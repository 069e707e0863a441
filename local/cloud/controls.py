"""What `/-/NAME` of the API's port shows and changes: readiness, faults, behaviours. From this machine only."""

from collections.abc import Callable, Mapping
from typing import Any

from local.cloud import chosen_behaviours
from local.cloud.errors import invalid
from local.cloud.faults import Faults
from local.cloud.store import Store

Control = Callable[[Mapping[str, Any] | None], dict[str, Any]]
"""A change, or None to look; what is shown afterwards. Raises CloudError for a change that makes no sense."""


def ready(_wish: Mapping[str, Any] | None) -> dict[str, Any]:
    """That calls are answered."""
    return {"Ready": True}


def faults(switched: Faults, wish: Mapping[str, Any] | None) -> dict[str, Any]:
    """The faults that are on; a fault to add, or {"clear": true}."""
    if wish is not None:
        switched.clear() if wish.get("clear") else switched.add(dict(wish))
    return {"Faults": switched.listed()}


def behaviours(store: Store, wish: Mapping[str, Any] | None) -> dict[str, Any]:
    """Which answer holds for each unknown; {"switch": "answer", …} to choose, or {"clear": true}."""
    if wish is not None and wish.get("clear"):
        chosen_behaviours.reset(store)
    elif wish is not None:
        try:
            chosen_behaviours.choose(store, {name: str(answer) for name, answer in wish.items()})
        except ValueError as problem:
            raise invalid("behaviour", str(problem)) from None
    return {"Behaviours": chosen_behaviours.load(store).all()}
