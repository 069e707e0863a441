"""A Go, a pulumi and a cache that cost nothing, for the toolchain's tests."""

import os
import subprocess
import sys
from pathlib import Path

from local.places import CHECKOUT
from local.toolchain.parts import ENGINE

FAKE_GO = """\
#!/bin/sh
# Answers the few go commands the toolchain uses; FAKE_GO_SCRIPT runs at the start of every build.
case "$1" in
env) echo "${FAKE_GO_VERSION:-go1.99.0}" ;;
mod) printf '{"Dir": "%s"}' "$FAKE_SDK" ;;
build)
    echo "build $$" >>"$FAKE_GO_LOG"
    eval "${FAKE_GO_SCRIPT:-:}"
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n[ "$1" = --write-schema ] && echo "{}" >"$2"\\nexit 0\\n' >"$2"
    chmod +x "$2"
    ;;
esac
"""

OBTAIN = """
import sys
from local.toolchain import cache, ensuring, errors, parts
cache.require_free = lambda *_: None
try:
    print(ensuring.obtain({part.name: part for part in parts.PARTS}[sys.argv[1]]).source)
except errors.ToolchainError as problem:
    sys.exit(str(problem))
"""
"""Program of a process of its own that obtains one part, as `ensure` does."""


def executable(path: Path, text: str = "#!/bin/sh\nexit 0\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def fake_pulumi(folder: Path, version: str) -> Path:
    """A complete engine folder whose `pulumi version` says `version`."""
    for name in ENGINE.files:
        executable(folder / name)
    return executable(folder / "pulumi", f"#!/bin/sh\necho {version}\n").parent


class Machine:
    """An empty machine: own cache, own home, own PATH with a fake Go, builds only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "builds"
        self.cache = folder / "cache" / "mtlsedge"
        executable(folder / "bin" / "go", FAKE_GO)
        for script in ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python"):
            executable(folder / "sdk" / script).chmod(0o444)
        described = folder / "sdk" / "cmd" / "pulumi-resource-kubernetes"
        described.mkdir(parents=True)
        (described / "schema.json").write_text('{"name": "kubernetes"}')
        (described / "terraform-mapping.json").write_text('{"provider": "kubernetes"}')
        self.environment = {
            "HOME": str(folder / "home"),
            "XDG_CACHE_HOME": str(folder / "cache"),
            "PATH": f"{folder / 'bin'}:/usr/bin:/bin",
            "MTLSEDGE_TOOLCHAIN": "built",
            "FAKE_SDK": str(folder / "sdk"),
            "FAKE_GO_LOG": str(self.log),
        }

    def obtain(self, part: str, **environment: str) -> subprocess.Popen[str]:
        """Start a process that obtains `part`."""
        return subprocess.Popen(
            [sys.executable, "-c", OBTAIN, part],
            cwd=CHECKOUT,
            env={**os.environ, **self.environment, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def builds(self) -> int:
        """How many go builds were started."""
        return len(self.log.read_text().splitlines()) if self.log.exists() else 0

    def leftovers(self) -> list[str]:
        """What is in the cache and is not a finished part."""
        return sorted(path.name for path in self.cache.glob("*.partial-*"))
