"""The second front as a component: what `manifests` says, applied to a cluster, and the name of the ALB awaited."""

from typing import Any, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import apiextensions, networking

from components.dns import DnsRecords
from components.dynamic import AdoptedAlbConfig, AlbConfigStatus
from components.identity import Identity
from components.kubernetes import manifests
from components.kubernetes.manifests import Identifiers
from components.settings.cross_kubernetes import domain_of_ingresses, ports
from components.settings.kubernetes_model import AdoptedAlbConfig as Adopted
from components.settings.kubernetes_model import Kubernetes


class AlbIngressArgs(TypedDict):
    """Settings are plain, they decide what exists; identifiers only flow through."""

    kubernetes: Kubernetes
    ca_identifier: pulumi.Input[str]
    certificate_identifier: pulumi.Input[str]
    additional_certificates: dict[str, pulumi.Output[str]]
    zones: dict[str, pulumi.Output[str]]
    """Zone id -> vSwitch id of the stack's network; empty where the AlbConfig says its own."""
    load_balancer_id: pulumi.Input[str]
    """The ALB of the other front, whose ports the AlbConfig must not take; empty without one."""
    identity: Identity


class AlbIngress(pulumi.ComponentResource):
    """AlbConfig (ours, or our listeners in somebody else's), IngressClass, Ingresses, and CNAMEs for their hosts.

    On destroy the Ingresses go first and the AlbConfig last, or its finalizer would wait for them for ever.
    """

    dns_name: pulumi.Output[str]
    """Name of the controller's ALB, from the AlbConfig's status."""
    load_balancer_id: pulumi.Output[str]
    foreign: pulumi.Output[list[str]] | None
    """Listeners of an adopted AlbConfig that are left alone (`80/HTTP`); None where the AlbConfig is ours."""
    dns: DnsRecords | None

    def __init__(self, name: str, args: AlbIngressArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:AlbIngress", name, None, opts)
        settings = args["kubernetes"]
        self._in_cluster = pulumi.ResourceOptions(parent=self, provider=self._connection(name, settings))
        self.foreign = None
        config = self._alb_config(name, args)
        last = self._ingresses(name, settings, self._ingress_class(name, settings, config))
        status = self._status(name, settings, config)
        self.dns_name, self.load_balancer_id = status.dns_name, status.load_balancer_id
        self.dns = self._dns(name, args, last)
        self.register_outputs({"dns_name": self.dns_name, "load_balancer_id": self.load_balancer_id})

    def _connection(self, name: str, settings: Kubernetes) -> kubernetes.Provider:
        """Never the ambient context; only another `clusterIdentifier` is another cluster.

        What is ours is taken back when somebody has edited it by hand: else the repair would meet their ownership.
        """
        cluster = settings.cluster
        return kubernetes.Provider(
            f"{name}-cluster",
            kubeconfig=cluster.kubeconfig or None,
            context=cluster.context or None,
            cluster_identifier=cluster.identifier,
            enable_server_side_apply=True,
            enable_patch_force=True,
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _alb_config(self, name: str, args: AlbIngressArgs) -> pulumi.Resource:
        settings, owner = args["kubernetes"], owner_of(args["identity"])
        if isinstance(settings.alb_config, Adopted):
            adopted = self._adopted(name, settings.alb_config, args)
            self.foreign = adopted.foreign
            return adopted
        document = manifests.alb_config(settings, identifiers(args), owner)
        return apiextensions.CustomResource(f"{name}-config", **_arguments(document), opts=self._in_cluster)

    def _adopted(self, name: str, adopted: Adopted, args: AlbIngressArgs) -> AdoptedAlbConfig:
        settings, identity = args["kubernetes"], args["identity"]
        other = identity.settings.listener
        return AdoptedAlbConfig(
            f"{name}-listeners",
            kubeconfig=settings.cluster.kubeconfig,
            context=settings.cluster.context,
            cluster_identifier=settings.cluster.identifier,
            alb_config=adopted.name,
            listeners=manifests.listeners(settings, identifiers(args), owner_of(identity)),
            take_over=adopted.take_over,
            controller=[int(part) for part in settings.controller_version.split(".")],
            load_balancer_id=args["load_balancer_id"],
            load_balancer_ports=ports(other) if other else [],
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _ingress_class(self, name: str, settings: Kubernetes, config: pulumi.Resource) -> pulumi.Resource:
        """Other parameters are another class: the controller does not follow a change of them [§4.6]."""
        if not settings.creates_ingress_class:
            return config
        document = manifests.ingress_class(settings)
        changes = pulumi.ResourceOptions(replace_on_changes=["spec"], delete_before_replace=True, depends_on=[config])
        options = pulumi.ResourceOptions.merge(self._in_cluster, changes)
        return networking.v1.IngressClass(f"{name}-class", **_arguments(document), opts=options)

    def _ingresses(self, name: str, settings: Kubernetes, before: pulumi.Resource) -> list[pulumi.Resource]:
        options = pulumi.ResourceOptions.merge(self._in_cluster, pulumi.ResourceOptions(depends_on=[before]))
        return [
            networking.v1.Ingress(
                f"{name}-{ingress}",
                **_arguments(manifests.ingress(settings, settings.ingresses[ingress])),
                opts=options,
            )
            for ingress in sorted(settings.ingresses)
        ]

    def _status(self, name: str, settings: Kubernetes, config: pulumi.Resource) -> AlbConfigStatus:
        return AlbConfigStatus(
            f"{name}-status",
            kubeconfig=settings.cluster.kubeconfig,
            context=settings.cluster.context,
            cluster_identifier=settings.cluster.identifier,
            alb_config=settings.alb_config.name,
            timeout_seconds=settings.status_timeout,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[config]),
        )

    def _dns(self, name: str, args: AlbIngressArgs, before: list[pulumi.Resource]) -> DnsRecords | None:
        """A host is published when its Ingress answers."""
        domain = domain_of_ingresses(args["kubernetes"])
        if domain is None:
            return None
        return DnsRecords(
            f"{name}-dns",
            {"domain": domain, "target": self.dns_name, "identity": args["identity"]},
            pulumi.ResourceOptions(parent=self, depends_on=before),
        )


def owner_of(identity: Identity) -> str:
    """What marks our listeners in an AlbConfig."""
    return manifests.owner(identity.settings.project, identity.settings.stack)


def identifiers(args: AlbIngressArgs) -> Identifiers:
    """What the other components call the CA, the certificates and the zones."""
    return Identifiers(
        args["ca_identifier"], args["certificate_identifier"], args["additional_certificates"], args["zones"]
    )


def _arguments(document: manifests.Document) -> dict[str, Any]:
    """A document as the arguments of its resource."""
    return {
        "api_version": document["apiVersion"],
        "kind": document["kind"],
        "metadata": document["metadata"],
        "spec": document["spec"],
    }
