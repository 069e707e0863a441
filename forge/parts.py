"""The two programs, built from Go modules that are pinned here, into the cache of the toolchain; and the forge's pages, if wanted."""

import os
import shutil
from pathlib import Path

from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.errors import ToolchainError
from local.toolchain.parts import Part
from local.toolchain.process import run

MODULES = Path(__file__).resolve().parent / "modules"
PAGES_TOOLS = Path(__file__).resolve().parent / "pages"
"""Node and pnpm, pinned with their hashes."""
GITEA_PACKAGE = "code.gitea.io/gitea"
RUNNER_PACKAGE = "gitea.com/gitea/runner"
STATIC = "static"
"""Beside the forge's executable: what it reads at run time, for it is built without its pages' scripts and styles."""
STATIC_FOLDERS = ("options", "public", "templates")

GITEA = Part(
    name="gitea",
    title="forge (Gitea)",
    version="1.26.0",
    files=("gitea",),
    modules=(MODULES / "gitea",),
    flags=("-trimpath", "-tags", "sqlite sqlite_unlock_notify", "-ldflags", "-s -w -X main.Version=1.26.0"),
    release=None,
    minutes=11,
    gigabytes=5,
)

RUNNER = Part(
    name="forge-runner",
    title="forge's runner",
    version="1.0.8",
    files=("gitea-runner",),
    modules=(MODULES / "runner",),
    flags=("-trimpath", "-ldflags", f"-s -w -X {RUNNER_PACKAGE}/internal/pkg/ver.version=v1.0.8"),
    release=None,
    minutes=2,
    gigabytes=2,
)

PAGES = Part(
    name="gitea-pages",
    title="forge's pages",
    version=GITEA.version,
    files=(),
    modules=GITEA.modules,
    flags=((PAGES_TOOLS / "package-lock.json").read_text(),),
    release=None,
    minutes=1,
    gigabytes=2,
)
"""Scripts and styles. The API and the jobs need none of them; a person's browser does, to look and to press buttons."""


def obtain(*, pages: bool = False) -> None:
    """Build what is not in the cache yet; raises ToolchainError when that fails."""
    building.obtain((RUNNER, _build_runner), (GITEA, _build_gitea), *([(PAGES, _build_pages)] if pages else []))


def gitea() -> Path:
    """The forge's executable."""
    return cache.folder(GITEA) / GITEA.files[0]


def static() -> Path:
    """What the forge reads at run time: with the pages' scripts and styles where they were built."""
    return cache.folder(PAGES if cache.source(PAGES) else GITEA) / STATIC


def runner() -> Path:
    """The runner's executable."""
    return cache.folder(RUNNER) / RUNNER.files[0]


def _build_runner(builder: Builder) -> None:
    builder.compile(RUNNER, RUNNER.modules[0], RUNNER_PACKAGE, RUNNER.files[0])


def _build_gitea(builder: Builder) -> None:
    builder.compile(GITEA, GITEA.modules[0], GITEA_PACKAGE, GITEA.files[0])
    sources = builder.module_folder(GITEA_PACKAGE, GITEA.modules[0], of="the forge")
    for name in STATIC_FOLDERS:
        shutil.copytree(sources / name, builder.place / STATIC / name)


def _build_pages(builder: Builder) -> None:
    """With Node and pnpm of the versions that are pinned here, after the forge's own lock."""
    npm = shutil.which("npm")
    if npm is None:
        raise ToolchainError(
            "the forge's pages are built with npm, and none was found: install Node.js, or go without pages"
        )
    sources, tools = builder.place / "sources", builder.place / "tools"
    shutil.copytree(builder.module_folder(GITEA_PACKAGE, GITEA.modules[0], of="the forge"), sources)
    for folder in (sources, *(path for path in sources.rglob("*") if path.is_dir())):
        folder.chmod(0o755)
    shutil.copytree(PAGES_TOOLS, tools)
    run(
        [npm, "ci", "--no-audit", "--no-fund"], doing="installing Node and pnpm", folder=tools, keep_open=[builder.lock]
    )
    (node,) = tools.glob("node_modules/node-*/bin")
    environment = {
        "PATH": f"{node}:{tools / 'node_modules' / '.bin'}:{os.environ['PATH']}",
        "PNPM_HOME": str(tools),
        "npm_config_store_dir": str(tools / "store"),
        "npm_config_manage_package_manager_versions": "false",
        "CI": "true",
    }
    for doing, words in (
        ("installing what the pages are built with", ("install", "--frozen-lockfile")),
        ("building the pages", ("exec", "vite", "build")),
    ):
        run(["pnpm", *words], doing=doing, folder=sources, environment=environment, keep_open=[builder.lock])
    for name in STATIC_FOLDERS:
        shutil.copytree(sources / name, builder.place / STATIC / name, ignore=shutil.ignore_patterns("*.map"))
    shutil.rmtree(sources)
    shutil.rmtree(tools)
