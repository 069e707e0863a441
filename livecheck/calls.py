"""Signed calls to the vendor's API: nested parameters, patience with what is busy, and a note of what was answered."""

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from livecheck.clock import Clock
from livecheck.shapes import ERRORS, Shapes, note
from mtlsedge.cloud import PRODUCTS, Cloud, CloudProblem

BUSY_SECONDS = 120.0
"""How long a call is repeated while its object is being changed; a listener takes seconds."""
BUSY = (
    "Throttling", "SystemBusy", "ServiceUnavailable", "IdempotenceProcessing", "IncorrectStatus", "OperationConflict",
    "IncorrectBusinessStatus", "ResourceInConfiguring", "VipStatusNotSupport", "IncorrectVpcStatus",
    "IncorrectVSwitchStatus", "TaskConflict",
)  # fmt: skip
"""Beginnings of the codes that mean "not now" (alibaba-cloud.md §1.9 and the provider's own lists)."""
TAKES_TOKEN = {"alb": ("Create",), "vpc": ("Create",), "ecs": ("Create", "Run")}
"""Product -> beginnings of the actions that a ClientToken makes safe to repeat. Certificates have none."""
PUBLIC = ".aliyuncs.com"
REAL, LOCAL = "Alibaba Cloud", "local cloud"
"""What answered a run, as its record says it. Only the first says anything of the real cloud."""


@dataclass(frozen=True)
class Calls(Cloud):
    """An account's API as a run uses it: reading and writing."""

    clock: Clock = field(default_factory=lambda: Clock(0.0))
    busy_seconds: float = BUSY_SECONDS
    answered: set[str] = field(default_factory=set)
    """`product:Action` of every call that was answered without an error."""
    shapes: Shapes = field(default_factory=dict)
    """Which keys the answers had; see `livecheck.shapes`."""

    def do(self, product: str, action: str, /, **parameters: Any) -> dict[str, Any]:
        """One call with nested parameters in the API's own keys. Raises CloudProblem, OutOfTime."""
        token = {"ClientToken": uuid.uuid4().hex} if action.startswith(TAKES_TOKEN.get(product, ("-",))) else {}
        return self.call(product, action, {**flat(parameters), **token})

    def call(self, product: str, action: str, query: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """As in `Cloud`, repeated while the answer is that something is busy."""
        give_up = time.monotonic() + self.busy_seconds
        while True:
            self.clock.check()
            try:
                body = super().call(product, action, query)
            except CloudProblem as problem:
                if problem.has_text is not None:
                    note(self.shapes, ERRORS, {"Message": "…" if problem.has_text else ""})
                if not problem.code.startswith(BUSY) or time.monotonic() > give_up:
                    raise
                time.sleep(self.clock.poll)
            else:
                self.answered.add(f"{product}:{action}")
                note(self.shapes, f"{product}:{action}", body)
                return body

    def code(self, product: str, action: str, /, **parameters: Any) -> str:
        """The error code of a call, or `accepted`."""
        try:
            self.do(product, action, **parameters)
        except CloudProblem as problem:
            return problem.code
        return "accepted"

    @property
    def place(self) -> str:
        """What is asked: REAL only if every product is at a host of the vendor's."""
        hosts = {self.endpoint(product).rpartition(":")[0] or self.endpoint(product) for product in PRODUCTS}
        return REAL if all(host.endswith(PUBLIC) for host in hosts) else LOCAL


def flat(value: Any, name: str = "") -> dict[str, str]:
    """`{"A": [{"B": True}]}` as `{"A.1.B": "true"}`, which is how the API takes lists and objects."""
    if isinstance(value, Mapping):
        parts = [(str(key), part) for key, part in value.items()]
    elif isinstance(value, list | tuple):
        parts = [(str(number), part) for number, part in enumerate(value, 1)]
    else:
        return {name: str(value).lower() if isinstance(value, bool) else str(value)}
    named = [(f"{name}.{key}" if name else key, part) for key, part in parts]
    return {key: text for path, part in named for key, text in flat(part, path).items()}
