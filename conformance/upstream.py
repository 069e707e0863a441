"""Upstream's acceptance tests as one program, built into the cache like the parts of the toolchain."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.parts import ALICLOUD_MODULE, Part

MODULE = Path(__file__).resolve().parent / "upstream"
PROVIDER = "github.com/aliyun/terraform-provider-alicloud"
PROGRAM, NAMES = "alicloud.test", "tests.json"
TABLE = ALICLOUD_MODULE / "resources.go"

ACCEPTANCE = Part(
    name="acceptance",
    title="upstream acceptance tests",
    version="1.285.0",
    files=(PROGRAM,),
    modules=(MODULE,),
    flags=("-vet=off", "-trimpath", f"-gcflags={PROVIDER}/alicloud=-N -l", "-ldflags", "-s -w"),
    release=None,
    minutes=12,
    gigabytes=14,
)


@dataclass(frozen=True)
class Suite:
    """The program, and the names of the tests of each resource in scope."""

    program: Path
    tests: dict[str, list[str]]


def obtain() -> Suite:
    """The tests, built if they are nowhere; raises ToolchainError when that fails."""
    building.obtain((ACCEPTANCE, _build))
    folder = cache.folder(ACCEPTANCE)
    every: dict[str, list[str]] = json.loads((folder / NAMES).read_text())
    return Suite(folder / PROGRAM, {resource: every.get(resource, []) for resource in resources()})


def resources() -> list[str]:
    """The resources this project uses, as the plugin's table names them."""
    return re.findall(r'^\t"(alicloud_\w+)":\s*\{"', TABLE.read_text(), re.MULTILINE)


def _build(builder: Builder) -> None:
    arguments: tuple[str | Path, ...] = (
        "test",
        "-c",
        *ACCEPTANCE.flags,
        "-o",
        builder.place / PROGRAM,
        f"{PROVIDER}/alicloud",
    )
    builder.run(*arguments, module=MODULE, doing=f"building the {ACCEPTANCE.title}")
    sources = builder.module_folder(PROVIDER, MODULE, of="the provider")
    names = {
        file.name.removeprefix("resource_").removesuffix("_test.go"): re.findall(
            r"^func (TestAcc\w+)", file.read_text(), re.MULTILINE
        )
        for file in sorted((sources / "alicloud").glob("resource_alicloud_*_test.go"))
    }
    (builder.place / NAMES).write_text(json.dumps(names))
