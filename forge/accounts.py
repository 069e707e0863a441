"""Who runs what: the forge, the runner of requests' jobs and the person are three accounts where the system permits.

A request's program runs on the runner. Under an account of its own it can read neither the forge's database nor the
person's files; where the person's home is closed to others, what the job needs of it (Python, the cache of the
toolchain) is shown in a view of its own, and can only be read.
"""

import os
import pwd
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from local.toolchain import cache

FORGE_ACCOUNT, RUNNER_ACCOUNT = "daemon", "nobody"
"""Accounts that every Unix has. The forge refuses to run as root, and making accounts would leave something behind."""


@dataclass(frozen=True)
class Account:
    """Whose rights a process has."""

    name: str
    uid: int
    gid: int

    @property
    def is_persons(self) -> bool:
        """Whether it is the account of the person who starts the forge."""
        return self.uid == os.getuid()

    def own(self, folder: Path) -> None:
        """Make a folder that only this account may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        if not self.is_persons:
            os.chown(folder, self.uid, self.gid)

    def give(self, file: Path) -> None:
        """Hand a file to this account, closed to others."""
        file.chmod(0o600)
        if not self.is_persons:
            os.chown(file, self.uid, self.gid)

    def command(self, *arguments: str | Path) -> list[str]:
        """The command line that runs a program with this account's rights."""
        line = [str(argument) for argument in arguments]
        if self.is_persons:
            return line
        return ["setpriv", f"--reuid={self.uid}", f"--regid={self.gid}", "--clear-groups", "--", *line]


def person() -> Account:
    """The account that starts the forge."""
    return _named(pwd.getpwuid(os.getuid()).pw_name)


def may_switch() -> bool:
    """Whether processes can be given to other accounts: it takes root and the program that does it."""
    return os.getuid() == 0 and shutil.which("setpriv") is not None


def forge_account() -> Account:
    """Of the forge."""
    return _named(FORGE_ACCOUNT) if may_switch() else person()


def runner_account() -> Account:
    """Of the runner that executes what requests contain."""
    return _named(RUNNER_ACCOUNT) if may_switch() else person()


ONE_ACCOUNT = (
    "forge, runner and you are one account, for only root may start a process as another: "
    "a request's program could read your files and the forge's database. Send it requests of your own only"
)


def losses() -> list[str]:
    """What this machine does not permit, in sentences for the person; none where everything is separate."""
    if os.getuid() == 0 and not may_switch():
        return ["setpriv was not found: the forge cannot run, for it refuses to run as root"]
    if not may_switch():
        return [ONE_ACCOUNT]
    if not may_hide():
        return ["no view of its own for the runner: what others may read on this machine, a request's program may read"]
    return []


def may_hide() -> bool:
    """Whether a process can be given a view of the files of its own."""
    if not may_switch() or shutil.which("unshare") is None:
        return False
    tried = subprocess.run([*_UNSHARE, "true"], capture_output=True, check=False)
    return tried.returncode == 0


_UNSHARE = ("unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc")
"""A view of the files and of the processes of its own: with its first process, everything in it ends."""


def shown() -> list[Path]:
    """What a job reads of a home: Python's own folder and the cache of the toolchain."""
    python = Path(sys.base_prefix)
    return [cache.root(), *([python.parent] if python.is_relative_to(Path.home()) else [])]


def confined(account: Account, *arguments: str | Path) -> list[str]:
    """The command line that runs a program as `account` in a view of its own.

    It sees no process but its own, and of the person's home only what `shown` names, read-only. Without the right to
    make such a view it is the account alone that keeps it apart (`losses`).
    """
    if account.is_persons or not may_hide():
        return account.command(*arguments)
    return [*_UNSHARE, "sh", "-c", _view(Path.home(), shown()), "sh", *account.command(*arguments)]


STAGING = "/mnt"
"""Where the new home is put together, in the new view only."""


def _view(home: Path, wanted: list[Path]) -> str:
    """A shell script: a new empty home with the folders that lie in it bound into it, then the program.

    The shell stays: it is the view's first process, and the only one that the end of its parent reaches, for a change
    of account takes that signal away.
    """
    lines = ["set -e", f"mount -t tmpfs -o mode=0755 mtlsedge {STAGING}"]
    for path in wanted:
        if path.is_relative_to(home):
            source, target = shlex.quote(str(path)), shlex.quote(f"{STAGING}/{path.relative_to(home)}")
            lines += [f"mkdir -p {target}", f"mount --bind {source} {target}", f"mount -o remount,bind,ro {target}"]
    return "\n".join(
        [*lines, f"mount --move {STAGING} {shlex.quote(str(home))}", 'status=0; "$@" || status=$?; exit "$status"']
    )


def _named(name: str) -> Account:
    found = pwd.getpwnam(name)
    return Account(name, found.pw_uid, found.pw_gid)
