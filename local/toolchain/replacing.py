"""Files and links that several runs may write in the same moment: each is whole at any time, and the last one stays."""

import os
from pathlib import Path


def write(place: Path, text: str, mode: int = 0o644) -> None:
    """Put the text in place of the file."""
    partial = _partial(place)
    partial.write_text(text)
    partial.chmod(mode)
    partial.replace(place)


def link(place: Path, target: Path) -> None:
    """Put a link in place of another one, or of none."""
    partial = _partial(place)
    partial.unlink(missing_ok=True)
    partial.symlink_to(target)
    partial.replace(place)


def _partial(place: Path) -> Path:
    """A name that no other run writes."""
    return place.with_name(f".{place.name}.{os.getpid()}")
