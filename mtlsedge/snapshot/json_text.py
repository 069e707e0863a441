"""JSON as the engine writes it into secrets: one spelling, and a clear error for what is none."""

import json
from typing import Any

from mtlsedge.errors import CommandError


def compact(value: Any) -> str:
    """JSON without blanks; characters beyond ASCII stay as they are, so that a text is found again."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def parsed(text: Any) -> Any:
    """The value of a JSON text. Raises CommandError without quoting it: it may be a secret."""
    try:
        return json.loads(text)
    except (TypeError, ValueError):
        raise CommandError("the state holds a secret whose text is not JSON; it was not exported by `pulumi`") from None
