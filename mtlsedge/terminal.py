"""Tables and styled lines on a terminal, from text that others may have written."""

from collections.abc import Iterable

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from mtlsedge.printable import printable


class Terminal(Console):
    """Rich's console; names are text and never markup, and what a terminal would obey is written as an escape."""

    def __init__(self, width: int | None = None) -> None:
        super().__init__(highlight=False, markup=False, emoji=False, width=width)

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        """As rich renders, each piece of text cleaned before it is laid out."""
        for segment in super().render(renderable, options):
            yield segment if segment.is_control else segment._replace(text=_clean(segment.text))


def _clean(text: str) -> str:
    return text if text.isprintable() else "\n".join(map(printable, text.split("\n")))
