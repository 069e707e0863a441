"""Step 1 of the toolchain: what the user already has."""

import os
import re
import shutil
import subprocess
from pathlib import Path

from local.toolchain import cache, installing
from local.toolchain.parts import ENGINE, KUBERNETES, PULUMI_VERSION, Part, Plugin

VERSION_SECONDS = 20
"""How long a `pulumi version` may take before it counts as absent."""


def find(part: Part) -> Path | None:
    """The folder of the user's own `part`, when it is complete and new enough."""
    return plugin(part) if isinstance(part, Plugin) else {ENGINE.name: engine, KUBERNETES.name: cluster}[part.name]()


def engine() -> Path | None:
    """The folder of a `pulumi` on PATH that is new enough and has its Python language host beside it."""
    found = shutil.which("pulumi")
    if not found or _is_ours(Path(found)):
        return None
    beside = Path(found).resolve().parent
    complete = all(os.access(beside / name, os.X_OK) for name in ENGINE.files)
    return Path(found).parent if complete and engine_version(Path(found)) >= numbers(PULUMI_VERSION) else None


def plugin(part: Plugin) -> Path | None:
    """The folder of a plugin in the user's plugin cache: this version exactly, as the engine asks for it."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    place = home / "plugins" / part.folder_name
    executable = place / part.executable
    half_installed = place.with_name(place.name + ".partial").exists()
    if half_installed or not os.access(executable, os.X_OK) or _is_ours(executable):
        return None
    return place


def cluster() -> Path | None:
    """The folder that KUBEBUILDER_ASSETS names, when it holds the three programs: how authors of controllers keep them."""
    named = os.environ.get("KUBEBUILDER_ASSETS")
    complete = named and all(os.access(Path(named) / name, os.X_OK) for name in KUBERNETES.files)
    return Path(named) if named and complete and not _is_ours(Path(named) / KUBERNETES.files[0]) else None


def engine_version(executable: Path) -> tuple[int, ...]:
    """What `pulumi version` says, as numbers; empty (older than everything) when it says nothing usable."""
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run(
            [executable, "version"],
            env=environment,
            capture_output=True,
            text=True,
            timeout=VERSION_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return ()
    return numbers(answer.stdout)


def numbers(version: str) -> tuple[int, ...]:
    """`v3.256.0` -> (3, 256, 0); empty when there is no version in the text."""
    match = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(number or 0) for number in match.groups()) if match else ()


def _is_ours(executable: Path) -> bool:
    """After `. .local/env` our own parts and launchers are what PATH and PULUMI_HOME lead to; they are not the user's."""
    return executable.resolve().is_relative_to(cache.root().resolve()) or installing.is_launcher(executable)
