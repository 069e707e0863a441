"""What has to be on the machine, in which version, and what each part is made of."""

import platform
import sys
from dataclasses import dataclass
from pathlib import Path

PULUMI_VERSION = "3.256.0"
"""Engine; equals pulumi in requirements.txt."""
ALICLOUD_VERSION = "3.105.0"
"""Plugin; equals pulumi-alicloud in requirements.txt, or the engine would look for another one."""

KUBERNETES_PLUGIN_VERSION = "4.25.0"
"""Plugin; equals pulumi-kubernetes in requirements.txt: the newest release that the buildable provider serves."""

KUBERNETES_VERSION = "1.36.1"
"""API server and kubectl of the local cluster."""

HERE = Path(__file__).resolve().parent
ENGINE_MODULE = HERE / "engine"
LANGUAGE_HOST_MODULE = HERE / "languagehost"
API_SERVER_MODULE = HERE / "kubernetes" / "apiserver"
ETCD_MODULE = HERE / "kubernetes" / "etcd"
ALICLOUD_MODULE = HERE.parent / "plugins" / "alicloud"
KUBERNETES_PLUGIN_MODULE = HERE.parent / "plugins" / "kubernetes"

VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
KUBERNETES_VARIABLES = "k8s.io/component-base/version"
KUBERNETES_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"


@dataclass(frozen=True)
class Release:
    """Where the vendor publishes a part: one archive of one release."""

    repository: str
    tag: str
    archive: str


@dataclass(frozen=True)
class Part:
    """Something the local stack needs; all its files lie in one folder.

    The engine looks for its language host beside its own executable, which is why both are one part.
    """

    name: str
    title: str
    version: str
    files: tuple[str, ...]
    """Executables the part consists of, found or built."""
    modules: tuple[Path, ...]
    """Go modules it is built from."""
    flags: tuple[str, ...]
    """What else the result depends on."""
    release: Release | None
    """None where the vendor publishes nothing: it is built."""
    minutes: int
    """What a cold build usually takes on two cores (toolchain.md §2)."""
    gigabytes: int
    """What a cold build needs while it runs: downloaded modules, build cache and result."""

    def pins(self) -> list[Path]:
        """The files that decide what is built, in a stable order."""
        return sorted(
            file for module in self.modules for file in module.glob("*") if file.suffix in {".go", ".mod", ".sum"}
        )


@dataclass(frozen=True)
class Plugin(Part):
    """A part that the engine starts for the resources of one package."""

    package: str

    @property
    def executable(self) -> str:
        """The one file that the engine starts."""
        return self.files[0]

    @property
    def folder_name(self) -> str:
        """The folder below `plugins` of a Pulumi home in which the engine looks for this version."""
        return f"resource-{self.package}-v{self.version}"


def operating_system() -> str:
    """This system as Go and the vendor's archives spell it: linux, darwin."""
    return sys.platform


def processor() -> str:
    """This processor as Go spells it: amd64, arm64."""
    machine = platform.machine().lower()
    return {"x86_64": "amd64", "aarch64": "arm64"}.get(machine, machine)


def _engine_archive() -> str:
    architecture = {"amd64": "x64"}.get(processor(), processor())
    return f"pulumi-v{PULUMI_VERSION}-{operating_system()}-{architecture}.tar.gz"


def _plugin_release(package: str, version: str) -> Release:
    archive = f"pulumi-resource-{package}-v{version}-{operating_system()}-{processor()}.tar.gz"
    return Release(f"pulumi/pulumi-{package}", f"v{version}", archive)


def _cluster_release() -> Release:
    """API server, etcd and kubectl in one archive, as the Kubernetes project publishes them for tests of controllers."""
    archive = f"envtest-v1.36.0-{operating_system()}-{processor()}.tar.gz"
    return Release("kubernetes-sigs/controller-tools", "envtest-v1.36.0", archive)


ENGINE = Part(
    name="engine",
    title="Pulumi engine",
    version=PULUMI_VERSION,
    files=("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "pulumi-resource-pulumi-python"),
    modules=(ENGINE_MODULE, LANGUAGE_HOST_MODULE),
    flags=("-trimpath", "-ldflags", f"-s -w -X {VERSION_VARIABLE}=v{PULUMI_VERSION}"),
    release=Release("pulumi/pulumi", f"v{PULUMI_VERSION}", _engine_archive()),
    minutes=8,
    gigabytes=6,
)

ALICLOUD = Plugin(
    name="alicloud",
    package="alicloud",
    title="alicloud plugin",
    version=ALICLOUD_VERSION,
    files=("pulumi-resource-alicloud",),
    modules=(ALICLOUD_MODULE,),
    # Upstream is one Go package of 2,600 files; without the optimiser it compiles in a fraction of time and memory,
    # and a plugin that waits for the network does not miss it (toolchain.md §2).
    flags=(
        "-trimpath",
        "-gcflags=github.com/aliyun/terraform-provider-alicloud/alicloud=-N -l",
        "-ldflags",
        "-s -w",
    ),
    release=_plugin_release("alicloud", ALICLOUD_VERSION),
    minutes=10,
    gigabytes=12,
)

KUBERNETES_PLUGIN = Plugin(
    name="kubernetes-plugin",
    package="kubernetes",
    title="kubernetes plugin",
    version=KUBERNETES_PLUGIN_VERSION,
    files=("pulumi-resource-kubernetes",),
    modules=(KUBERNETES_PLUGIN_MODULE,),
    # The generated code of every kind of object is most of it (toolchain.md §5).
    flags=(
        "-trimpath",
        "-gcflags=github.com/pulumi/pulumi-kubernetes/...=-N -l",
        "-gcflags=k8s.io/...=-N -l",
        "-ldflags",
        f"-s -w -X {KUBERNETES_PROVIDER}/pkg/version.Version={KUBERNETES_PLUGIN_VERSION}",
    ),
    release=_plugin_release("kubernetes", KUBERNETES_PLUGIN_VERSION),
    minutes=8,
    gigabytes=6,
)

_MINOR = KUBERNETES_VERSION.split(".")
_KUBERNETES_LDFLAGS = (
    f"-s -w -X {KUBERNETES_VARIABLES}.gitVersion=v{KUBERNETES_VERSION}"
    f" -X {KUBERNETES_VARIABLES}.gitMajor={_MINOR[0]} -X {KUBERNETES_VARIABLES}.gitMinor={_MINOR[1]}"
)
KUBERNETES = Part(
    name="kubernetes",
    title="local cluster",
    version=KUBERNETES_VERSION,
    files=("kube-apiserver", "etcd", "kubectl"),
    modules=(API_SERVER_MODULE, ETCD_MODULE),
    flags=(
        "-trimpath",
        "-ldflags",
        _KUBERNETES_LDFLAGS,
    ),
    release=_cluster_release(),
    minutes=9,
    gigabytes=6,
)

PARTS = (ENGINE, ALICLOUD)
"""What every local stack needs."""


def wanted(*, kubernetes: bool) -> tuple[Part, ...]:
    """What a local stack needs, with a cluster or without."""
    return (*PARTS, KUBERNETES, KUBERNETES_PLUGIN) if kubernetes else PARTS
