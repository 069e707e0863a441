"""The controller's program, built into the cache from a checkout; no registry serves it.

Its clients take some endpoints from the environment; those of ALB and of certificates are given them here, by files that lie
over the checkout's for the build alone.
"""

import hashlib
import json
import subprocess
import tempfile
from pathlib import Path

from local.toolchain import building, cache
from local.toolchain.building import Builder
from local.toolchain.errors import ToolchainError
from local.toolchain.parts import Part

REPOSITORY = "https://github.com/alibaba/alibaba-load-balancer-controller"
CLONE_SECONDS = 60
PROGRAM = "manager"
FLAGS = ("-mod=vendor", "-trimpath", "-ldflags", "-s -w")
CLIENTS, CERTIFICATES = "pkg/provider/alibaba/base/clientMgr.go", "pkg/provider/alibaba/cas/cas_provider.go"
LAID_OVER = {
    CLIENTS: (
        (
            "\tsetCustomizedEndpoint(mgr)\n",
            '\tmgr.ALB.Domain, mgr.SLS.Domain = os.Getenv("ALB_ENDPOINT"), os.Getenv("ALB_ENDPOINT")\n\tsetCustomizedEndpoint(mgr)\n',
        ),
    ),
    CERTIFICATES: (
        ("import (\n", 'import (\n\t"os"\n'),
        ("rpcRequest.Domain = CASDomain", 'rpcRequest.Domain = os.Getenv("ALB_ENDPOINT")'),
    ),
}
"""File of the checkout -> texts in it and what stands there instead."""


def obtain(checkout: Path | None) -> tuple[Path, str]:
    """The program and what it was built from; raises ToolchainError where there is no checkout and no way to get one."""
    if checkout is not None:
        return _built(checkout.resolve()), _version(checkout)
    with tempfile.TemporaryDirectory(prefix="mtlsedge-controller-") as folder:
        clone = Path(folder) / "clone"
        command = ["git", "clone", "--quiet", "--depth", "1", REPOSITORY, clone]
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=CLONE_SECONDS, stdin=subprocess.DEVNULL)
        except (OSError, subprocess.SubprocessError):
            raise ToolchainError(
                "the vendor's controller was not run: found neither ALB_CONTROLLER=PATH of a checkout nor a network that "
                f"leads to {REPOSITORY}"
            ) from None
        return _built(clone), _version(clone)


def _built(checkout: Path) -> Path:
    """In the cache, under a name that depends on every Go file of the checkout but its vendored ones."""
    digest = hashlib.sha256(repr(LAID_OVER).encode())
    files = sorted(file for folder in ("cmd", "pkg", "version") for file in (checkout / folder).rglob("*.go"))
    if not files or not (checkout / "vendor").is_dir():
        raise ToolchainError(f"{checkout} is no checkout of {REPOSITORY}: it has no cmd, pkg and vendor")
    for file in files:
        digest.update(file.relative_to(checkout).as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    part = Part(
        name="alb-controller",
        title="vendor's ALB controller",
        version=digest.hexdigest()[:16],
        files=(PROGRAM,),
        modules=(checkout,),
        flags=FLAGS,
        release=None,
        minutes=4,
        gigabytes=4,
    )
    building.obtain((part, lambda builder: _build(builder, checkout)))
    return cache.folder(part) / PROGRAM


def _build(builder: Builder, checkout: Path) -> None:
    with tempfile.TemporaryDirectory(prefix="mtlsedge-overlay-") as folder:
        replaced = {}
        for number, (name, changes) in enumerate(LAID_OVER.items()):
            text = (checkout / name).read_text()
            for before, after in changes:
                if before not in text:
                    raise ToolchainError(
                        f"{name} of the checkout is not the one of 2024: it does not have {before.strip()!r}"
                    )
                text = text.replace(before, after)
            file = Path(folder) / f"{number}.go"
            file.write_text(text)
            replaced[str(checkout / name)] = str(file)
        overlay = Path(folder) / "overlay.json"
        overlay.write_text(json.dumps({"Replace": replaced}))
        arguments = ("build", *FLAGS, "-overlay", overlay, "-o", builder.place / PROGRAM, "./cmd/manager")
        builder.run(*arguments, module=checkout, doing="building the vendor's ALB controller")


def _version(checkout: Path) -> str:
    """Commit and date where the checkout is one of git's."""
    command = ["git", "-C", checkout, "log", "-1", "--format=%h of %cs"]
    try:
        shown = subprocess.run(command, check=True, capture_output=True, text=True, timeout=10).stdout.strip()
        top = subprocess.run(
            ["git", "-C", checkout, "rev-parse", "--show-toplevel"],
            check=True,
            capture_output=True,
            text=True,
            timeout=10,
        )
    except (OSError, subprocess.SubprocessError):
        return "an unknown commit"
    return shown if Path(top.stdout.strip()) == checkout.resolve() else "an unknown commit"
