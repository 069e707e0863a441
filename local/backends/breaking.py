"""The switch that breaks a backend: a file with one line a server, `NAME` or `NAME STATUS`.

`ECS02` alone makes it stop listening, as a crashed server does; `ECS02 503` makes it answer that status.
"""

from pathlib import Path

FILE_NAME = "broken-backends"
NOT_LISTENING = 0


def read(folder: Path) -> dict[str, int]:
    """Broken servers by name: the status they answer, or NOT_LISTENING. Lines that make no sense count as the latter."""
    try:
        lines = (folder / FILE_NAME).read_text().splitlines()
    except FileNotFoundError:
        return {}
    return dict(_entry(line.split()) for line in lines if line.strip())


def _entry(words: list[str]) -> tuple[str, int]:
    status = words[1] if len(words) > 1 and words[1].isdigit() else NOT_LISTENING
    return words[0], int(status)
