"""The Python environment of a request that changes `requirements.lock`: its program runs there, its judge never does.

A request is anybody's text, and an environment can execute code when its packages are installed and whenever its Python
starts. So here nothing of the request is executed: the judge's own uv installs, packages whose lines differ from the
judge's are taken as wheels only, and the new environment's Python is not started. The preview starts it, in its place.
"""

import re
import shutil
import sys
from pathlib import Path

from local.toolchain import cache, environment
from local.toolchain.errors import ToolchainError
from local.toolchain.process import run
from local.toolchain.progress import step

ENTRY = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[A-Za-z0-9,._-]*\])?==[A-Za-z0-9.!+_-]+(?: *;(?:(?! -)[^\\#\n])*)?(?: \\)?"
)
HASH = re.compile(r" +--hash=sha256:[0-9a-f]{64}(?: \\)?")
LARGEST = 4_000_000
"""Bytes of a lock file."""


def ensure(lock: Path) -> Path:
    """The folder of the environment that `lock` describes: the judge's own where the two agree, else one made for it.

    Raises ToolchainError for a line that is neither a pinned package nor a hash: an index, an address, a path or a file to include.
    """
    ours = environment.ensure()
    text = _read(lock)
    if text == environment.LOCK_FILE.read_text():
        return ours.resolve()
    wanted = entries(text)
    known = entries(environment.LOCK_FILE.read_text())
    target = environment.folder(text.encode())
    if not environment.ready(target):
        with cache.lock():
            if not environment.ready(target):
                _make(target, text, [name for name, lines in wanted.items() if known.get(name) != lines])
    return target


def entries(text: str) -> dict[str, str]:
    """Package name -> its lines, in the form that uv writes; raises ToolchainError for any other line."""
    found: dict[str, str] = {}
    name = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if entry := ENTRY.fullmatch(line):
            name = entry[1]
            found[name] = found.get(name, "") + line + "\n"
        elif name and HASH.fullmatch(line):
            found[name] += line + "\n"
        else:
            raise ToolchainError(
                f"requirements.lock of the request, line {number}: found {line.strip()[:60]!r}; allowed are NAME==VERSION and --hash=sha256:…"
            )
    return found


def _read(lock: Path) -> str:
    """Follows no link: it could name a file of this machine, and a message shows lines."""
    if lock.is_symlink() or not lock.is_file():
        raise ToolchainError("requirements.lock of the request: found no file; allowed is one that git tracks")
    if lock.stat().st_size > LARGEST:
        raise ToolchainError(f"requirements.lock of the request: found more than {LARGEST} bytes")
    try:
        return lock.read_text()
    except UnicodeDecodeError:
        raise ToolchainError("requirements.lock of the request: found bytes that are not UTF-8") from None


def _make(target: Path, text: str, changed: list[str]) -> None:
    shutil.rmtree(target, ignore_errors=True)
    with step("installing the request's Python packages", "1 minute"):
        doing = "installing the packages of the request's requirements.lock"
        run([sys.executable, "-m", "venv", target], doing=doing)
        lock = target / "requirements.lock"
        lock.write_text(text)
        wheels_only = [f"--no-build-package={name}" for name in changed]
        uv = environment.LINK / "bin" / "uv"
        into: list[str | Path] = ["--python", target / "bin" / "python", "--require-hashes", "-r", lock]
        run([uv, "pip", "install", "--quiet", *wheels_only, *into], doing=doing)
        (target / environment.MARKER).touch()
