"""The load balancer: an ALB instance, the HTTPS listener with mutual authentication, the HTTP one beside it."""

from collections.abc import Mapping
from typing import TypedDict

import pulumi
from pulumi_alicloud import alb

from components.http_listener import HttpListener
from components.https_listener import HttpsListener
from components.identity import Identity
from components.settings.model import Listener
from components.settings.model import LoadBalancer as LoadBalancerSettings


class LoadBalancerArgs(TypedDict):
    """Settings are plain, they decide what exists; ids and identifiers only flow through."""

    load_balancer: LoadBalancerSettings
    listener: Listener | None
    vpc_id: pulumi.Input[str] | None
    zones: dict[str, pulumi.Output[str]]
    """Zone id -> vSwitch id."""
    server_groups: dict[str, pulumi.Output[str]]
    """Name in the stack file -> server group id."""
    ca_identifier: pulumi.Input[str]
    certificate_identifier: pulumi.Input[str]
    additional_certificates: dict[str, pulumi.Output[str]]
    """Name in the stack file -> identifier of a certificate chosen by SNI."""
    identity: Identity


class LoadBalancer(pulumi.ComponentResource):
    """An ALB instance and its listeners; or only the listeners, on an instance of somebody else.

    To destroy it takes two steps where deletion protection is on, since the provider does not switch
    it off by itself: set `loadBalancer.deletionProtection: false` and `pulumi up`, then `pulumi
    destroy`. In production the instance is protected in the state as well: `pulumi state unprotect`.
    """

    id: pulumi.Output[str]
    dns_name: pulumi.Output[str] | None
    """Target for CNAME records; None for an instance of somebody else, which the stack does not read."""
    https: HttpsListener | None
    http: HttpListener | None

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:LoadBalancer", name, None, opts)
        self._instance(name, args)
        listener = args["listener"]
        self.https = self._https(name, listener, args) if listener else None
        self.http = self._http(name, listener, args) if listener else None
        if listener and listener.allow_from:
            self._restrict(name, listener.allow_from, args["identity"])
        self.register_outputs({"id": self.id, "dns_name": self.dns_name})

    def _instance(self, name: str, args: LoadBalancerArgs) -> None:
        settings, identity = args["load_balancer"], args["identity"]
        if settings.id:
            self.id, self.dns_name = pulumi.Output.from_input(settings.id), None
            return
        options = identity.child(self, "load-balancer")
        options.protect = identity.protect
        instance = alb.LoadBalancer(
            f"{name}-instance",
            load_balancer_name=identity.name("load-balancer"),
            load_balancer_edition=settings.edition,
            address_type=settings.address_type,
            address_allocated_mode="Fixed",
            load_balancer_billing_config=alb.LoadBalancerLoadBalancerBillingConfigArgs(pay_type="PayAsYouGo"),
            vpc_id=args["vpc_id"],
            zone_mappings=[
                alb.LoadBalancerZoneMappingArgs(zone_id=zone, vswitch_id=vswitch)
                for zone, vswitch in sorted(args["zones"].items(), key=lambda item: item[0])
            ],
            deletion_protection_enabled=settings.deletion_protection,
            access_log_config=_access_log(settings),
            resource_group_id=settings.resource_group_id or None,
            tags=identity.tags,
            opts=options,
        )
        self.id, self.dns_name = instance.id, instance.dns_name

    def _https(self, name: str, listener: Listener, args: LoadBalancerArgs) -> HttpsListener:
        return HttpsListener(
            f"{name}-https",
            {
                "load_balancer_id": self.id,
                "listener": listener,
                "server_groups": args["server_groups"],
                "ca_identifier": args["ca_identifier"],
                "certificate_identifier": args["certificate_identifier"],
                "additional_certificates": args["additional_certificates"],
                "identity": args["identity"],
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _http(self, name: str, listener: Listener, args: LoadBalancerArgs) -> HttpListener | None:
        if not (listener.redirect_http or listener.allow_http_forwarding_past_mutual_tls):
            return None
        return HttpListener(
            f"{name}-http",
            {
                "load_balancer_id": self.id,
                "listener": listener,
                "vpc_id": args["vpc_id"],
                "content": args["server_groups"][listener.default],
                "forwards": not listener.redirect_http,
                "identity": args["identity"],
            },
            pulumi.ResourceOptions(parent=self),
        )

    def _restrict(self, name: str, allow_from: Mapping[str, str], identity: Identity) -> None:
        """Lets in only the listed networks, at both listeners: a client certificate is the second door.

        Entries stand in the list itself, which the provider calls deprecated: as resources of their own they could
        be late or missing, and a white list without entries lets everybody in (ALB user guide, "Access control";
        the SDK's text says nobody).
        """
        acl = alb.Acl(
            f"{name}-allowed",
            acl_name=identity.name("acl"),
            acl_entries=[
                alb.AclAclEntryArgs(entry=cidr, description=description or None)
                for cidr, description in sorted(allow_from.items())
            ],
            opts=identity.child(self, "acl"),
        )
        for role, listener in (("https", self.https), ("http", self.http)):
            if listener:
                alb.ListenerAclAttachment(
                    f"{name}-{role}-allowed",
                    acl_id=acl.id,
                    acl_type="White",
                    listener_id=listener.id,
                    opts=identity.child(self, "listener-acl", role),
                )


def _access_log(settings: LoadBalancerSettings) -> alb.LoadBalancerAccessLogConfigArgs | None:
    log = settings.access_log
    return alb.LoadBalancerAccessLogConfigArgs(log_project=log.project, log_store=log.store) if log else None
