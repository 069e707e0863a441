"""Where the running forge lives: its folder and port, decided here and nowhere else."""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from forge.errors import ForgeError
from local.places import CHECKOUT

PORT = 4680
"""Of the forge's pages and API, on 127.0.0.1."""
DIRECTORY_VARIABLE, PORT_VARIABLE = "MTLSEDGE_FORGE_DIR", "MTLSEDGE_FORGE_PORT"


@dataclass(frozen=True)
class Places:
    """The run-time files of one forge; everything in it is removed by `make forge-down`.

    They are not below the checkout: the forge and its runner have accounts of their own, to which a home is closed.
    """

    root: Path
    port: int

    @property
    def url(self) -> str:
        """Address of the forge, for people, jobs and the API."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def gitea(self) -> Path:
        """The forge's own folder: configuration, database, repositories, logs."""
        return self.root / "gitea"

    def runner(self, name: str) -> Path:
        """A runner's own folder: registration, home, work."""
        return self.root / f"runner-{name}"

    @property
    def people(self) -> Path:
        """Names, passwords and tokens of the people, for the person who started the forge and nobody else."""
        return self.root / "people.json"

    def pid_file(self, name: str) -> Path:
        """Where a background process is recorded."""
        return self.root / f"{name}.pid"


def places() -> Places:
    """This checkout's forge; two variables move it, for tests that run beside another."""
    own = hashlib.sha256(str(CHECKOUT).encode()).hexdigest()[:8]
    default = Path(tempfile.gettempdir()) / f"mtlsedge-forge-{os.getuid()}-{own}"
    return Places(Path(os.environ.get(DIRECTORY_VARIABLE, default)), int(os.environ.get(PORT_VARIABLE, PORT)))


def prepare(folder: Path) -> None:
    """Make the forge's folder, or see that it is ours: others may make names in a temporary folder, too.

    Raises ForgeError for one of another user, or a link.
    """
    try:
        folder.mkdir(mode=0o755, parents=True)
    except FileExistsError:
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
            raise ForgeError(
                f"{folder}: found a link or another user's folder; allowed: a folder of yours. "
                f"Remove it, or set {DIRECTORY_VARIABLE}"
            ) from None
    folder.chmod(0o755)
