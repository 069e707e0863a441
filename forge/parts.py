"""The two programs, built from Go modules that are pinned here, into the cache of the toolchain."""

import shutil
from pathlib import Path

from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.parts import Part

MODULES = Path(__file__).resolve().parent / "modules"
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


def obtain() -> None:
    """Build what is not in the cache yet; raises ToolchainError when that fails."""
    missing = [(part, how) for part, how in ((RUNNER, _build_runner), (GITEA, _build_gitea)) if not cache.source(part)]
    if not missing:
        return
    with cache.lock() as lock:
        for part, how in missing:
            if not cache.source(part):
                building.make(part, how, lock)
    cache.drop_go_caches()


def gitea() -> Path:
    """The forge's executable."""
    return cache.folder(GITEA) / GITEA.files[0]


def static() -> Path:
    """What the forge reads at run time."""
    return cache.folder(GITEA) / STATIC


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
