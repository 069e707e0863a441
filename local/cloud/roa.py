"""Products whose actions are methods and paths, `GET /clusters/{ClusterId}`."""

import re
from collections.abc import Mapping

from local.cloud.actions import TABLE
from local.cloud.products import CS
from local.cloud.wire import HttpRequest

VERSIONS = frozenset({CS})
"""Of the products that are called so."""
SEPARATOR = "·"
"""Between method and path in the name of such an action, which has no blanks."""
BARE = ""
"""Key of an answer that is a list and no object: it stands alone."""


def route(request: HttpRequest, version: str) -> tuple[str, Mapping[str, str]]:
    """The action that a path means and what the path says; the path itself where no action has it."""
    for action in TABLE.values():
        method, is_by_path, template = action.name.partition(SEPARATOR)
        if is_by_path and (action.version, method) == (version, request.method):
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(template))
            if match := re.fullmatch(pattern, request.path):
                return action.name, match.groupdict()
    return f"{request.method}{SEPARATOR}{request.path}", {}
