"""New lines of a file that its writer puts aside as `<name>.1` when it is long."""

import os
from pathlib import Path
from typing import BinaryIO


class Tail:
    """Reads one log from where it stopped before; it goes on in the new file when the old one was put aside."""

    def __init__(self, path: Path, last_bytes: int | None = None) -> None:
        """`last_bytes`: begin so far before the end, at a whole line; None: at the start."""
        self._path = path
        self._last_bytes = last_bytes
        self._file: BinaryIO | None = None
        self._rest = b""
        self._is_leaving = False

    def read(self) -> list[str]:
        """Whole lines since the last call; none while there is no file."""
        if self._file is None and not self._open():
            return []
        lines = self._lines()
        if not self._was_moved():
            return lines
        if self._is_leaving:  # the writer may have ended a line in the old file after it was moved: once more first
            self.close()
            return lines + self.read()
        self._is_leaving = True
        return lines

    def close(self) -> None:
        """Closes the file; the next call of `read` opens the one that is there then, at its start."""
        if self._file is not None:
            self._file.close()
        self._file, self._rest, self._is_leaving, self._last_bytes = None, b"", False, None

    def _open(self) -> bool:
        try:
            self._file = self._path.open("rb")
        except FileNotFoundError:
            return False
        size = os.fstat(self._file.fileno()).st_size
        if self._last_bytes is not None and size > self._last_bytes:
            self._file.seek(size - self._last_bytes)
            self._file.readline()
        return True

    def _lines(self) -> list[str]:
        if self._file is None:
            return []
        *whole, self._rest = (self._rest + self._file.read()).split(b"\n")
        return [line.decode(errors="replace") for line in whole]

    def _was_moved(self) -> bool:
        try:
            return self._file is not None and not os.path.samestat(os.fstat(self._file.fileno()), self._path.stat())
        except FileNotFoundError:
            return False


def put_aside(path: Path) -> list[str]:
    """The lines of the file before this one."""
    return Tail(path.with_name(f"{path.name}.1")).read()
