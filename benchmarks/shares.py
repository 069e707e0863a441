"""Whose CPU time it was: the engine's, the program's, or a plugin's. Read from /proc while the work runs; Linux only."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

EVERY_SECONDS = 0.05
KINDS = (
    ("pulumi-resource-", "provider plugins"),
    ("mtlsedge_components.plugin", "own plugin"),
    ("pulumi.dynamic", "dynamic providers"),
    ("pulumi-language-python-exec", "program"),
    ("pulumi", "engine"),
)
"""What a command line contains, and whose process it is; the first that fits. All else is the rest: looking for
plugins in the environment, for one."""


def shares(work: Callable[[], object]) -> dict[str, float]:
    """CPU seconds by kind of process, of everything that the call starts."""
    seen: dict[int, tuple[str, float]] = {}
    done = threading.Event()
    watcher = threading.Thread(target=_watch, args=(seen, done), daemon=True)
    watcher.start()
    try:
        work()
    finally:
        done.set()
        watcher.join()
    found: dict[str, float] = {}
    for kind, seconds in seen.values():
        found[kind] = found.get(kind, 0.0) + seconds
    return found


def _watch(seen: dict[int, tuple[str, float]], done: threading.Event) -> None:
    """Keeps the last reading of every descendant: what a process used when it was seen last is all it used, nearly."""
    ticks = os.sysconf("SC_CLK_TCK")
    while not done.wait(EVERY_SECONDS):
        for process, fields in _descendants(os.getpid()):
            kind = seen[process][0] if process in seen and seen[process][0] != "rest" else _kind(process)
            seen[process] = (kind, (int(fields[11]) + int(fields[12])) / ticks)


def _descendants(root: int) -> Iterator[tuple[int, list[str]]]:
    """Process ids below one, with the fields of their `stat` from the state on."""
    table = {int(entry.name): fields for entry in Path("/proc").glob("[0-9]*") if (fields := _stat(entry))}
    for process, fields in table.items():
        parent = int(fields[1])
        while parent in table and parent != root:
            parent = int(table[parent][1])
        if parent == root:
            yield process, fields


def _stat(entry: Path) -> list[str]:
    """Empty for a process that has ended meanwhile."""
    try:
        return (entry / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _kind(process: int) -> str:
    try:
        command = Path(f"/proc/{process}/cmdline").read_text()
    except OSError:
        return "rest"
    return next((kind for part, kind in KINDS if part in command), "rest")
