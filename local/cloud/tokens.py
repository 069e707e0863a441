"""Idempotency: the same ClientToken with the same action gives the same answer, also after a restart."""

import hashlib
import json
import time
from typing import Any

from local.cloud.actions import Action, Response
from local.cloud.errors import refused
from local.cloud.parameters import Parameters
from local.cloud.store import Store

KIND = "cloud.token"
LIFETIME_SECONDS = 24 * 3600


def remembered(store: Store, action: Action, parameters: Parameters) -> Response | None:
    """What was answered to this token before; CloudError if it came with other parameters."""
    if not (token := parameters.text("ClientToken")):
        return None
    entry = store.get(KIND, _id(action, token))
    if entry is None:
        return None
    if entry["Digest"] != _digest(parameters):
        raise refused("IdempotentParameterMismatch", "The ClientToken was used before with other parameters.")
    response: dict[str, Any] = entry["Response"]
    return response


def remember(store: Store, action: Action, parameters: Parameters, response: Response) -> None:
    """Keep an answer, in the transaction of the call it belongs to."""
    if token := parameters.text("ClientToken"):
        entry = {"Digest": _digest(parameters), "Response": response, "Time": time.time()}
        store.put(KIND, _id(action, token), entry)


def forget_old(store: Store) -> None:
    """Drop answers past their lifetime."""
    with store.transaction():
        for id, entry in store.items(KIND):
            if time.time() - entry["Time"] > LIFETIME_SECONDS:
                store.delete(KIND, id)


def _id(action: Action, token: str) -> str:
    return f"{action.version}/{action.name}/{token}"


def _digest(parameters: Parameters) -> str:
    values = {key: value for key, value in parameters.values.items() if key != "ClientToken"}
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
