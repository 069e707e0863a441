"""The plain-HTTP listener beside the HTTPS one: it sends visitors there, and serves nothing itself."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.https_listener import HTTPS_PORT, IDLE_TIMEOUT, REQUEST_TIMEOUT, forward_to
from mtlsedge_components.identity import Identity, IdentityArgs

HTTP_PORT = 80


class HttpListenerArgs(TypedDict):
    """Where the listener stands, and where it sends visitors; ids only flow through."""

    load_balancer_id: pulumi.Input[str]
    """Id of the ALB instance (`alb-…`)."""
    server_group_id: pulumi.Input[str]
    """Id of the server group behind mutual TLS. It is served here only with `forwards`."""
    vpc_id: NotRequired[pulumi.Input[str] | None]
    """The VPC in which the empty server group stands. Needed without `forwards`."""
    forwards: NotRequired[bool]
    """Whether plain HTTP reaches `server_group_id`, past mutual TLS. Default: no, it is redirected."""
    port: NotRequired[int]
    """1 to 65535. Default: 80."""
    https_port: NotRequired[int]
    """Port of the HTTPS listener, where visitors are sent. Default: 443."""
    idle_timeout: NotRequired[int]
    """Seconds that an idle connection stays open, 1 to 600. Default: 15."""
    request_timeout: NotRequired[int]
    """Seconds that a server may take to answer, 1 to 600. Default: 60."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class HttpListener(pulumi.ComponentResource):
    """An HTTP listener that answers every request with a redirect to the HTTPS listener.

    ALB wants a server group as default action and knows redirects only as rules, so between the
    creation of the listener and that of its rule (and whenever somebody deletes the rule) the default
    action is what visitors get. Were it the group with the content, port 80 would for that moment serve
    it past mutual TLS. Hence the default is a group of our own with no server in it: what the rule
    does not redirect, nobody answers.

    A listener adopted without such a group keeps the default action it was found with, until it is taken out of
    `adopt`.
    """

    id: pulumi.Output[str]
    """Id of the listener (`lsn-…`)."""

    def __init__(self, name: str, args: HttpListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:HttpListener", name, None, opts)
        self._identity = Identity.of(args.get("identity"))
        self._waits_for = opts.depends_on if opts else None  # the engine lets a component wait, and not what is in it
        self.id = self._listener(name, args)
        if not args.get("forwards"):
            self._redirect(name, args.get("https_port", HTTPS_PORT))
        self.register_outputs({"id": self.id})

    def _empty_group(self, name: str, vpc_id: pulumi.Input[str] | None) -> pulumi.Output[str]:
        return alb.ServerGroup(
            f"{name}-deny",
            server_group_name=self._identity.name("deny-group"),
            server_group_type="Ip",
            protocol="HTTP",
            vpc_id=vpc_id,
            health_check_config=alb.ServerGroupHealthCheckConfigArgs(health_check_enabled=False),
            sticky_session_config=alb.ServerGroupStickySessionConfigArgs(sticky_session_enabled=False),
            tags=self._identity.tags,
            opts=self._identity.child(self, "deny-group"),
        ).id

    def _listener(self, name: str, args: HttpListenerArgs) -> pulumi.Output[str]:
        identity, forwards = self._identity, args.get("forwards", False)
        options = identity.child(self, "http-listener")
        options.depends_on = self._waits_for
        is_kept = bool(identity.adopted("http-listener")) and not identity.adopted("deny-group")
        if is_kept and not forwards:
            options.ignore_changes = [*(options.ignore_changes or ()), "defaultActions"]
        group_id = args["server_group_id"] if is_kept or forwards else self._empty_group(name, args.get("vpc_id"))
        return alb.Listener(
            f"{name}-listener",
            load_balancer_id=args["load_balancer_id"],
            listener_protocol="HTTP",
            listener_port=args.get("port", HTTP_PORT),
            listener_description=identity.name("http-listener"),
            default_actions=[forward_to(group_id)],
            idle_timeout=args.get("idle_timeout", IDLE_TIMEOUT),
            request_timeout=args.get("request_timeout", REQUEST_TIMEOUT),
            tags=identity.tags,
            opts=options,
        ).id

    def _redirect(self, name: str, https_port: int) -> None:
        alb.Rule(
            f"{name}-redirect",
            listener_id=self.id,
            rule_name=self._identity.name("redirect-rule"),
            priority=1,
            rule_conditions=[
                alb.RuleRuleConditionArgs(type="Path", path_config=alb.RuleRuleConditionPathConfigArgs(values=["/*"]))
            ],
            rule_actions=[alb.RuleRuleActionArgs(order=1, type="Redirect", redirect_config=redirect_to(https_port))],
            opts=self._identity.child(self, "redirect-rule"),
        )


def redirect_to(port: int) -> alb.RuleRuleActionRedirectConfigArgs:
    """The same address over HTTPS. Every field is said, so that nothing the cloud fills in is drift."""
    return alb.RuleRuleActionRedirectConfigArgs(
        protocol="HTTPS", host="${host}", port=str(port), path="${path}", query="${query}", http_code="301"
    )
