"""A throw-away place in which a stack is previewed from its public snapshot: no passphrase, no key, no credentials.

The project is linked, not copied, except for its stack files: the engine writes into those. State and encryption
live in a temporary folder and end with it.
"""

import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import yaml

from mtlsedge.errors import CommandError
from mtlsedge.preview.engine import Run
from mtlsedge.snapshot.configuration import Prepared, prepare
from mtlsedge.snapshot.digests import Digester
from mtlsedge.snapshot.document import DEPLOYMENT_VERSION, Snapshot
from mtlsedge.stack_file import read_stack_file

INHERITED = (
    "PATH",
    "LANG",
    "LC_ALL",
    "TZ",
    "TMPDIR",
    "SSL_CERT_FILE",
    "REQUESTS_CA_BUNDLE",
    "SYSTEMROOT",
    "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION",
)
"""All that a preview needs of its surroundings. Everything else, every token included, stays outside."""
DUMMY = "preview-without-secrets"
"""In place of credentials: the provider wants some before it compares anything, and compares without using them."""


@contextmanager
def without_secrets(project: Path, stack: str, snapshot: Snapshot | None) -> Iterator[tuple[Run, tuple[str, ...]]]:
    """A place to preview in, and the paths of the encrypted values that cannot be compared.

    Without a snapshot the stack has no state: everything is new, and every encrypted value is unknown.
    """
    digests = snapshot.configuration if snapshot else {}
    prepared = prepare(read_stack_file(project, stack), digests, Digester())
    with TemporaryDirectory(prefix="mtlsedge-preview-") as temporary:
        folder = Path(temporary)
        run = Run(folder / "project", stack, _environment(folder, prepared))
        _link(project, run.folder, stack, prepared)
        run.pulumi("stack", "init", stack)
        _set_secrets(run, prepared)
        if snapshot:
            _import(run, snapshot, folder / "state.json")
        yield run, prepared.unknown


def _environment(folder: Path, prepared: Prepared) -> dict[str, str]:
    for name in ("home", "state", "project"):
        (folder / name).mkdir()
    inherited = {key: os.environ[key] for key in INHERITED if key in os.environ}
    plugins = os.environ.get("PULUMI_HOME") or str(Path.home() / ".pulumi")
    return {
        **inherited,
        "HOME": str(folder / "home"),
        "PULUMI_HOME": _plugins_only(Path(plugins), folder / "home" / ".pulumi"),
        "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": secrets.token_urlsafe(24),
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


def _link(project: Path, target: Path, stack: str, prepared: Prepared) -> None:
    if not (project / "Pulumi.yaml").is_file():
        raise CommandError(f"no Pulumi.yaml in {project}; run this in the project's folder")
    for entry in project.iterdir():
        is_stack_file = entry.name.startswith("Pulumi.") and entry.name != "Pulumi.yaml"
        if not is_stack_file and entry.name not in (".git", ".local"):
            (target / entry.name).symlink_to(entry.resolve())
    (target / f"Pulumi.{stack}.yaml").write_text(yaml.safe_dump(prepared.document, sort_keys=False))


def _set_secrets(run: Run, prepared: Prepared) -> None:
    """Digests are no secrets; the engine must only treat them as such, as it treats what they stand for."""
    if prepared.secrets:
        values = [f"--secret={path}={digest}" for path, digest in prepared.secrets.items()]
        run.pulumi("config", "set-all", "--path", "--stack", run.stack, *values)


def _import(run: Run, snapshot: Snapshot, file: Path) -> None:
    """The snapshot as the stack's state, encrypted with the throw-away passphrase: the engine wants a provider named."""
    salt = read_stack_file(run.folder, run.stack).get("encryptionsalt", "")
    providers = {"type": "passphrase", "state": {"salt": salt}}
    deployment = {**snapshot.deployment, "secrets_providers": providers}
    file.write_text(json.dumps({"version": DEPLOYMENT_VERSION, "deployment": deployment}))
    run.pulumi("stack", "import", "--stack", run.stack, "--file", str(file))
