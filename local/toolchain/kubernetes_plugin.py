"""The kubernetes plugin: the user's own, the vendor's download, or the stand-in. It cannot be built from modules.

The stand-in is Python of this checkout, so what is installed is a launcher; it never enters the shared cache.
"""

import os
import shlex
from pathlib import Path

from local.places import CHECKOUT
from local.toolchain import cache, vendor
from local.toolchain.parts import Part, Release, operating_system, processor

VERSION = "4.32.0"
"""Equals pulumi-kubernetes in requirements.txt, or the engine would look for another one."""
EXECUTABLE = "pulumi-resource-kubernetes"
FOLDER = f"resource-kubernetes-v{VERSION}"
STAND_IN = "stand-in"
PLUGIN = Part(
    name="kubernetes-plugin",
    title="kubernetes plugin",
    version=VERSION,
    files=(EXECUTABLE,),
    modules=(),
    flags=(),
    release=Release(
        "pulumi/pulumi-kubernetes",
        f"v{VERSION}",
        f"{EXECUTABLE}-v{VERSION}-{operating_system()}-{processor()}.tar.gz",
    ),
    minutes=0,
    gigabytes=0,
)


def install(pulumi_home: Path, virtual_environment: Path, steps: list[str]) -> tuple[Path, str]:
    """Put a plugin where the engine looks for it; its path, and where it comes from: yours, vendor or stand-in.

    The vendor is asked once: where the stand-in is installed already, later runs keep it and stay quick.
    """
    place = pulumi_home / "plugins" / FOLDER / EXECUTABLE
    place.parent.mkdir(parents=True, exist_ok=True)
    if found := _real(steps, ask_vendor=not _is_stand_in(place)):
        target, source = found
        if not (place.is_symlink() and place.readlink() == target):
            place.unlink(missing_ok=True)
            place.symlink_to(target)
        return place, source
    _write_launcher(place, virtual_environment)
    return place, STAND_IN


def _real(steps: list[str], *, ask_vendor: bool) -> tuple[Path, str] | None:
    """The vendor's plugin, if it is on this machine or can be had."""
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    own = home / "plugins" / FOLDER / EXECUTABLE
    if "yours" in steps and os.access(own, os.X_OK) and not _is_stand_in(own) and not own.is_symlink():
        return own, "yours"
    if not cache.source(PLUGIN) and ask_vendor and "vendor" in steps:
        with cache.lock():
            if not cache.source(PLUGIN):
                vendor.download(PLUGIN)
    return (cache.folder(PLUGIN) / EXECUTABLE, "vendor") if cache.source(PLUGIN) else None


def launcher(virtual_environment: Path) -> str:
    """The stand-in's executable: a shell script that starts it with the project's environment."""
    python = CHECKOUT / virtual_environment / "bin" / "python"
    return (
        "#!/bin/sh\n"
        "# A stand-in for the vendor's kubernetes plugin, which cannot be downloaded here: local/plugins/kubernetes.\n"
        f'PYTHONPATH={shlex.quote(str(CHECKOUT))} exec {shlex.quote(str(python))} -u -m local.plugins.kubernetes "$@"\n'
    )


def _write_launcher(place: Path, virtual_environment: Path) -> None:
    text = launcher(virtual_environment)
    if _is_stand_in(place) and place.read_text() == text:
        return
    partial = place.with_suffix(".partial")
    partial.write_text(text)
    partial.chmod(0o755)
    partial.replace(place)


def _is_stand_in(place: Path) -> bool:
    """Whether the file is a launcher of ours; the vendor's is a program of many megabytes."""
    if place.is_symlink() or not place.is_file() or place.stat().st_size > 10_000:
        return False
    return b"local.plugins.kubernetes" in place.read_bytes()
