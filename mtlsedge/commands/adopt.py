"""`mtlsedge adopt`: a stack file for a topology that somebody made by hand."""

from typing import Annotated

import typer

from mtlsedge.errors import CommandError
from mtlsedge.options import AsJson
from mtlsedge_components.sites import SITES

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
    as_json: AsJson = False,
) -> None:
    """Writes a stack file that imports a topology as it stands, so that `pulumi up` changes nothing in the cloud.

    Reads the cloud, changes nothing in it. What a stack file cannot say is listed, in the file and here, and stays
    as it is. Where `up` would have to change something there is no file. Exit status: 0 written, 1 refused, 2 could
    not run.

    Example: `python -m mtlsedge adopt --load-balancer alb-t4nxxxx --stack prod --like dev`.
    """
    if bool(load_balancer) == bool(albconfig):
        raise CommandError("give one of --load-balancer and --albconfig")
    from mtlsedge.adopt.making import Wanted, make, provider  # noqa: PLC0415 - it takes the settings, which take the engine's SDK

    where = {"kubeconfig": kubeconfig, "context": context, "clusterIdentifier": cluster_identifier}
    cluster = {key: value for key, value in where.items() if value}
    wanted = Wanted(load_balancer, listener, albconfig, cluster)
    raise typer.Exit(int(not make(stack, provider(like, region, site), wanted, as_json=as_json)))
