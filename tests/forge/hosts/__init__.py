"""What plays GitHub and GitLab on this machine: `act` and `gitlab-ci-local`, pinned here, made once into the toolchain's cache."""

import shutil
from pathlib import Path

from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.errors import ToolchainError
from local.toolchain.parts import Part
from local.toolchain.process import run

HERE = Path(__file__).resolve().parent
NODE = HERE / "node"
PLAYERS = Part(
    name="forge-other-hosts",
    title="players of GitHub and GitLab",
    version="0.2.89",
    files=("act",),
    modules=(HERE / "act",),
    flags=("-trimpath", "-ldflags", "-s -w", (NODE / "package-lock.json").read_text()),
    release=None,
    minutes=2,
    gigabytes=2,
)


def obtain() -> None:
    """Make what is not in the cache yet; raises ToolchainError when that fails."""
    missing = [name for name in ("npm", "rsync") if shutil.which(name) is None]
    if missing:
        raise ToolchainError(f"gitlab-ci-local needs {' and '.join(missing)}: install Node.js and rsync")
    building.obtain((PLAYERS, _build))


def act() -> Path:
    """Executes GitHub's files."""
    return cache.folder(PLAYERS) / "act"


def gitlab_ci_local() -> tuple[Path, Path]:
    """Executes GitLab's: Node, and the script that it runs."""
    modules = cache.folder(PLAYERS) / "node" / "node_modules"
    (node,) = modules.glob("node-*/bin/node")
    return node, modules / "gitlab-ci-local" / "dist" / "index.js"


def _build(builder: Builder) -> None:
    target = builder.place / "act"
    flags = PLAYERS.flags[:3]
    builder.run("build", *flags, "-o", target, "github.com/nektos/act", module=HERE / "act", doing="building act")
    shutil.copytree(NODE, builder.place / "node")
    run(["npm", "ci", "--no-audit", "--no-fund"], doing="installing gitlab-ci-local", folder=builder.place / "node")
