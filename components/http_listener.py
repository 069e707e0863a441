"""The plain-HTTP listener beside the HTTPS one: it sends visitors there, and serves nothing itself."""

from typing import TypedDict

import pulumi
from pulumi_alicloud import alb

from components.https_listener import forward_to
from components.identity import Identity
from components.settings.model import Listener


class HttpListenerArgs(TypedDict):
    """`listener` is plain; ids only flow through."""

    load_balancer_id: pulumi.Input[str]
    listener: Listener
    vpc_id: pulumi.Input[str] | None
    """Where the empty server group stands."""
    content: pulumi.Output[str]
    """The group behind mutual TLS."""
    forwards: bool
    """Whether the listener serves that group, only by the long-named setting that allows it; else it redirects."""
    identity: Identity


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

    def __init__(self, name: str, args: HttpListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:HttpListener", name, None, opts)
        self.id = self._listener(name, args)
        if not args["forwards"]:
            self._redirect(name, args)
        self.register_outputs({"id": self.id})

    def _empty_group(self, name: str, args: HttpListenerArgs) -> pulumi.Output[str]:
        identity = args["identity"]
        return alb.ServerGroup(
            f"{name}-deny",
            server_group_name=identity.name("deny-group"),
            server_group_type="Ip",
            protocol="HTTP",
            vpc_id=args["vpc_id"],
            health_check_config=alb.ServerGroupHealthCheckConfigArgs(health_check_enabled=False),
            sticky_session_config=alb.ServerGroupStickySessionConfigArgs(sticky_session_enabled=False),
            tags=identity.tags,
            opts=identity.child(self, "deny-group"),
        ).id

    def _listener(self, name: str, args: HttpListenerArgs) -> pulumi.Output[str]:
        listener, identity = args["listener"], args["identity"]
        options = identity.child(self, "http-listener")
        is_kept = bool(identity.adopted("http-listener")) and not identity.adopted("deny-group")
        if is_kept and not args["forwards"]:
            options.ignore_changes = [*(options.ignore_changes or ()), "defaultActions"]
        group_id = args["content"] if is_kept or args["forwards"] else self._empty_group(name, args)
        return alb.Listener(
            f"{name}-listener",
            load_balancer_id=args["load_balancer_id"],
            listener_protocol="HTTP",
            listener_port=listener.http_port,
            listener_description=identity.name("http-listener"),
            default_actions=[forward_to(group_id)],
            idle_timeout=listener.idle_timeout,
            request_timeout=listener.request_timeout,
            tags=identity.tags,
            opts=options,
        ).id

    def _redirect(self, name: str, args: HttpListenerArgs) -> None:
        identity = args["identity"]
        alb.Rule(
            f"{name}-redirect",
            listener_id=self.id,
            rule_name=identity.name("redirect-rule"),
            priority=1,
            rule_conditions=[
                alb.RuleRuleConditionArgs(type="Path", path_config=alb.RuleRuleConditionPathConfigArgs(values=["/*"]))
            ],
            rule_actions=[
                alb.RuleRuleActionArgs(order=1, type="Redirect", redirect_config=redirect_to(args["listener"].port))
            ],
            opts=identity.child(self, "redirect-rule"),
        )


def redirect_to(port: int) -> alb.RuleRuleActionRedirectConfigArgs:
    """The same address over HTTPS. Every field is said, so that nothing the cloud fills in is drift."""
    return alb.RuleRuleActionRedirectConfigArgs(
        protocol="HTTPS", host="${host}", port=str(port), path="${path}", query="${query}", http_code="301"
    )
