"""OpenTofu and the vendor's provider as the program it starts, built into the cache like the parts of the toolchain."""

from dataclasses import dataclass
from pathlib import Path

from conformance import upstream
from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.parts import Part

ENGINE_MODULE = Path(__file__).resolve().parent / "opentofu"
VERSION = "1.10.6"
PACKAGE = "github.com/opentofu/opentofu"
ENGINE, PROVIDER = "tofu", "terraform-provider-alicloud"
FLAGS = ("-trimpath", f"-gcflags={upstream.PROVIDER}/alicloud=-N -l", "-ldflags", f"-s -w -X {PACKAGE}/version.dev=no")

TOFU = Part(
    name="opentofu",
    title="second engine OpenTofu",
    version=f"{VERSION} with {upstream.ACCEPTANCE.version}",
    files=(ENGINE, PROVIDER),
    modules=(ENGINE_MODULE, upstream.MODULE),
    flags=FLAGS,
    release=None,
    minutes=12,
    gigabytes=12,
)


@dataclass(frozen=True)
class Programs:
    """Where the two lie."""

    engine: Path
    provider: Path


def obtain() -> Programs:
    """Both, built if they are nowhere; raises ToolchainError when that fails."""
    building.obtain((TOFU, _build))
    folder = cache.folder(TOFU)
    return Programs(folder / ENGINE, folder / PROVIDER)


def _build(builder: Builder) -> None:
    builder.compile(TOFU, ENGINE_MODULE, f"{PACKAGE}/cmd/tofu", ENGINE)
    builder.compile(TOFU, upstream.MODULE, upstream.PROVIDER, PROVIDER)
