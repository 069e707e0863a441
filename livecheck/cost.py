"""What a run costs at most, as far as anybody here can know: said before anything is made."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

RULES = "the vendor's ALB billing rules, international site; copies of 2024-03 and later, read on 2026-11-25"
UNKNOWN = "no price is known here: look at your account's price list"


@dataclass(frozen=True)
class Item:
    """One thing that is billed: USD an hour, None where no public source was found; where the figure comes from."""

    what: str
    dollars_an_hour: float | None
    source: str


ALWAYS = (
    Item("one ALB instance, Standard, Internet", 0.021, RULES),
    Item("one LCU of it; a few hundred requests use far less than one", 0.007, RULES),
    Item("two public addresses of the ALB and their traffic (under 10 MB)", None, UNKNOWN),
    Item("certificates in Certificate Management Service (uploads; nothing is bought)", None, UNKNOWN),
)
SERVER = Item("one ECS instance of the type you name, its disk (40 GB)", None, UNKNOWN)
STACK = (
    Item("a second ALB instance, Standard, Internet, for the stack", 0.021, RULES),
    Item("one LCU of it", 0.007, RULES),
    Item("two more public addresses", None, UNKNOWN),
)


def statement(minutes: float, *, server: bool, stack: bool = False) -> Iterator[str]:
    """The lines shown before the question whether to go on. Every hour that is begun counts as a whole one."""
    items = [*ALWAYS, *([SERVER] if server else []), *(STACK if stack else ())]
    hours = math.ceil(minutes / 60) + 1
    known = sum(item.dollars_an_hour or 0.0 for item in items) * hours
    yield f"This makes real things in a real account and costs real money, for {minutes:.0f} minutes and the time of deleting:"
    for item in items:
        price = f"{item.dollars_an_hour:.3f} USD an hour" if item.dollars_an_hour is not None else "unknown"
        yield f"  {item.what}: {price} ({item.source})"
    yield f"Upper bound of what is known: {known:.2f} USD ({hours} begun hours). Prices change; what is unknown comes on top."
