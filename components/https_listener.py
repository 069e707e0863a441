"""The HTTPS listener that demands a client certificate, and what hangs on it."""

from typing import TypedDict

import pulumi
from pulumi_alicloud import alb

from components.identity import Identity
from components.settings.model import ClientCertificateHeaders, ForwardingRule, Listener


class HttpsListenerArgs(TypedDict):
    """`listener` is plain, its rules decide what exists; ids and identifiers only flow through."""

    load_balancer_id: pulumi.Input[str]
    listener: Listener
    server_groups: dict[str, pulumi.Output[str]]
    ca_identifier: pulumi.Input[str]
    certificate_identifier: pulumi.Input[str]
    additional_certificates: dict[str, pulumi.Output[str]]
    identity: Identity


class HttpsListener(pulumi.ComponentResource):
    """An HTTPS listener with mutual authentication, its SNI certificates and its forwarding rules.

    Verification is never switched off by leaving the CA out: the provider can replace the list but
    not remove it, so a removal would drift for ever. The list of one stays, and `ca_enabled` says
    whether it counts. QUIC is not offered, it has no client authentication.
    """

    id: pulumi.Output[str]

    def __init__(self, name: str, args: HttpsListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:HttpsListener", name, None, opts)
        self.id = self._listener(name, args)
        for key, identifier in sorted(args["additional_certificates"].items(), key=lambda item: item[0]):
            alb.ListenerAdditionalCertificateAttachment(
                f"{name}-certificate-{key}",
                listener_id=self.id,
                certificate_id=identifier,
                opts=args["identity"].child(self, "additional-certificate", key),
            )
        for _, rule in sorted(args["listener"].rules.items()):
            self._rule(f"{name}-rule-{rule.name}", rule, args)
        self.register_outputs({"id": self.id})

    def _listener(self, name: str, args: HttpsListenerArgs) -> pulumi.Output[str]:
        listener, identity = args["listener"], args["identity"]
        return alb.Listener(
            f"{name}-listener",
            load_balancer_id=args["load_balancer_id"],
            listener_protocol="HTTPS",
            listener_port=listener.port,
            listener_description=identity.name("listener"),
            security_policy_id=listener.tls_policy,
            certificates=alb.ListenerCertificatesArgs(certificate_id=args["certificate_identifier"]),
            ca_enabled=not listener.client_verification_off_for_migration,
            ca_certificates=[alb.ListenerCaCertificateArgs(certificate_id=args["ca_identifier"])],
            default_actions=[forward_to(args["server_groups"][listener.default])],
            x_forwarded_for_config=forwarded_headers(listener.forward_client_certificate),
            idle_timeout=listener.idle_timeout,
            request_timeout=listener.request_timeout,
            tags=identity.tags,
            opts=identity.child(self, "listener"),
        ).id

    def _rule(self, name: str, rule: ForwardingRule, args: HttpsListenerArgs) -> None:
        identity = args["identity"]
        alb.Rule(
            name,
            listener_id=self.id,
            rule_name=identity.name("rule", rule.name),
            priority=rule.priority,
            rule_conditions=conditions(rule),
            rule_actions=[
                alb.RuleRuleActionArgs(
                    order=1,
                    type="ForwardGroup",
                    forward_group_config=alb.RuleRuleActionForwardGroupConfigArgs(
                        server_group_tuples=[
                            alb.RuleRuleActionForwardGroupConfigServerGroupTupleArgs(
                                server_group_id=args["server_groups"][rule.server_group], weight=100
                            )
                        ]
                    ),
                )
            ],
            opts=identity.child(self, "rule", rule.name),
        )


def forward_to(server_group_id: pulumi.Input[str]) -> alb.ListenerDefaultActionArgs:
    """The one kind of default action ALB has: forward to a server group."""
    return alb.ListenerDefaultActionArgs(
        type="ForwardGroup",
        forward_group_config=alb.ListenerDefaultActionForwardGroupConfigArgs(
            server_group_tuples=[
                alb.ListenerDefaultActionForwardGroupConfigServerGroupTupleArgs(server_group_id=server_group_id)
            ]
        ),
    )


def conditions(rule: ForwardingRule) -> list[alb.RuleRuleConditionArgs]:
    """A request has to meet all conditions; within one, any of its values."""
    found = []
    if rule.hosts:
        hosts = alb.RuleRuleConditionHostConfigArgs(values=sorted(rule.hosts))
        found.append(alb.RuleRuleConditionArgs(type="Host", host_config=hosts))
    if rule.paths:
        paths = alb.RuleRuleConditionPathConfigArgs(values=sorted(rule.paths))
        found.append(alb.RuleRuleConditionArgs(type="Path", path_config=paths))
    return found


def forwarded_headers(headers: ClientCertificateHeaders) -> alb.ListenerXForwardedForConfigArgs:
    """Every flag is said, the false ones too: the block is sent whole, and ALB must echo what was sent."""
    return alb.ListenerXForwardedForConfigArgs(
        x_forwarded_for_client_cert_subject_dn_enabled=bool(headers.subject),
        x_forwarded_for_client_cert_subject_dn_alias=headers.subject or None,
        x_forwarded_for_client_cert_issuer_dn_enabled=bool(headers.issuer),
        x_forwarded_for_client_cert_issuer_dn_alias=headers.issuer or None,
        x_forwarded_for_client_cert_finger_print_enabled=bool(headers.fingerprint),
        x_forwarded_for_client_cert_finger_print_alias=headers.fingerprint or None,
        x_forwarded_for_client_cert_client_verify_enabled=bool(headers.verification),
        x_forwarded_for_client_cert_client_verify_alias=headers.verification or None,
        x_forwarded_for_enabled=True,
        x_forwarded_for_processing_mode="append",
        x_forwarded_for_proto_enabled=False,
        x_forwarded_for_host_enabled=False,
        x_forwarded_for_slb_id_enabled=False,
        x_forwarded_for_slb_port_enabled=False,
        x_forwarded_for_client_src_port_enabled=False,
        x_forwarded_for_client_source_ips_enabled=False,
    )
