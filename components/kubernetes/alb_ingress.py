"""A cluster's entrance as a component: Kubernetes documents applied to it, and the name of the ALB awaited."""

from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apiextensions, networking

from mtlsedge_components.dns import TTL, DnsRecords
from mtlsedge_components.dynamic import AdoptedAlbConfig, AlbConfigStatus
from mtlsedge_components.identity import IdentityArgs
from mtlsedge_components.kubernetes import rule_order

STATUS_TIMEOUT = 600


class ClusterArgs(TypedDict):
    """How the cluster is reached: a kubeconfig, a context, or both; never whatever happens to be current."""

    identifier: str
    """Names the cluster for good: only another identifier replaces what is in it."""
    kubeconfig: NotRequired[str]
    """Path of a kubeconfig file. It is said unless `context` is."""
    context: NotRequired[str]
    """Context of the kubeconfig. It is said unless `kubeconfig` is; default: the kubeconfig's current one."""


class AdoptedAlbConfigArgs(TypedDict):
    """An AlbConfig that exists and stays its owner's. Listeners are put into it, and taken out again."""

    name: str
    """Name of the AlbConfig."""
    listeners: list[dict[str, Any]]
    """Listeners to put in, in the AlbConfig's own spelling."""
    controller_version: str
    """Version of the ALB Ingress Controller, such as `2.20.0`; it decides which fields there are."""
    take_over: NotRequired[list[str]]
    """Listeners of the owner (`443/HTTPS`) that are replaced until they are released. Default: none."""
    load_balancer_id: NotRequired[pulumi.Input[str]]
    """A load balancer whose ports must not be taken. Default: none."""
    load_balancer_ports: NotRequired[list[int]]
    """The ports that are taken on `load_balancer_id`."""


class IngressRecordsArgs(TypedDict):
    """DNS records for the hosts of the Ingresses."""

    zone: str
    """The DNS zone, such as `example.com`."""
    names: list[str]
    """Hosts in the zone, such as `www`; `@` is the zone itself."""
    ttl: NotRequired[int]
    """Seconds that answers may be kept, at most 86400. Default: 600."""
    create_zone: NotRequired[bool]
    """Whether the zone is added to the account. It stays there on destroy. Default: no."""
    prove_ownership: NotRequired[bool]
    """Whether a TXT record proves the ownership of the domain first. Default: no."""


class AlbIngressArgs(TypedDict):
    """Kubernetes documents, as the cluster's API spells them. Exactly one of `alb_config` and `adopted`."""

    cluster: ClusterArgs
    """How the cluster is reached."""
    alb_config: NotRequired[dict[str, Any]]
    """The AlbConfig document to make."""
    adopted: NotRequired[AdoptedAlbConfigArgs]
    """An AlbConfig that another owner made, and the listeners to put into it."""
    ingress_class: NotRequired[dict[str, Any]]
    """The IngressClass document to make. Default: the class is there."""
    ingresses: NotRequired[dict[str, dict[str, Any]]]
    """Ingress documents by name. A rule that the controller would never reach is a warning."""
    status_timeout: NotRequired[int]
    """Seconds to wait until the controller has given the AlbConfig an ALB. Default: 600."""
    records: NotRequired[IngressRecordsArgs]
    """DNS records that point at the ALB. Default: none."""
    argument_path: NotRequired[str]
    """What messages about `records` write before an argument's name. Default: the component's name."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection of the DNS records."""


class AlbIngress(pulumi.ComponentResource):
    """AlbConfig (made here, or this stack's listeners in one that exists), IngressClass, Ingresses, and CNAMEs for their hosts.

    On destroy the Ingresses go first and the AlbConfig last: a controller may wait for them, or take the ALB away under them.
    """

    dns_name: pulumi.Output[str]
    """Name of the controller's ALB, from the AlbConfig's status."""
    load_balancer_id: pulumi.Output[str]
    """Id of the controller's ALB (`alb-…`)."""
    foreign: pulumi.Output[list[str]] | None
    """Listeners of an adopted AlbConfig that are left alone (`80/HTTP`); None where the AlbConfig is ours."""

    def __init__(self, name: str, args: AlbIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:AlbIngress", name, None, opts)
        if ("alb_config" in args) == ("adopted" in args):
            raise pulumi.RunError(f"{name}: found both or neither of alb_config and adopted; allowed: exactly one")
        self._in_cluster = pulumi.ResourceOptions(parent=self, provider=self._connection(name, args["cluster"]))
        self.foreign = None
        config = self._adopted(name, args) if "adopted" in args else self._alb_config(name, args["alb_config"])
        last = self._ingresses(name, args, self._ingress_class(name, args, config))
        status = self._status(name, args, config)
        self.dns_name, self.load_balancer_id = status.dns_name, status.load_balancer_id
        if "records" in args:
            self._dns(name, args["records"], args, last)
        self.register_outputs({"dns_name": self.dns_name, "load_balancer_id": self.load_balancer_id})

    def _connection(self, name: str, cluster: ClusterArgs) -> kubernetes.Provider:
        """Never the ambient context; only another `identifier` is another cluster.

        Nothing is forced: a field that another tool than kubectl owns is refused with the tool's name [docs/guides/kubernetes.md].
        """
        if not (cluster.get("kubeconfig") or cluster.get("context")):
            raise pulumi.RunError(f"{name}.cluster: found neither kubeconfig nor context; allowed: one of them or both")
        return kubernetes.Provider(
            f"{name}-cluster",
            kubeconfig=cluster.get("kubeconfig") or None,
            context=cluster.get("context") or None,
            cluster_identifier=cluster["identifier"],
            enable_server_side_apply=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _alb_config(self, name: str, document: dict[str, Any]) -> pulumi.Resource:
        return apiextensions.CustomResource(f"{name}-config", **_arguments(document), opts=self._in_cluster)

    def _adopted(self, name: str, args: AlbIngressArgs) -> AdoptedAlbConfig:
        adopted, cluster = args["adopted"], args["cluster"]
        found = AdoptedAlbConfig(
            f"{name}-listeners",
            kubeconfig=cluster.get("kubeconfig", ""),
            context=cluster.get("context", ""),
            cluster_identifier=cluster["identifier"],
            alb_config=adopted["name"],
            listeners=adopted["listeners"],
            take_over=adopted.get("take_over", []),
            controller=[int(part) for part in adopted["controller_version"].split(".")],
            load_balancer_id=adopted.get("load_balancer_id", ""),
            load_balancer_ports=adopted.get("load_balancer_ports", []),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.foreign = found.foreign
        return found

    def _ingress_class(self, name: str, args: AlbIngressArgs, config: pulumi.Resource) -> pulumi.Resource:
        """Other parameters are another class: the controller does not follow a change of them [§4.6]."""
        if "ingress_class" not in args:
            return config
        changes = pulumi.ResourceOptions(replace_on_changes=["spec"], delete_before_replace=True, depends_on=[config])
        options = pulumi.ResourceOptions.merge(self._in_cluster, changes)
        return networking.v1.IngressClass(f"{name}-class", **_arguments(args["ingress_class"]), opts=options)

    def _ingresses(self, name: str, args: AlbIngressArgs, before: pulumi.Resource) -> list[pulumi.Resource]:
        options = pulumi.ResourceOptions.merge(self._in_cluster, pulumi.ResourceOptions(depends_on=[before]))
        documents = list(args.get("ingresses", {}).values())
        for warning in (*rule_order.clashes(documents), *rule_order.hidden(documents)):
            pulumi.log.warn(warning, self)
        return [
            networking.v1.Ingress(f"{name}-{ingress}", **_arguments(document), opts=options)
            for ingress, document in sorted(args.get("ingresses", {}).items())
        ]

    def _status(self, name: str, args: AlbIngressArgs, config: pulumi.Resource) -> AlbConfigStatus:
        cluster = args["cluster"]
        return AlbConfigStatus(
            f"{name}-status",
            kubeconfig=cluster.get("kubeconfig", ""),
            context=cluster.get("context", ""),
            cluster_identifier=cluster["identifier"],
            alb_config=args["adopted"]["name"] if "adopted" in args else args["alb_config"]["metadata"]["name"],
            timeout_seconds=args.get("status_timeout", STATUS_TIMEOUT),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[config]),
        )

    def _dns(
        self, name: str, records: IngressRecordsArgs, args: AlbIngressArgs, before: list[pulumi.Resource]
    ) -> DnsRecords:
        """A host is published when its Ingress answers."""
        return DnsRecords(
            f"{name}-dns",
            {
                "zone": records["zone"],
                "names": records["names"],
                "target": self.dns_name,
                "ttl": records.get("ttl", TTL),
                "create_zone": records.get("create_zone", False),
                "prove_ownership": records.get("prove_ownership", False),
                "argument_path": args.get("argument_path", name),
                "identity": args.get("identity", {}),
            },
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )


def _arguments(document: dict[str, Any]) -> dict[str, Any]:
    """A document as the arguments of its resource."""
    return {
        "api_version": document["apiVersion"],
        "kind": document["kind"],
        "metadata": document["metadata"],
        "spec": document["spec"],
    }
