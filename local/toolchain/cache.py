"""The folder outside the checkout where finished parts live, shared by every checkout of this user.

A part's folder name carries a hash of everything that decides its content, so a changed pin never meets an old
result. A folder appears under its name only when it is whole; the lock keeps two runs from making the same twice.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local.toolchain.errors import ToolchainError
from local.toolchain.parts import Part, operating_system, processor
from local.toolchain.progress import say, step

GIGABYTE = 10**9
PARTIAL = ".partial-"
DROPPED = "dropped-"
"""Before the name of what is being removed; what a killed run left of it goes with the next."""
SOURCE_FILE = "source"
"""In a finished part's folder: "vendor" or "built"."""


def root() -> Path:
    """The cache folder: `$XDG_CACHE_HOME/mtlsedge`, usually `~/.cache/mtlsedge`."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "mtlsedge"


def folder(part: Part) -> Path:
    """Where `part`, with its present pins and flags, lies once it is finished."""
    digest = hashlib.sha256()
    for text in (part.version, *part.flags, operating_system(), processor()):
        digest.update(text.encode() + b"\0")
    for pin in part.pins():
        digest.update(pin.name.encode() + b"\0" + pin.read_bytes() + b"\0")
    return root() / f"{part.name}-{digest.hexdigest()[:16]}"


def source(part: Part) -> str | None:
    """Who made the finished part in the cache ("vendor" or "built"); None when it is not there or not whole."""
    place = folder(part)
    if not all(os.access(place / name, os.X_OK) for name in part.files):
        return None
    try:
        return (place / SOURCE_FILE).read_text().strip()
    except FileNotFoundError:
        return None


@contextmanager
def making(part: Part, made_by: str) -> Iterator[Path]:
    """An empty folder to make `part` in; it becomes the part's folder when the block ends well, else it is removed."""
    target = folder(part)
    with scratch(target.name) as place:
        yield place
        (place / SOURCE_FILE).write_text(made_by + "\n")
        shutil.rmtree(target, ignore_errors=True)
        place.rename(target)


@contextmanager
def scratch(name: str) -> Iterator[Path]:
    """A temporary folder inside the cache (so that a rename is atomic), gone afterwards unless renamed."""
    root().mkdir(parents=True, exist_ok=True)
    place = Path(tempfile.mkdtemp(prefix=f"{name}{PARTIAL}", dir=root()))
    place.chmod(0o755)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


@contextmanager
def lock() -> Iterator[int]:
    """Hold the cache for writing; waits, with a word, while another run does.

    Yields the lock's file descriptor: a build that inherits it keeps the lock when its parent is killed, so that
    the next run cannot work beside an orphan.
    """
    root().mkdir(parents=True, exist_ok=True)
    with (root() / "lock").open("a") as handle:
        _acquire(handle.fileno())
        _sweep()
        yield handle.fileno()


def _acquire(descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        say("another run is preparing the toolchain; waiting for it")
        fcntl.flock(descriptor, fcntl.LOCK_EX)


def _sweep() -> None:
    """Remove what killed runs left half made; the holder of the lock is the only one making anything."""
    for leftover in root().glob(f"*{PARTIAL}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def require_free(gigabytes: int, purpose: str) -> None:
    """Raise when the cache's disk has less than `gigabytes` (10^9 bytes) free."""
    free = free_gigabytes()
    if free < gigabytes:
        message = (
            f"{purpose} needs about {gigabytes} GB free under {root()}, found {free:.1f} GB: "
            "free some space, or set XDG_CACHE_HOME to a larger disk"
        )
        raise ToolchainError(message)


def free_gigabytes() -> float:
    """Free space (10^9 bytes) on the disk the cache is on, or will be on."""
    place = root()
    while not place.exists():
        place = place.parent
    return shutil.disk_usage(place).free / GIGABYTE


def go_caches() -> Path:
    """Go's downloads and build cache of our own builds: large, and dropped when every part is there."""
    return root() / "go"


def drop_go_caches() -> None:
    """Free the gigabytes that only a build needs, unless another run is at work, which does so at its end.

    The lock is held for a rename alone: removing can take minutes, and no other run has to wait for that.
    """
    with _free_lock() as is_ours:
        if not is_ours:
            return
        if go_caches().exists():
            go_caches().rename(root() / f"{DROPPED}{os.getpid()}")
        dropped = list(root().glob(f"{DROPPED}*"))
    if dropped:
        with step("freeing the space that only the builds needed", "half a minute"):
            for place in dropped:
                shutil.rmtree(place, ignore_errors=True)


@contextmanager
def _free_lock() -> Iterator[bool]:
    """Hold the lock if nobody does; whether it is held."""
    with (root() / "lock").open("a") as handle:
        try:
            fcntl.flock(handle.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
