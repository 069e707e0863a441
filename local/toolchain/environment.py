"""The Python virtual environment: in the cache, keyed by the lock file, with `.venv` in the checkout pointing to it."""

import hashlib
import json
import platform
import re
import shutil
import subprocess
import sys
from pathlib import Path

from local import whole_files
from local.places import CHECKOUT
from local.toolchain import cache
from local.toolchain.errors import ToolchainError
from local.toolchain.process import pip_install, run
from local.toolchain.progress import step

LOCK_FILE = CHECKOUT / "requirements.lock"
LINK = CHECKOUT / ".venv"
MARKER = "complete"
"""Written last: a virtual environment holds its own path and cannot be made elsewhere and renamed."""

VENV_HINT = "on Debian it needs: apt-get install python3-venv"

COMPARE = """
import importlib.metadata, json, pathlib, re, sys
from packaging.requirements import Requirement
wanted = re.findall(r"^([A-Za-z0-9][^\\\\\\n]*==[^\\\\\\n]*)", pathlib.Path(sys.argv[1]).read_text(), re.MULTILINE)
wrong = []
for requirement in map(Requirement, wanted):
    if requirement.marker is None or requirement.marker.evaluate():
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            version = None
        if version is None or version not in requirement.specifier:
            wrong.append(str(requirement).split(";")[0].strip())
json.dump(wrong, sys.stdout)
"""
"""Run by the environment it looks at: which locked packages it lacks, or has in another version."""


def ensure() -> Path:
    """The environment's folder as the checkout sees it (`.venv`), made when needed.

    Raises ToolchainError when `.venv` is the user's own and does not hold what the lock file names.
    """
    if is_users():
        _require_locked_packages()
        return LINK
    target = folder()
    if not ready(target):
        with cache.lock():
            if not ready(target):
                _make(target)
    _point_to(target)
    return LINK


def folder(lock: bytes = b"") -> Path:
    """Where the environment for this Python and a lock file lies in the cache; by default the checkout's own lock file."""
    key = (
        lock or LOCK_FILE.read_bytes()
    ) + f"{sys.implementation.cache_tag} {platform.python_version()} {platform.machine()}".encode()
    return cache.root() / f"venv-{hashlib.sha256(key).hexdigest()[:16]}"


def ready(place: Path) -> bool:
    """Whether the environment was finished and its Python is still there."""
    return (place / MARKER).exists() and (place / "bin" / "python").exists()


def differences(place: Path) -> list[str]:
    """Locked packages that the environment at `place` lacks or has in another version; everything counts when it cannot say."""
    try:
        answer = subprocess.run(
            [place / "bin" / "python", "-c", COMPARE, LOCK_FILE], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ["the packages of requirements.lock"]
    return list(json.loads(answer.stdout))


def is_users() -> bool:
    """Whether `.venv` is not ours to replace: a real folder, or a link to somewhere outside the cache."""
    if LINK.is_symlink():
        return not LINK.resolve().is_relative_to(cache.root().resolve()) and LINK.exists()
    return LINK.exists()


def _require_locked_packages() -> None:
    missing = differences(LINK)
    if missing:
        shown = ", ".join(missing[:5]) + (f" and {len(missing) - 5} more" if len(missing) > 5 else "")
        message = (
            f".venv is your own environment and lacks {shown}: run "
            "`.venv/bin/pip install --require-hashes -r requirements.lock`, or move .venv away and we make one"
        )
        raise ToolchainError(message)


def _make(target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    with step("installing Python packages", "1 to 4 minutes"):
        run([sys.executable, "-m", "venv", target], doing=f"making a virtual environment ({VENV_HINT})")
        _install(target)
        (target / MARKER).touch()


def _install(target: Path) -> None:
    """By uv, which takes half of pip's time; by pip where only pip's settings know the index, and for pip's words of an error."""
    python, doing = target / "bin" / "python", "installing the packages of requirements.lock"
    uv = target / "uv.lock"
    uv.write_text(locked("uv"))
    locks: list[str | Path] = ["--require-hashes", "-r"]
    try:
        pip_install(python, *locks, uv, doing="installing uv")
        run(
            [target / "bin" / "uv", "pip", "install", "--quiet", "--python", python, "--compile-bytecode", *locks, LOCK_FILE],
            doing=doing,
        )  # fmt: skip
    except (ToolchainError, OSError):
        pip_install(python, *locks, LOCK_FILE, doing=doing)


def locked(package: str) -> str:
    """The lines of the lock file about one package: its version and its hashes; empty when it is not locked."""
    found = re.search(rf"^{re.escape(package)}==.*(?:\n .*)*", LOCK_FILE.read_text(), re.MULTILINE)
    return found.group() + "\n" if found else ""


def _point_to(target: Path) -> None:
    if LINK.is_symlink() and LINK.readlink() == target:
        return
    whole_files.link(LINK, target)
