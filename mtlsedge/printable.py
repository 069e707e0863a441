"""Text that others wrote, made harmless for a terminal."""


def printable(text: str) -> str:
    """A text with what a terminal would obey written out: control characters and marks of direction are written as escapes."""
    return "".join(sign if sign.isprintable() else f"\\u{ord(sign):04x}" for sign in text)
