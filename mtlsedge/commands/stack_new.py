"""`mtlsedge stack new`: a commented stack file for another environment, that passes every rule."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from mtlsedge.errors import CommandError
from mtlsedge.files import PUBLIC_FILE, folder
from mtlsedge.new_stack.questions import AUTHORITIES, ENTRY_POINTS, ISSUE, complete
from mtlsedge.new_stack.text import stack_file
from mtlsedge.options import AsJson
from mtlsedge.report import told
from mtlsedge.stack import Stack
from settings import SettingsError, load
from settings.engine_yaml import parse

stack_app = typer.Typer(help="Begin another environment.", no_args_is_help=True)
STACK_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""What the engine takes as a stack's name, and what may be part of a file's."""
Fact = Annotated[str | None, typer.Option(show_default=False)]


@stack_app.callback()
def _group() -> None:
    """Keeps `new` a subcommand although it is the only one."""


@stack_app.command()
def new(  # noqa: PLR0913 - each option of the command is an argument
    *,
    name: Annotated[str, typer.Argument(help="Name of the stack, such as staging.", show_default=False)],
    region: Fact = None,
    site: Annotated[str | None, typer.Option(help="international or china; default: by region.")] = None,
    account_type: Annotated[str | None, typer.Option(help="International or Domestic; default: by site.")] = None,
    account_id: Fact = None,
    production: Annotated[str | None, typer.Option(help="yes or no.")] = None,
    authority: Annotated[str | None, typer.Option(help=f"One of {', '.join(AUTHORITIES)}.")] = None,
    common_name: Fact = None,
    organization: Fact = None,
    country: Fact = None,
    state: Fact = None,
    locality: Fact = None,
    unit: Fact = None,
    ca_file: Annotated[str | None, typer.Option(help="Certificate of an external authority.")] = None,
    ca_identifier: Annotated[str | None, typer.Option(help="Identifier of a CA that is uploaded already.")] = None,
    clients: Annotated[str | None, typer.Option(help="NAME,NAME.")] = None,
    server_certificate: Annotated[str | None, typer.Option(help=f"Its id, or '{ISSUE}' for a test stack.")] = None,
    entry_point: Annotated[str | None, typer.Option(help=f"{', '.join(ENTRY_POINTS)}, or both with a comma.")] = None,
    vpc: Fact = None,
    zones: Annotated[str | None, typer.Option(help="ZONE=VSWITCH,ZONE=VSWITCH.")] = None,
    servers: Annotated[str | None, typer.Option(help="NAME=ID,NAME=ID; or addresses.")] = None,
    server_port: Fact = None,
    zone: Annotated[str | None, typer.Option(help="DNS zone.")] = None,
    names: Annotated[str | None, typer.Option(help="NAME,NAME in the zone.")] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig.")] = None,
    cluster: Annotated[str | None, typer.Option(help="Identifier of the cluster.")] = None,
    ingresses: Annotated[str | None, typer.Option(help="HOST=SERVICE:PORT,HOST=SERVICE:PORT.")] = None,
    as_json: AsJson = False,
) -> None:
    """Writes Pulumi.NAME.yaml, commented and checked by every rule of the settings. Nothing else is touched.

    What no flag says is asked for; where nobody can answer, what is missing is named. No answer is a secret, and a
    file that exists is never overwritten.

    Example: `python -m mtlsedge stack new staging --region ap-southeast-1`.
    """
    given = {
        "region": region,
        "site": site,
        "account-type": account_type,
        "account-id": account_id,
        "production": production,
        "authority": authority,
        "common-name": common_name,
        "organization": organization,
        "country": country,
        "state": state,
        "locality": locality,
        "unit": unit,
        "ca-file": ca_file,
        "ca-identifier": ca_identifier,
        "clients": clients,
        "server-certificate": server_certificate,
        "entry-point": entry_point,
        "vpc": vpc,
        "zones": zones,
        "servers": servers,
        "server-port": server_port,
        "zone": zone,
        "names": names,
        "context": context,
        "cluster": cluster,
        "ingresses": ingresses,
    }
    project = Stack().project()
    file = f"Pulumi.{name}.yaml"
    if not STACK_NAME.fullmatch(name):
        raise CommandError(
            f"NAME: found {name!r}; expected letters, digits, '.', '_' or '-', beginning with a letter or digit"
        )
    with folder(Path.cwd(), private=False) as place:
        if place.read(file) is not None:
            raise CommandError(f"{place.path / file}: is there already, and is not overwritten")
        text = stack_file(name, complete(given, _ask if sys.stdin.isatty() else None), datetime.now(UTC).year)
        _require_valid(text, project, name)
        place.write(file, text.encode(), PUBLIC_FILE)
    following = f"pulumi stack init {name} && pulumi preview --stack {name}"
    told({"written": file, "next": following}, f"written  {file}", f"next     {following}", as_json=as_json)


def _ask(text: str, suggestion: str) -> str:
    return str(typer.prompt(text, default=suggestion or None))


def _require_valid(text: str, project: str, name: str) -> None:
    """Raises CommandError with every problem; nothing has been written by then."""
    try:
        load(parse(text)["config"], project=project, stack=name, files=Path.cwd())
    except SettingsError as problems:
        raise CommandError(f"nothing was written: {problems}") from None
