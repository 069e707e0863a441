"""The load balancer: an ALB instance, the HTTPS listener with mutual authentication, the HTTP one beside it."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.dynamic import LoadBalancerZones
from mtlsedge_components.http_listener import HttpListener, HttpListenerArgs
from mtlsedge_components.https_listener import HTTPS_PORT, IDLE_TIMEOUT, REQUEST_TIMEOUT, HttpsListener, ListenerArgs
from mtlsedge_components.identity import Identity, IdentityArgs


class AccessLogArgs(TypedDict):
    """Log Service project and store that receive the access log; both must exist."""

    project: str
    """Name of the project."""
    store: str
    """Name of the Logstore."""


class ModificationProtectionArgs(TypedDict):
    """Whether the console refuses to change the instance; calls of the API go on."""

    enabled: bool
    """Whether it does."""
    reason: NotRequired[str]
    """What the console shows beside it, 2 to 128 characters. Default: nothing."""


class AdditionalListenerArgs(TypedDict):
    """An HTTPS listener beside the first, with a CA of its own: ALB takes one CA a listener."""

    listener: ListenerArgs
    """What the listener does. Its port is another one than the first listener's."""
    allow_from: NotRequired[dict[str, str]]
    """IPv4 block -> description, of the networks that this listener lets in. Default: every network."""


class LoadBalancerArgs(TypedDict):
    """An ALB instance to make, or with `load_balancer_id` one that exists, and its listeners."""

    load_balancer_id: NotRequired[pulumi.Input[str]]
    """Id of an instance that exists (`alb-…`). Then only listeners are added, and what describes an instance is not used."""
    edition: NotRequired[str]
    """Standard (the default) or StandardWithWaf; the Basic edition has no mutual authentication."""
    address_type: NotRequired[str]
    """Internet (the default) or Intranet."""
    deletion_protection: NotRequired[bool]
    """Whether the cloud refuses to delete the instance. Default: yes."""
    modification_protection: NotRequired[ModificationProtectionArgs]
    """Whether the console refuses to change it. Default: ALB's, which is no."""
    bandwidth_package_id: NotRequired[str]
    """Internet Shared Bandwidth that its public addresses share (`cbwp-…`). Default: none."""
    security_groups: NotRequired[dict[str, pulumi.Input[str]]]
    """Name -> id of a security group of the instance's VPC that it is put into (`sg-…`), at most four. Default: none."""
    access_log: NotRequired[AccessLogArgs]
    """Where requests are logged. Default: nowhere."""
    resource_group_id: NotRequired[str]
    """Resource group of the instance (`rg-…`). Default: the account's default one."""
    vpc_id: NotRequired[pulumi.Input[str] | None]
    """The VPC of the instance, and of the HTTP listener's empty server group."""
    vswitch_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Zone id -> vSwitch id, two zones or more."""
    listener: NotRequired[ListenerArgs]
    """The HTTPS listener. Default: none."""
    http_port: NotRequired[int]
    """Port of an HTTP listener that redirects to the HTTPS one. Default: no such listener."""
    http_forwards: NotRequired[bool]
    """Whether plain HTTP reaches the HTTPS listener's server group, past mutual TLS. Default: no."""
    allow_from: NotRequired[dict[str, str]]
    """IPv4 block -> description, of the networks that both listeners let in. Default: every network."""
    additional_listeners: NotRequired[dict[str, AdditionalListenerArgs]]
    """HTTPS listeners beside the first, by name. Default: none."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class LoadBalancer(pulumi.ComponentResource):
    """An ALB instance and its listeners; or only the listeners, on an instance of another owner.

    To destroy it takes two steps where deletion protection is on, since the provider does not switch
    it off by itself: set `deletion_protection` to false and `pulumi up`, then `pulumi
    destroy`. Where `identity.protect` is set, the state protects the instance as well: `pulumi state unprotect`.
    """

    id: pulumi.Output[str]
    """Id of the ALB instance (`alb-…`)."""
    dns_name: pulumi.Output[str] | None
    """Target for CNAME records; None for an instance of another owner, which the stack does not read."""
    https_listener_id: pulumi.Output[str] | None
    """Id of the HTTPS listener; None without one."""
    http_listener_id: pulumi.Output[str] | None
    """Id of the HTTP listener; None without one."""
    additional_listener_ids: dict[str, pulumi.Output[str]]
    """Ids of the HTTPS listeners beside the first, by name."""

    def __init__(self, name: str, args: LoadBalancerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:LoadBalancer", name, None, opts)
        identity, listener = Identity.of(args.get("identity")), args.get("listener")
        self._scripts: dict[str, list[pulumi.Resource]] = {}  # by the role of a listener's access list
        self._instance(name, args, identity)
        below = pulumi.ResourceOptions(parent=self, depends_on=self._join(name, args, identity))
        self.https_listener_id = self._https(name, listener, args, below) if listener else None
        self.http_listener_id = self._http(name, listener, args, below) if listener and "http_port" in args else None
        if listener and args.get("allow_from"):
            self._restrict(name, args["allow_from"], identity, self._first())
        self.additional_listener_ids = {
            key: self._beside(f"{name}/{key}", key, beside, args, below)
            for key, beside in sorted(args.get("additional_listeners", {}).items())
        }
        self.register_outputs({"id": self.id, "dns_name": self.dns_name})

    def _instance(self, name: str, args: LoadBalancerArgs, identity: Identity) -> None:
        if "load_balancer_id" in args:
            self.id, self.dns_name = pulumi.Output.from_input(args["load_balancer_id"]), None
            return
        options = identity.child(self, "load-balancer")
        options.protect = identity.protect
        options.ignore_changes = [*(options.ignore_changes or ()), "zoneMappings"]
        zones = dict(sorted(args.get("vswitch_ids", {}).items(), key=lambda item: item[0]))
        instance = alb.LoadBalancer(
            f"{name}-instance",
            load_balancer_name=identity.name("load-balancer"),
            load_balancer_edition=args.get("edition", "Standard"),
            address_type=args.get("address_type", "Internet"),
            address_allocated_mode="Fixed",
            load_balancer_billing_config=alb.LoadBalancerLoadBalancerBillingConfigArgs(pay_type="PayAsYouGo"),
            vpc_id=args.get("vpc_id"),
            zone_mappings=[
                alb.LoadBalancerZoneMappingArgs(zone_id=zone, vswitch_id=vswitch) for zone, vswitch in zones.items()
            ],
            deletion_protection_enabled=args.get("deletion_protection", True),
            modification_protection_config=_modification_protection(args.get("modification_protection")),
            bandwidth_package_id=args.get("bandwidth_package_id") or None,
            access_log_config=_access_log(args.get("access_log")),
            resource_group_id=args.get("resource_group_id") or None,
            tags=identity.tags,
            opts=options,
        )
        LoadBalancerZones(
            f"{name}-zones", load_balancer_id=instance.id, zones=zones, opts=pulumi.ResourceOptions(parent=self)
        )
        self.id, self.dns_name = instance.id, instance.dns_name

    def _join(self, name: str, args: LoadBalancerArgs, identity: Identity) -> list[pulumi.Resource]:
        """Puts the instance into its security groups, before any listener answers.

        One after the other, and out of them likewise: ALB refuses a second call while the first is at work, and the
        provider does not try again (upstream issue 9282). So each waits for all before it, whichever of them go.
        """
        joined: list[pulumi.Resource] = []
        for key, group in sorted(args.get("security_groups", {}).items(), key=lambda item: item[0]):
            options = identity.child(self, "load-balancer-security-group", key)
            options.depends_on = [*joined]
            joined.append(
                alb.LoadBalancerSecurityGroupAttachment(
                    f"{name}-security-group-{key}",
                    load_balancer_id=self.id,
                    security_group_id=group,
                    opts=options,
                )
            )
        return joined

    def _https(
        self, name: str, listener: ListenerArgs, args: LoadBalancerArgs, opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        https = HttpsListener(
            f"{name}-https",
            {"load_balancer_id": self.id, "listener": listener, "identity": args.get("identity", {})},
            opts,
        )
        self._scripts["https"] = https.scripts
        return https.id

    def _http(
        self, name: str, listener: ListenerArgs, args: LoadBalancerArgs, opts: pulumi.ResourceOptions
    ) -> pulumi.Output[str]:
        beside: HttpListenerArgs = {
            "load_balancer_id": self.id,
            "server_group_id": listener["server_group_id"],
            "vpc_id": args.get("vpc_id"),
            "forwards": args.get("http_forwards", False),
            "port": args["http_port"],
            "https_port": listener.get("port", HTTPS_PORT),
            "idle_timeout": listener.get("idle_timeout", IDLE_TIMEOUT),
            "request_timeout": listener.get("request_timeout", REQUEST_TIMEOUT),
            "identity": args.get("identity", {}),
        }
        return HttpListener(f"{name}-http", beside, opts).id

    def _beside(
        self,
        name: str,
        key: str,
        beside: AdditionalListenerArgs,
        args: LoadBalancerArgs,
        opts: pulumi.ResourceOptions,
    ) -> pulumi.Output[str]:
        """A listener of its own access list; the slash keeps its resources' names from those of others."""
        identity = args.get("identity", {})
        made = HttpsListener(
            f"{name}/https",
            {"load_balancer_id": self.id, "listener": beside["listener"], "part": key, "identity": identity},
            opts,
        )
        self._scripts[f"https/{key}"] = made.scripts
        if beside.get("allow_from"):
            self._restrict(name, beside["allow_from"], Identity.of(identity), {f"https/{key}": made.id}, key)
        return made.id

    def _first(self) -> dict[str, pulumi.Output[str]]:
        """The HTTPS listener and the HTTP one, by the role of their access list."""
        found = {"https": self.https_listener_id, "http": self.http_listener_id}
        return {role: one for role, one in found.items() if one is not None}

    def _restrict(
        self,
        name: str,
        allow_from: Mapping[str, str],
        identity: Identity,
        listeners: Mapping[str, pulumi.Output[str]],
        *part: str,
    ) -> None:
        """Lets in only the listed networks, at these listeners, before any client certificate is asked for.

        Entries stand in the list itself, which the provider calls deprecated: as resources of their own they could
        be late or missing, and a white list without entries lets everybody in (ALB user guide, "Access control";
        the SDK's text says nobody).
        """
        acl = alb.Acl(
            f"{name}-allowed",
            acl_name=identity.name("acl", *part),
            acl_entries=[
                alb.AclAclEntryArgs(entry=cidr, description=description or None)
                for cidr, description in sorted(allow_from.items())
            ],
            opts=identity.child(self, "acl", *part),
        )
        for role, listener_id in listeners.items():
            options = identity.child(self, "listener-acl", role)
            options.depends_on = self._scripts.get(role)
            alb.ListenerAclAttachment(
                f"{name}-{role.partition('/')[0]}-allowed",
                acl_id=acl.id,
                acl_type="White",
                listener_id=listener_id,
                opts=options,
            )


def _modification_protection(
    said: ModificationProtectionArgs | None,
) -> alb.LoadBalancerModificationProtectionConfigArgs | None:
    if said is None:
        return None
    status = "ConsoleProtection" if said["enabled"] else "NonProtection"
    return alb.LoadBalancerModificationProtectionConfigArgs(status=status, reason=said.get("reason") or None)


def _access_log(log: AccessLogArgs | None) -> alb.LoadBalancerAccessLogConfigArgs | None:
    return alb.LoadBalancerAccessLogConfigArgs(log_project=log["project"], log_store=log["store"]) if log else None
