"""`mtlsedge render kubernetes`: the cluster's manifests as YAML, identical to what the stack applies.

For people who let a GitOps tool apply them. Settings come from the stack file; the identifiers of CA, certificates and
vSwitches from the stack's outputs.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from components.kubernetes.manifests import Identifiers, listeners, manifests, owner
from components.settings import Settings, SettingsError, load
from components.settings.kubernetes_model import AdoptedAlbConfig, Kubernetes
from mtlsedge.errors import CommandError
from mtlsedge.options import OutputsFile, StackName
from mtlsedge.stack import Stack

render_app = typer.Typer(help="Write what the stack applies, for other tools to apply.", no_args_is_help=True)


@render_app.callback()
def _group() -> None:
    """Keeps `kubernetes` a subcommand although it is the only one."""


@render_app.command()
def kubernetes(
    *,
    settings: Annotated[
        Path | None, typer.Option("--settings", help="Stack file; default: Pulumi.<stack>.yaml.")
    ] = None,
    outputs: OutputsFile = None,
    stack: StackName = "",
) -> None:
    """Prints AlbConfig, IngressClass and Ingresses as YAML, identical to what `pulumi up` applies."""
    asked = Stack(stack)
    file = settings or Path(f"Pulumi.{asked.selected()}.yaml")
    loaded = _settings(file, asked.project())
    if loaded.kubernetes is None:
        raise CommandError(f"{file}: mtlsedge:kubernetes: found nothing; there is no cluster to render manifests for")
    found = _read_outputs(outputs) if outputs else asked.outputs(show_secrets=False)
    typer.echo(_text(loaded.kubernetes, _identifiers(found), owner(loaded.project, loaded.stack)), nl=False)


def _text(kubernetes: Kubernetes, identifiers: Identifiers, mark: str) -> str:
    """The documents; of an adopted AlbConfig our listeners as a comment, because the rest of it is not ours to say."""
    documents = manifests(kubernetes, identifiers, mark)
    text = yaml.safe_dump_all(documents, sort_keys=False) if documents else ""
    if not isinstance(kubernetes.alb_config, AdoptedAlbConfig):
        return text
    ours = yaml.safe_dump({"listeners": listeners(kubernetes, identifiers, mark)}, sort_keys=False)
    heading = f"Listeners this stack puts into AlbConfig {kubernetes.alb_config.name}, beside the others it holds:\n"
    return "".join(f"# {line}\n" for line in (heading + ours).splitlines()) + text


def _read_outputs(file: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(file.read_text()))
    except (OSError, ValueError, TypeError):
        raise CommandError(f"cannot read {file} as the JSON of `pulumi stack output --json`") from None


def _identifiers(outputs: Mapping[str, Any]) -> Identifiers:
    cluster, certificate = outputs.get("kubernetes"), outputs.get("serverCertificate")
    if not isinstance(cluster, Mapping) or not isinstance(certificate, Mapping):
        raise CommandError(
            "the stack's outputs name no cluster; `pulumi up` gives the CA and the certificates their identifiers"
        )
    return Identifiers(
        ca=str(outputs["caIdentifier"]),
        certificate=str(certificate["identifier"]),
        additional=dict(cluster.get("additionalCertificates") or {}),
        zones=dict(cluster.get("zones") or {}),
    )


def _settings(file: Path, project: str) -> Settings:
    try:
        document = yaml.safe_load(file.read_text())
    except (OSError, yaml.YAMLError):
        raise CommandError(f"cannot read {file} as a stack file") from None
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise CommandError(f"{file}: found no `config`; expected a stack file, Pulumi.<stack>.yaml")
    secrets = [key for key, value in config.items() if _has_secret(value)]
    try:
        return load(
            config, project=project, stack=file.stem.removeprefix("Pulumi."), files=file.parent, secrets=secrets
        )
    except SettingsError as problems:
        raise CommandError(str(problems)) from None


def _has_secret(value: Any) -> bool:
    if isinstance(value, Mapping):
        return set(value) == {"secure"} or any(_has_secret(item) for item in value.values())
    return isinstance(value, list) and any(_has_secret(item) for item in value)
