"""Private keys of uploaded server certificates: files of mode 0600, never in SQLite and never in a log."""

from collections.abc import Collection
from pathlib import Path

from local import whole_files


class KeyFiles:
    """The folder `keys` beside the store; documents hold paths relative to the store's folder."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the store's own."""
        self._folder = folder
        (folder / "keys").mkdir(mode=0o700, exist_ok=True)

    def write(self, name: str, private_key_pem: str) -> str:
        """Keep a key, on disk before this returns; the relative path to put into a document."""
        relative = f"keys/{name}.key"
        whole_files.write(self._folder / relative, private_key_pem, durable=True)
        return relative

    def read(self, relative: str) -> str:
        """The key as it was written, byte for byte."""
        with (self._folder / relative).open(newline="") as file:
            return file.read()

    def delete(self, relative: str) -> None:
        """Remove a key; nothing happens if it is gone."""
        (self._folder / relative).unlink(missing_ok=True)

    def sweep(self, kept: Collection[str]) -> None:
        """Remove keys no document refers to: a crash can fall between a file and its transaction."""
        for path in (self._folder / "keys").iterdir():
            if f"keys/{path.name}" not in kept:
                path.unlink()
