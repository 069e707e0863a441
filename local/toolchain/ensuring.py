"""Everything there, made where it is missing, and written down for the local cloud: `.local/toolchain.json`."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local import whole_files
from local.kubernetes.wanted import is_wanted
from local.places import CHECKOUT, Places
from local.toolchain import building, cache, environment, installing, vendor, yours
from local.toolchain.errors import ToolchainError
from local.toolchain.parts import ENGINE, KUBERNETES, Part, Plugin, wanted

STEPS_VARIABLE = "MTLSEDGE_TOOLCHAIN"
"""Which steps may be taken, for tests and for people who want one: by default "yours,vendor,built"."""
FILE = "toolchain.json"
"""In `.local`: what is on this machine, for the local cloud and the make targets."""
STEPS = ("yours", "vendor", "built")


@dataclass(frozen=True)
class Found:
    """A part on this machine."""

    folder: Path
    source: str
    """"yours", "vendor" or "built"."""


def ensure(places: Places) -> None:
    """Make the environment and every part present, then fill `.local`."""
    virtual_environment = environment.ensure()
    parts = wanted(kubernetes=is_wanted(places))
    found = {part.name: obtain(part) for part in parts}
    _drop_go_caches()
    places.root.mkdir(mode=0o700, parents=True, exist_ok=True)
    plugins = {part: found[part.name].folder / part.executable for part in parts if isinstance(part, Plugin)}
    installing.install(plugins, places.pulumi_home)
    described = describe(found, plugins, virtual_environment)
    whole_files.write(places.root / FILE, json.dumps(described, indent=2) + "\n", 0o644)


def obtain(part: Part) -> Found:
    """Where `part` is, after making it if it was nowhere; raises ToolchainError when it cannot be made."""
    return find(part) or _make(part)


def find(part: Part) -> Found | None:
    """Where `part` is now: the user's own, or finished in the cache."""
    if "yours" in allowed_steps() and (folder := yours.find(part)):
        return Found(folder, "yours")
    source = cache.source(part)
    return Found(cache.folder(part), source) if source else None


def allowed_steps() -> list[str]:
    """The steps named by MTLSEDGE_TOOLCHAIN; all three when it is not set."""
    steps = os.environ.get(STEPS_VARIABLE, ",".join(STEPS)).replace(" ", "").split(",")
    unknown = [name for name in steps if name not in STEPS]
    if unknown:
        message = f"{STEPS_VARIABLE}: found {', '.join(unknown)}; allowed {', '.join(STEPS)}"
        raise ToolchainError(message)
    return steps


def _make(part: Part) -> Found:
    steps = allowed_steps()
    with cache.lock() as lock:
        if not cache.source(part) and not ("vendor" in steps and vendor.download(part)):
            if "built" not in steps:
                message = f"the {part.title} {part.version} is not here, and {STEPS_VARIABLE} forbids building it"
                raise ToolchainError(message)
            building.build(part, lock)
        return Found(cache.folder(part), cache.source(part) or "")


def _drop_go_caches() -> None:
    """A job of the forge only reads the cache: what a build left there is none of its business."""
    if cache.go_caches().exists() and os.access(cache.root(), os.W_OK):
        cache.drop_go_caches()


def describe(found: dict[str, Found], plugins: dict[Plugin, Path], virtual_environment: Path) -> dict[str, Any]:
    """What `.local/toolchain.json` says; the order of `path` is the order on PATH."""
    engine = found[ENGINE.name].folder
    cluster = found.get(KUBERNETES.name)
    kubernetes = {"kubernetes": str(cluster.folder)} if cluster else {}
    path = [str(CHECKOUT / virtual_environment / "bin"), str(engine), *kubernetes.values()]
    return {
        "path": path,
        "pulumi": str(engine / "pulumi"),
        "plugins": {plugin.package: str(executable) for plugin, executable in plugins.items()},
        "sources": {name: part.source for name, part in found.items()},
        **kubernetes,
    }


def read(places: Places) -> dict[str, Any]:
    """What the last `ensure` wrote; raises ToolchainError when there was none."""
    try:
        return dict(json.loads((places.root / FILE).read_text()))
    except FileNotFoundError:
        message = "nothing is set up yet: run `make up`, or `python3 -m local.toolchain ensure`"
        raise ToolchainError(message) from None
