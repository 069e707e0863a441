"""What a provider says beside its answer: a diff has no words for a reason."""

from collections.abc import Callable
from contextvars import ContextVar

hearer: ContextVar[Callable[[str], object]] = ContextVar("hearer", default=print)
"""Who hears it: the plugin hands it to the engine, which shows it beside the resource."""


def tell(message: str) -> None:
    """Say something to the people who look at the run."""
    hearer.get()(message)
