"""A sheet to draw boxes, words and arrows on, written out as SVG."""

import textwrap
from dataclasses import dataclass, field
from xml.sax.saxutils import escape, quoteattr

STYLE = """
text { font-family: -apple-system, "Segoe UI", "Helvetica Neue", Arial, "DejaVu Sans", sans-serif; fill: #1f2933; }
.heading { font-size: 17px; font-weight: 600; } .title { font-size: 14px; font-weight: 600; }
.line { font-size: 12px; fill: #52606d; } .label { font-size: 11px; fill: #52606d; }
.area-name { font-size: 13px; font-weight: 600; fill: #627d98; }
.sheet { fill: #ffffff; stroke: #d9e2ec; } .area { fill: #f5f7fa; stroke: #d9e2ec; }
.card { fill: #ffffff; stroke: #9fb3c8; } .secure { fill: #eef6ff; stroke: #2680c2; stroke-width: 1.6; }
.trust { fill: #effcf6; stroke: #27ab83; stroke-width: 1.4; } .plain { fill: #fffbea; stroke: #de911d; stroke-dasharray: 5 3; }
.badge { fill: #2680c2; } .badge-off { fill: #ba2525; } .badge-text { font-size: 11px; font-weight: 600; fill: #ffffff; }
.arrow { fill: none; stroke: #627d98; stroke-width: 1.6; } .arrow-trust { fill: none; stroke: #27ab83; stroke-width: 1.6; }
.arrow-plain { fill: none; stroke: #de911d; stroke-width: 1.4; stroke-dasharray: 5 3; }
.arrow-open { fill: none; stroke: #ba2525; stroke-width: 1.6; } .label-open { font-size: 11px; font-weight: 600; fill: #ba2525; }
"""
COLOURS = {"arrow": "#627d98", "arrow-trust": "#27ab83", "arrow-plain": "#de911d", "arrow-open": "#ba2525"}
"""Colour of each kind of arrow's head."""
CHARACTER_WIDTH = 0.58
"""Mean width of a sign, as a share of the font size; the fonts named in STYLE differ little."""
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle on the sheet."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """Right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return self.y + self.height

    @property
    def middle(self) -> Point:
        """Centre."""
        return self.x + self.width / 2, self.y + self.height / 2


@dataclass
class Canvas:
    """Elements in the order they are drawn."""

    elements: list[str] = field(default_factory=list)

    def box(self, box: Box, style: str, radius: int = 8) -> None:
        """A rounded rectangle."""
        at = f'x="{box.x:g}" y="{box.y:g}" width="{box.width:g}" height="{box.height:g}"'
        self.elements.append(f'<rect class="{style}" {at} rx="{radius}"/>')

    def text(self, at: Point, words: str, style: str, anchor: str = "start") -> None:
        """One line of text, its baseline at the point."""
        self.elements.append(
            f'<text class="{style}" x="{at[0]:g}" y="{at[1]:g}" text-anchor="{anchor}">{escape(words)}</text>'
        )

    def arrow(self, points: list[Point], style: str = "arrow") -> None:
        """A line through the points, with a head at the last."""
        path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
        self.elements.append(f'<path class="{style}" d="{path}" marker-end="url(#{style})"/>')

    def svg(self, width: float, height: float, title: str) -> str:
        """The whole sheet."""
        heads = "".join(_head(name, colour) for name, colour in COLOURS.items())
        opening = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" role="img" aria-label={quoteattr(title)}>'
        inside = [f"<title>{escape(title)}</title>", f"<style>{STYLE}</style>", f"<defs>{heads}</defs>", *self.elements]
        return "\n".join([opening, *inside, "</svg>", ""])


def clipped(words: str, width: float, size: float) -> str:
    """Words cut with an ellipsis where they would leave the box."""
    longest = max(1, int(width / (size * CHARACTER_WIDTH)))
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def wrapped(words: str, width: float, size: float) -> list[str]:
    """Words on as many lines as they need; none for no words."""
    return textwrap.wrap(words, max(1, int(width / (size * CHARACTER_WIDTH))), break_on_hyphens=False)


def _head(name: str, colour: str) -> str:
    shape = f'<path d="M0 0 L8 4 L0 8 z" fill="{colour}"/>'
    box = 'viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="8" markerHeight="8" markerUnits="userSpaceOnUse" orient="auto"'
    return f'<marker id="{name}" {box}>{shape}</marker>'
