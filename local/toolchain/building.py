"""Step 3: building from Go modules, each pinned by a committed go.mod and go.sum."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from local.toolchain import cache, golang
from local.toolchain.golang import Go
from local.toolchain.parts import (
    ALICLOUD,
    ALICLOUD_MODULE,
    API_SERVER_MODULE,
    ENGINE,
    ENGINE_MODULE,
    ETCD_MODULE,
    KUBERNETES,
    KUBERNETES_PLUGIN,
    KUBERNETES_PLUGIN_MODULE,
    KUBERNETES_PROVIDER,
    LANGUAGE_HOST_MODULE,
    PARTS,
    PULUMI_VERSION,
    Part,
)
from local.toolchain.process import run
from local.toolchain.progress import step

ENGINE_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LANGUAGE_HOST_PACKAGE = "github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python"
ETCD_PACKAGE = "go.etcd.io/etcd/server/v3"
KUBERNETES_PACKAGE = "k8s.io/kubernetes/cmd"
SCHEMA_FILE = "schema.json"
MAPPING_FILE = "terraform-mapping.json"
"""Beside a plugin: what it answers about itself, for code generation; the mapping is from Terraform's names."""
SDK = f"github.com/pulumi/pulumi/sdk/v3@v{PULUMI_VERSION}"
SDK_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")
"""What the language host starts, taken from the SDK of the engine's own version."""


def build(part: Part, lock: int) -> None:
    """Build a part of the toolchain into the cache, as `make` does."""
    make(part, BUILDERS[part.name], lock)


def obtain(*wanted: tuple[Part, Callable[["Builder"], None]]) -> None:
    """Makes each part that is not in the cache yet, as `make` does, and frees what only building needed."""
    if all(cache.source(part) for part, _ in wanted):
        return
    with cache.lock() as lock:
        for part, how in wanted:
            if not cache.source(part):  # another run may have made it meanwhile
                make(part, how, lock)
    cache.drop_go_caches()


def make(part: Part, how: Callable[["Builder"], None], lock: int) -> None:
    """Build `part` into the cache; `lock` is the held lock's descriptor, which the build inherits.

    Raises ToolchainError when the disk is too small or a command fails.
    """
    cache.require_free(part.gigabytes, f"building the {part.title}")
    go = golang.obtain((*PARTS, part))
    minutes = f"about {part.minutes} minutes"
    with step(f"building the {part.title} {part.version} from source", minutes), cache.making(part, "built") as place:
        how(Builder(go, place, lock))


class Builder:
    """One part being built: Go, the folder the results go to, the lock to keep."""

    def __init__(self, go: Go, place: Path, lock: int) -> None:
        self.go = go
        self.place = place
        self.lock = lock

    def run(self, *arguments: str | Path, module: Path, doing: str) -> str:
        """Run a go command in `module`; returns its standard output."""
        command = [self.go.executable, *arguments]
        return run(command, doing=doing, folder=module, environment=self.go.environment, keep_open=[self.lock])

    def compile(self, part: Part, module: Path, package: str, name: str) -> Path:
        """Build `package` of `module` with the part's flags into the executable `name`."""
        target = self.place / name
        self.run("build", *part.flags, "-o", target, package, module=module, doing=f"building {name}")
        return target

    def module_folder(self, path: str, module: Path, *, of: str) -> Path:
        """Where the sources of the module `path` lie, which may carry a version; `of` says what they are, for messages."""
        answer = self.run("mod", "download", "-json", path, module=module, doing=f"downloading {of}")
        return Path(json.loads(answer)["Dir"])

    def copy(self, source: Path) -> None:
        """Copy a script beside the executables, with the run bit the module archive does not carry."""
        target = self.place / source.name
        shutil.copyfile(source, target)
        target.chmod(0o755)


def _build_engine(builder: Builder) -> None:
    builder.compile(ENGINE, ENGINE_MODULE, ENGINE_PACKAGE, "pulumi")
    builder.compile(ENGINE, LANGUAGE_HOST_MODULE, LANGUAGE_HOST_PACKAGE, "pulumi-language-python")
    sdk = builder.module_folder(SDK, ENGINE_MODULE, of="the Pulumi SDK")
    for script in SDK_SCRIPTS:
        builder.copy(sdk / script)


def _build_alicloud(builder: Builder) -> None:
    plugin = builder.compile(ALICLOUD, ALICLOUD_MODULE, ".", ALICLOUD.executable)
    schema = builder.place / SCHEMA_FILE
    run([plugin, "--write-schema", schema], doing="writing the plugin's schema", folder=builder.place)


def _build_kubernetes_plugin(builder: Builder) -> None:
    builder.compile(KUBERNETES_PLUGIN, KUBERNETES_PLUGIN_MODULE, ".", KUBERNETES_PLUGIN.executable)
    sources = builder.module_folder(KUBERNETES_PROVIDER, KUBERNETES_PLUGIN_MODULE, of="the Kubernetes provider")
    for name in (SCHEMA_FILE, MAPPING_FILE):
        content = json.loads((sources / "cmd" / KUBERNETES_PLUGIN.executable / name).read_text())
        if name == SCHEMA_FILE:
            content["version"] = KUBERNETES_PLUGIN.version  # the module's own file leaves it to the release
        (builder.place / name).write_text(json.dumps(content))


def _build_kubernetes(builder: Builder) -> None:
    builder.compile(KUBERNETES, ETCD_MODULE, ETCD_PACKAGE, "etcd")
    for name in ("kube-apiserver", "kubectl"):
        builder.compile(KUBERNETES, API_SERVER_MODULE, f"{KUBERNETES_PACKAGE}/{name}", name)


BUILDERS = {
    ENGINE.name: _build_engine,
    ALICLOUD.name: _build_alicloud,
    KUBERNETES.name: _build_kubernetes,
    KUBERNETES_PLUGIN.name: _build_kubernetes_plugin,
}
