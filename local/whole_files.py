"""Files that are whole at any moment: what is written is written beside the old, and then put in its place.

Standard library only: the toolchain imports this before any package is installed.
"""

import contextlib
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def write(path: Path, content: str, mode: int = 0o600, *, durable: bool = False) -> bool:
    """Put `content` at `path`, whole or not at all; False, and nothing is written, where the same is there already.

    Several may write one file at a time: the last one stays. `durable` waits until the disk has it, for what a lost machine
    must not lose.
    """
    data = content.encode()
    if _holds(path, data, mode):
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    with _beside(path) as partial:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            if durable:
                os.fsync(file.fileno())
    if durable:
        _sync_folder(path.parent)
    return True


def link(path: Path, target: Path) -> None:
    """Put a link in place of another one, or of none."""
    with _beside(path) as partial:
        partial.symlink_to(target)


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A name that no other run or thread writes; what stands there at the end takes the place, after an error it goes."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    partial.unlink(missing_ok=True)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _holds(path: Path, data: bytes, mode: int) -> bool:
    """A link does not count, wherever it leads."""
    with contextlib.suppress(OSError):
        found = path.lstat()
        is_plain = stat.S_ISREG(found.st_mode) and stat.S_IMODE(found.st_mode) == mode
        return is_plain and found.st_size == len(data) and path.read_bytes() == data
    return False


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
