"""`mtlsedge adopt`: a stack file for a topology that somebody made by hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from components.settings import SettingsError, load
from mtlsedge.adopt import alb_config
from mtlsedge.adopt.account import account_id, certificate, read
from mtlsedge.adopt.draft import Draft
from mtlsedge.adopt.https import unusable
from mtlsedge.adopt.stack_file import text
from mtlsedge.adopt.topology import draft
from mtlsedge.cloud import SITES, Cloud, CloudProblem
from mtlsedge.cluster import Cluster
from mtlsedge.errors import CommandError
from mtlsedge.stack import Stack
from mtlsedge.stack_file import read_stack_file

ACCOUNT_TYPES = {"international": "International", "china": "Domestic"}
LoadBalancerId = Annotated[str, typer.Option("--load-balancer", help="Load balancer to read (alb-…).")]
AlbConfigName = Annotated[str, typer.Option("--albconfig", help="AlbConfig to read, in the cluster that is named.")]
Kubeconfig = Annotated[str, typer.Option("--kubeconfig", help="The cluster's kubeconfig, for --albconfig.")]
Context = Annotated[str, typer.Option("--context", help="The cluster's context, for --albconfig.")]
ClusterId = Annotated[str, typer.Option("--cluster-identifier", help="A name for the cluster that never changes.")]
ListenerId = Annotated[str, typer.Option("--listener", help="Its HTTPS listener (lsn-…), where it has several.")]
Name = Annotated[
    str, typer.Option("--stack", help="Stack to write a file for: Pulumi.STACK.yaml, which must not exist.")
]
Like = Annotated[str, typer.Option("--like", help="Stack whose `alicloud:` keys and site hold for this one as well.")]
Region = Annotated[str, typer.Option("--region", help="Region of the load balancer.")]
Site = Annotated[str, typer.Option("--certificate-site", help=f"Site of the certificates: {', '.join(SITES)}.")]


def adopt(  # noqa: PLR0913 - a command's options
    *,
    stack: Name,
    load_balancer: LoadBalancerId = "",
    albconfig: AlbConfigName = "",
    kubeconfig: Kubeconfig = "",
    context: Context = "",
    cluster_identifier: ClusterId = "",
    listener: ListenerId = "",
    like: Like = "",
    region: Region = "",
    site: Site = "",
) -> None:
    """Writes a stack file that imports a topology as it stands, so that `pulumi up` changes nothing in the cloud.

    Reads the cloud, changes nothing in it. What a stack file cannot say is listed, in the file and here, and stays
    as it is. Where `up` would have to change something there is no file. Exit status: 0 written, 1 refused, 2 could
    not run.
    """
    target = Path(f"Pulumi.{stack}.yaml")
    if target.exists():
        raise CommandError(f"{target} exists; adopt writes a new stack file and changes none")
    if bool(load_balancer) == bool(albconfig):
        raise CommandError("give one of --load-balancer and --albconfig")
    provider = _provider(like, region, site)
    cloud = Cloud(provider)
    if albconfig:
        where = {"kubeconfig": kubeconfig, "context": context, "clusterIdentifier": cluster_identifier}
        made = _draft_of_cluster(cloud, albconfig, {key: value for key, value in where.items() if value})
    else:
        made = _draft(cloud, load_balancer, listener)
    config = {key: value for key, value in provider.items() if key.startswith("alicloud:")}
    made.settings = {"certificateSite": provider["mtlsedge:certificateSite"], **made.settings}
    written = text(made, config, load_balancer or f"AlbConfig {albconfig}")
    made.refused = made.refused or _problems({**config, **_settings(made)}, stack)
    _report(made)
    if made.refused:
        raise typer.Exit(1)
    target.write_text(written, encoding="utf-8")
    typer.echo(f"wrote {target}: {len(made.adopt)} things to import. Next:")
    typer.echo(f"  pulumi stack init {stack}\n  pulumi preview --stack {stack}\n  pulumi up --stack {stack}")


def _provider(like: str, region: str, site: str) -> dict[str, Any]:
    """Where to ask: as another stack does, or as the options say."""
    known = (read_stack_file(Path.cwd(), like).get("config") or {}) if like else {}
    found = {key: value for key, value in known.items() if key.startswith("alicloud:")}
    chosen = site or str(known.get("mtlsedge:certificateSite") or "")
    if chosen not in SITES:
        raise CommandError(f"--certificate-site: found {chosen or 'nothing'}; allowed {', '.join(SITES)}, or --like")
    if region:
        found["alicloud:region"] = region
    if not found.get("alicloud:region"):
        raise CommandError("--region: found nothing; allowed a region such as ap-southeast-1, or --like STACK")
    return {"alicloud:accountType": ACCOUNT_TYPES[chosen], **found, "mtlsedge:certificateSite": chosen}


def _draft(cloud: Cloud, load_balancer: str, listener: str) -> Draft:
    try:
        account, found = account_id(cloud), read(cloud, load_balancer)
    except CloudProblem as problem:
        raise CommandError(f"cannot read {load_balancer}: {problem}") from None
    made = draft(found, listener)
    made.settings = {**({"accountId": account} if account else {}), **made.settings}
    return made


def _draft_of_cluster(cloud: Cloud, name: str, where: dict[str, str]) -> Draft:
    document = Cluster(where.get("kubeconfig", ""), where.get("context", "")).alb_config(name)
    try:
        account = account_id(cloud)
        details = {one: certificate(cloud, one) for one in alb_config.identifiers(document)}
    except CloudProblem as problem:
        raise CommandError(f"cannot read the certificates of AlbConfig {name}: {problem}") from None
    made = alb_config.draft(document, where, {one: str(detail.get("Name") or "") for one, detail in details.items()})
    made.refused += [problem for one, detail in details.items() for problem in unusable(detail, one)]
    made.settings = {**({"accountId": account} if account else {}), **made.settings}
    return made


def _settings(made: Draft) -> dict[str, Any]:
    sections = {**made.settings, "names": made.names, "adopt": made.adopt}
    return {f"mtlsedge:{key}": value for key, value in sections.items()}


def _problems(config: Mapping[str, Any], stack: str) -> list[str]:
    """What the program itself would say to the file."""
    try:
        load(config, project=Stack().project(), stack=stack, files=Path.cwd())
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def _report(made: Draft) -> None:
    for heading, entries in (
        ("refused, nothing is written:", made.refused),
        ("not managed by the stack, and left as it is:", made.outside),
        ("kept as found, because no setting speaks of it:", made.kept),
    ):
        if entries:
            typer.echo("\n".join([heading, *(f"  {entry}" for entry in entries)]))
