"""The project as a repository on the forge: the checkout's tracked files, as they stand, in one commit."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

from forge.errors import ForgeError
from local.places import CHECKOUT

GIT_SECONDS = 120
DEPLOYMENTS = Path(".gitea") / "deployments"
"""Workflows of the second repository, which only maintainers may write."""
_IDENTITY = ("-c", "user.name=operator", "-c", "user.email=operator@forge.test", "-c", "commit.gpgsign=false")


def push_project(remote: str, authorization: str, overlay: Mapping[str, str]) -> None:
    """Push the project to `main` of `remote`; `overlay` replaces files, such as the stack file of a stack elsewhere."""
    tracked = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True, timeout=GIT_SECONDS,
    ).stdout.split("\0")  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="mtlsedge-forge-") as folder:
        _copy(CHECKOUT, Path(folder), filter(None, tracked))
        for name, text in overlay.items():
            (Path(folder) / name).write_text(text)
        push(Path(folder), remote, authorization, "The project as it stands")


def push_deployments(remote: str, authorization: str) -> None:
    """Push the workflows of deployments to `main` of `remote`."""
    with tempfile.TemporaryDirectory(prefix="mtlsedge-forge-") as folder:
        shutil.copytree(CHECKOUT / DEPLOYMENTS, Path(folder) / ".gitea" / "workflows")
        push(Path(folder), remote, authorization, "Deployments")


def push(folder: Path, remote: str, authorization: str, message: str) -> None:
    """Commit everything in `folder` and push it to `main`."""
    git(folder, "init", "--quiet", "--initial-branch", "main")
    git(folder, "add", "--all", "--force")
    git(folder, *_IDENTITY, "commit", "--quiet", "--message", message)
    git(folder, "push", "--quiet", remote, "main", authorization=authorization)


def git(folder: Path, *arguments: str, authorization: str = "") -> str:
    """Run git as nobody's configuration has it. Raises ForgeError with what it said."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "LANG": "C.UTF-8",
    }
    if authorization:  # by the environment: a command line is for everybody to read
        environment |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: {authorization}",
        }
    done = subprocess.run(
        ["git", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=GIT_SECONDS,
        check=False,
    )
    if done.returncode:
        raise ForgeError(f"git {arguments[0]}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def _copy(source: Path, target: Path, names: Iterable[str]) -> None:
    for name in names:
        if (source / name).is_file() or (source / name).is_symlink():  # git lists files that were removed, too
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source / name, target / name, follow_symlinks=False)
