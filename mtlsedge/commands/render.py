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

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson, OutputsFile, StackName
from mtlsedge.report import print_json
from mtlsedge.stack import Stack
from mtlsedge.stack_file import read_text, settings_of, told_in_one_error
from program.manifests import Identifiers, listeners, manifests, owner
from settings.kubernetes import AdoptedAlbConfig, Kubernetes

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
    as_json: AsJson = False,
) -> None:
    """Prints AlbConfig, IngressClass and Ingresses as YAML, identical to what `pulumi up` applies.

    Example: `python -m mtlsedge render kubernetes --stack prod`.
    """
    asked = Stack(stack)
    file = settings or Path(f"Pulumi.{asked.selected()}.yaml")
    with told_in_one_error():
        loaded = settings_of(read_text(file), file, asked.project())
    if loaded.kubernetes is None:
        raise CommandError(f"{file}: mtlsedge:kubernetes: found nothing; there is no cluster to render manifests for")
    found = _read_outputs(outputs) if outputs else asked.outputs(show_secrets=False)
    identifiers, mark = _identifiers(found), owner(loaded.project, loaded.stack)
    if as_json:
        print_json(_document(loaded.kubernetes, identifiers, mark))
    else:
        typer.echo(_text(loaded.kubernetes, identifiers, mark), nl=False)


def _document(kubernetes: Kubernetes, identifiers: Identifiers, mark: str) -> dict[str, Any]:
    """The documents; beside those of an adopted AlbConfig the listeners that this stack puts into it."""
    found: dict[str, Any] = {"documents": list(manifests(kubernetes, identifiers, mark))}
    if isinstance(kubernetes.alb_config, AdoptedAlbConfig):
        found["listeners"] = listeners(kubernetes, identifiers, mark)
    return found


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
        beside={name: str(one["caIdentifier"]) for name, one in (cluster.get("listeners") or {}).items()},
    )
