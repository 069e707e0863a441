"""A parameter that no code of its action read: a filter that is passed over finds foreign things, a setting gets lost.

Strict, which is the rule: the call is refused before anything of it is on disk. Otherwise one line on standard error.
"""

import sys
from collections.abc import Sequence

from local.cloud.actions import Call
from local.cloud.errors import refused

OF_EVERY_CALL = (
    "RegionId", "regionId", "ClientToken", "DryRun",  # the dispatcher's own
    "OwnerId", "OwnerAccount", "ResourceOwnerId", "ResourceOwnerAccount",  # who asks, which the signature says here
    "Lang", "UserClientIp",  # language of messages, and address of a console's user
)  # fmt: skip
"""Parameters that any action may be sent, beside those of the signature (`wire.COMMON`)."""
MOST_NAMED = 10


def check(call: Call, *, strict: bool) -> None:
    """Refuse a call of which something was not read, or say so; after its handler, inside its transaction."""
    if not (unread := call.parameters.unread(*OF_EVERY_CALL)):
        return
    if strict:
        raise refused("InvalidParameter.Emulator", _message(call, unread))
    print(_message(call, unread), file=sys.stderr, flush=True)


def _message(call: Call, unread: Sequence[str]) -> str:
    """Names only: a value may be a secret."""
    names = ", ".join(name[:100] for name in unread[:MOST_NAMED])
    return f"The local cloud's {call.name} does not know the parameter {names}."
