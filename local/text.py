"""Text that others wrote, for a terminal."""


def printable(text: str) -> str:
    """Without what a terminal would obey: control characters and marks of direction are written as escapes."""
    return (
        text if text.isprintable() else "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
    )


def cut(text: str, width: int) -> str:
    """At most `width` signs; an ellipsis where something is missing."""
    return text if len(text) <= width else text[: max(width - 1, 0)] + "…"
