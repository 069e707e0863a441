"""Writes files that others must not read or redirect: atomic, never through a symbolic link."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mtlsedge.errors import CommandError

PRIVATE_FOLDER, PRIVATE_FILE, PUBLIC_FILE = 0o700, 0o600, 0o644


class Folder:
    """An open folder. Everything goes through its descriptor, so swapping the path afterwards changes nothing."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor

    def read(self, name: str) -> bytes | None:
        """A regular file's content; None if there is no such file. A symbolic link, a pipe and a device are refused."""
        try:
            descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._descriptor)
        except FileNotFoundError:
            return None
        except OSError as problem:
            raise CommandError(
                f"{self.path / name}: is a symbolic link, or cannot be read ({problem.strerror})"
            ) from None
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise CommandError(f"{self.path / name}: is no regular file")
            return file.read()

    def write(self, name: str, content: bytes, mode: int = PRIVATE_FILE) -> bool:
        """Puts the content there in one step; False if it is there already (only the mode is put right)."""
        if self.read(name) == content:
            os.chmod(name, mode, dir_fd=self._descriptor)
            return False
        temporary = f".{name}.{secrets.token_hex(6)}"
        try:
            self._fill(temporary, content, mode)
            os.replace(temporary, name, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        except OSError as problem:
            self._forget(temporary)
            raise CommandError(f"cannot write {self.path / name}: {problem.strerror}") from None
        return True

    def _fill(self, name: str, content: bytes, mode: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        with os.fdopen(os.open(name, flags, mode, dir_fd=self._descriptor), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())

    def _forget(self, name: str) -> None:
        with suppress(OSError):
            os.unlink(name, dir_fd=self._descriptor)


@contextmanager
def folder(path: Path, *, private: bool) -> Iterator[Folder]:
    """Opens a folder, making it (0700) where it is missing; `private` tightens one that is there already."""
    try:
        path.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as problem:
        raise CommandError(f"{path}: is a symbolic link, or no folder can be made there ({problem.strerror})") from None
    try:
        if private:
            os.fchmod(descriptor, PRIVATE_FOLDER)
        yield Folder(path, descriptor)
    finally:
        os.close(descriptor)
