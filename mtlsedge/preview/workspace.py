"""A throw-away place in which a stack is previewed from its public snapshot: no passphrase, no key, no credentials.

The project is linked, not copied, except for its stack files: the engine writes into those. The state lives in a
temporary folder and ends with it. It is written here, in the layout and encryption that engines have to be able to read
for ever because people's states are in them: `stack init` and `stack import` would be two more starts of the engine, a
quarter of a preview's cost.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mtlsedge.errors import CommandError
from mtlsedge.preview import confined
from mtlsedge.preview.engine import TIMEOUT_SECONDS, Run
from mtlsedge.snapshot.configuration import Prepared, prepare
from mtlsedge.snapshot.digests import Digester
from mtlsedge.snapshot.document import DEPLOYMENT_VERSION, Snapshot
from mtlsedge.stack_file import project_name, read_stack_file
from settings.engine_yaml import dump

INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "SYSTEMROOT",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
)
"""All that a preview needs of its surroundings. Everything else, every token included, stays outside."""
PASSPHRASE = "public"  # noqa: S105  (on purpose: what it encrypts are the digests of a public snapshot, and stand-ins)
SALT = "v1:KMlbiK381LI=:v1:xd3KhAlt5QLdFRS2:dw9CdJljXo6BOwT72M9hFmqfx2kKDA=="
"""What the engine wrote for that passphrase into a stack file; it refuses to work without one."""
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}")
"""Of a project or stack; a pull request names its project, and the name becomes part of a path."""
ORGANIZATION = "organization"
"""Under this name a folder as backend keeps every stack."""
DUMMY = "preview-without-secrets"
"""In place of credentials: the provider wants some before it compares anything, and compares without using them."""


@dataclass(frozen=True)
class Conditions:
    """Under which a program runs that nobody has to trust."""

    confine: bool = True
    packs: Sequence[Path] = ()
    """Policy packs that it runs under."""
    longest: int = 0
    """Seconds that one command of the engine may take; 0: as many as it may take by default."""
    python: Path | None = None
    """Virtual environment that the program runs in; by default this command's."""

    @property
    def seconds(self) -> int:
        """Longest wait for one command."""
        return self.longest or (confined.SECONDS if self.confine else TIMEOUT_SECONDS)


@contextmanager
def without_secrets(
    project: Path, stack: str, snapshot: Snapshot | None, conditions: Conditions = Conditions()
) -> Iterator[tuple[Run, tuple[str, ...]]]:
    """A place to preview in, and the paths of the encrypted values that cannot be compared.

    Without a snapshot the stack has no state: everything is new, and every encrypted value is unknown. Confined, the
    program reads the project, the policy packs and what it needs to run, and nothing else of this machine.
    Raises CommandError for a project that cannot be previewed so, and where nothing can be confined.
    """
    program = (conditions.python or Path(sys.prefix)).resolve()
    places = linked(project, program)
    digests = snapshot.configuration if snapshot else {}
    prepared = prepare(read_stack_file(project, stack), digests, Digester())
    with TemporaryDirectory(prefix="mtlsedge-preview-") as temporary:
        folder = Path(temporary).resolve()
        environment = _environment(folder, prepared)
        if conditions.python:
            environment["PATH"] = os.pathsep.join((str(program / "bin"), environment.get("PATH", os.defpath)))
        packs = (pack.resolve() for pack in conditions.packs)
        reads = (*places.values(), program, *packs, *confined.needed(environment))
        before = confined.command(reads, folder) if conditions.confine else ()
        run = Run(folder / "project", stack, environment, before, conditions.seconds)
        _link(run.folder, places, stack, prepared)
        _write_state(folder / "state", project_name(project / "Pulumi.yaml"), stack, snapshot)
        _set_secrets(run, prepared)
        yield run, prepared.unknown


def _environment(folder: Path, prepared: Prepared) -> dict[str, str]:
    for name in ("home", "state", "project", "temporary"):
        (folder / name).mkdir()
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    plugins = os.environ.get("PULUMI_HOME") or str(Path.home() / ".pulumi")
    return {
        **inherited,
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "temporary"),
        "PULUMI_HOME": _plugins_only(Path(plugins), folder / "home" / ".pulumi"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}?metadata=skip",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": DUMMY,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": DUMMY,
        "ALIBABA_CLOUD_ACCOUNT_TYPE": _account_type(prepared),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _account_type(prepared: Prepared) -> str:
    """Without one the provider would ask the cloud which kind of account the dummy belongs to."""
    configuration = prepared.document.get("config") or {}
    site = "Domestic" if configuration.get("mtlsedge:certificateSite") == "china" else "International"
    return str(configuration.get("alicloud:accountType") or site)


def _plugins_only(source: Path, target: Path) -> str:
    """A Pulumi home with the plugins of another and nothing else: not its credentials."""
    target.mkdir(parents=True)
    if (source / "plugins").is_dir():
        (target / "plugins").symlink_to((source / "plugins").resolve())
    return str(target)


def linked(project: Path, environment: Path) -> dict[str, Path]:
    """Name -> place of everything in the project but stack files, which are rewritten, git's own and local run-time files.

    A link that leads out of the project is refused: what it names may be a secret of this machine. The program's virtual
    environment is the one exception.
    """
    if not (project / "Pulumi.yaml").is_file():
        raise CommandError(f"no Pulumi.yaml in {project}; run this in the project's folder")
    places = {entry.name: entry.resolve() for entry in project.iterdir() if entry.name not in (".git", ".local")}
    inside = project.resolve()
    strangers = sorted(
        name for name, place in places.items() if not place.is_relative_to(inside) and place != environment
    )
    if strangers:
        raise CommandError(
            f"found links that lead out of the project: {', '.join(strangers)}; allowed are links inside it"
        )
    return {name: place for name, place in places.items() if not name.startswith("Pulumi.") or name == "Pulumi.yaml"}


def _link(target: Path, linked: dict[str, Path], stack: str, prepared: Prepared) -> None:
    for name, place in linked.items():
        (target / name).symlink_to(place)
    document = {"encryptionsalt": SALT, **prepared.document}
    (target / f"Pulumi.{stack}.yaml").write_text(dump(document))


def _set_secrets(run: Run, prepared: Prepared) -> None:
    """Digests are no secrets; the engine must only treat them as such, as it treats what they stand for."""
    if prepared.secrets:
        values = [f"--secret={path}={digest}" for path, digest in prepared.secrets.items()]
        run.pulumi("config", "set-all", "--path", "--stack", run.stack, *values)


def _write_state(backend: Path, project: str, stack: str, snapshot: Snapshot | None) -> None:
    """The snapshot as the stack's state in a folder as backend; without one, a stack that has none yet."""
    checkpoint: dict[str, Any] = {"stack": f"{ORGANIZATION}/{project}/{stack}"}
    if snapshot:
        providers = {"type": "passphrase", "state": {"salt": SALT}}
        checkpoint["latest"] = {**snapshot.deployment, "secrets_providers": providers}
    for name in (project, stack):
        if not NAME.fullmatch(name):
            raise CommandError(
                f"found the name {name!r}; allowed are letters, digits, _, - and ., neither of the last two first"
            )
    stacks = backend / ".pulumi" / "stacks" / project
    stacks.mkdir(parents=True)
    (backend / ".pulumi" / "meta.yaml").write_text("version: 1\n")
    (stacks / f"{stack}.json").write_text(json.dumps({"version": DEPLOYMENT_VERSION, "checkpoint": checkpoint}))
