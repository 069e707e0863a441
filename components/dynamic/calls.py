"""How providers call every method of the vendor's SDKs."""

from collections.abc import Callable
from typing import Any

from mtlsedge_components.dynamic.errors import cloud_call
from mtlsedge_components.dynamic.retrying import patiently

REPEATABLE = ("List", "Describe", "Get", "Delete")
"""How the actions begin that may be called again whatever became of the call before: what is gone already is no error."""


def called(action: str, method: Callable[[Any], Any], request: Any) -> dict[str, Any]:
    """The reply's body as a dict with the API's keys; what passes is waited out, errors are made safe."""

    def once() -> dict[str, Any]:
        with cloud_call(action):
            return dict(method(request).body.to_map())

    return patiently(once, repeatable=action.startswith(REPEATABLE))
