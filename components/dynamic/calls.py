"""How every SDK method is called."""

from collections.abc import Callable
from typing import Any

from mtlsedge_components.dynamic.errors import cloud_call
from mtlsedge_components.dynamic.retrying import through_throttling


def called(action: str, method: Callable[[Any], Any], request: Any) -> dict[str, Any]:
    """The reply's body as a dict with the API's keys; throttling is waited out, errors are made safe."""

    def once() -> dict[str, Any]:
        with cloud_call(action):
            return dict(method(request).body.to_map())

    return through_throttling(once)
