"""The HTTPS listener that demands a client certificate, and what hangs on it."""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.forwarding_rules import ForwardingRuleArgs, forwarding_rule
from mtlsedge_components.identity import Identity, IdentityArgs

HTTPS_PORT = 443
REQUEST_HEAD = "RequestHead"
"""Where ALB runs a script of which nothing is said: before the rules."""
TLS_POLICY = "tls_cipher_policy_1_2_strict_with_1_3"
IDLE_TIMEOUT = 15
REQUEST_TIMEOUT = 60
"""Seconds, as ALB's own defaults."""


class ClientCertificateHeadersArgs(TypedDict):
    """Names of the request headers that tell servers about the client's certificate. A fact without a name is not sent."""

    subject: NotRequired[str]
    """Header with the subject's distinguished name."""
    issuer: NotRequired[str]
    """Header with the issuer's distinguished name."""
    fingerprint: NotRequired[str]
    """Header with the fingerprint."""
    verification: NotRequired[str]
    """Header with the result of the verification."""


class ForwardedHeadersArgs(TypedDict):
    """Which request headers tell servers about the connection. What is not said is as its default."""

    enabled: NotRequired[bool]
    """The client's address, in `x-forwarded-for`. Default: yes."""
    processing_mode: NotRequired[str]
    """`append` keeps an `x-forwarded-for` that the client sent, `remove` drops it. Default: `append`."""
    proto_enabled: NotRequired[bool]
    """The listener's protocol, in `x-forwarded-proto`. Default: no."""
    host_enabled: NotRequired[bool]
    """The host asked for, in `x-forwarded-host`. Default: no."""
    slb_id_enabled: NotRequired[bool]
    """The load balancer's id, in `slb-id`. Default: no."""
    slb_port_enabled: NotRequired[bool]
    """The listener's port, in `x-forwarded-port`. Default: no."""
    client_src_port_enabled: NotRequired[bool]
    """The client's port, in `x-forwarded-client-srcport`. Default: no."""


class AccessLogTracingArgs(TypedDict):
    """Traces of requests, beside the access log of the load balancer."""

    enabled: bool
    """Whether requests are traced."""
    sample: NotRequired[int]
    """Requests of ten thousand that are traced, 1 to 10000. Default: ALB's."""
    type: NotRequired[str]
    """Kind of traces: `Zipkin`. Default: ALB's."""


class ScriptArgs(TypedDict):
    """A program that the load balancer runs on requests or answers (AScript)."""

    content: pulumi.Input[str]
    """Its text, in ALB's language."""
    position: NotRequired[str]
    """`RequestHead` (the default) before the rules, `RequestFoot` after them, `ResponseHead` before those about answers."""
    enabled: NotRequired[bool]
    """Whether it runs. Default: yes; ALB's own is no."""


class ListenerArgs(TypedDict):
    """What an HTTPS listener does. Rules and additional certificates decide which resources there are."""

    server_group_id: pulumi.Input[str]
    """Id of the server group that gets what no rule takes."""
    certificate_id: pulumi.Input[str]
    """Server certificate, `<CertId>-<suffix of the CAS site>`."""
    ca_certificate_id: pulumi.Input[str]
    """CA certificate that clients are verified with, as uploaded to Certificate Management Service."""
    additional_certificate_ids: NotRequired[dict[str, pulumi.Input[str]]]
    """Name -> server certificate that is chosen by SNI."""
    port: NotRequired[int]
    """1 to 65535. Default: 443."""
    tls_policy: NotRequired[str]
    """Name of the TLS security policy. Default: `tls_cipher_policy_1_2_strict_with_1_3`."""
    client_verification: NotRequired[bool]
    """Whether clients must show a certificate of the CA. Default: yes. Off, the CA stays on the listener."""
    client_certificate_headers: NotRequired[ClientCertificateHeadersArgs]
    """Headers that tell servers about the client's certificate. Default: none."""
    rules: NotRequired[dict[str, ForwardingRuleArgs]]
    """Forwarding rules by name."""
    scripts: NotRequired[dict[str, ScriptArgs]]
    """Scripts by name. What one does, no verdict of this project reads. Default: none."""
    idle_timeout: NotRequired[int]
    """Seconds that an idle connection stays open, 1 to 600. Default: 15."""
    request_timeout: NotRequired[int]
    """Seconds that a server may take to answer, 1 to 600. Default: 60."""
    gzip_enabled: NotRequired[bool]
    """Whether answers are compressed where the client takes it. Default: ALB's, which is yes."""
    http2_enabled: NotRequired[bool]
    """Whether clients may speak HTTP/2. Default: ALB's, which is yes."""
    forwarded_headers: NotRequired[ForwardedHeadersArgs]
    """Headers that tell servers about the connection."""
    access_log_tracing: NotRequired[AccessLogTracingArgs]
    """Traces beside the access log, which has to be on. Default: ALB's, which is none."""


class HttpsListenerArgs(TypedDict):
    """Where the listener stands, and what it does."""

    load_balancer_id: pulumi.Input[str]
    """Id of the ALB instance (`alb-…`)."""
    listener: ListenerArgs
    """What the listener does."""
    part: NotRequired[str]
    """What tells this listener from others of the load balancer, in names and ids of `identity`. Default: it is the only one."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class HttpsListener(pulumi.ComponentResource):
    """An HTTPS listener with mutual authentication, its SNI certificates and its forwarding rules.

    Verification is never switched off by leaving the CA out: the provider can replace the list but
    not remove it, so a removal would drift for ever. The list of one stays, and `ca_enabled` says
    whether it counts. QUIC is not offered, it has no client authentication.
    """

    id: pulumi.Output[str]
    """Id of the listener (`lsn-…`)."""

    def __init__(self, name: str, args: HttpsListenerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:HttpsListener", name, None, opts)
        listener, identity = args["listener"], Identity.of(args.get("identity"))
        self._waits_for = opts.depends_on if opts else None  # the engine lets a component wait, and not what is in it
        self._part = args.get("part", "")
        self.id = self._listener(name, args["load_balancer_id"], listener, identity)
        additional = listener.get("additional_certificate_ids", {})
        parts: list[pulumi.Resource] = [
            alb.ListenerAdditionalCertificateAttachment(
                f"{name}-certificate-{key}",
                listener_id=self.id,
                certificate_id=certificate_id,
                opts=identity.child(self, "additional-certificate", self._of(key)),
            )
            for key, certificate_id in sorted(additional.items(), key=lambda item: item[0])
        ]
        for key, rule in sorted(listener.get("rules", {}).items()):
            of_key, options = self._of(key), identity.child(self, "rule", self._of(key))
            parts += forwarding_rule(f"{name}-rule-{key}", self.id, identity.name("rule", of_key), rule, options)
        # For what else changes the listener. No output: an annotation would make it one.
        self.scripts = self._scripts(name, listener.get("scripts", {}), parts, identity)
        self.register_outputs({"id": self.id})

    def _of(self, key: str) -> str:
        """The last part of a role of this listener's: a slash, which no key holds, keeps it from another's."""
        return f"{self._part}/{key}" if self._part else key

    def _role(self) -> tuple[str, ...]:
        return ("listener", self._part) if self._part else ("listener",)

    def _listener(
        self, name: str, load_balancer_id: pulumi.Input[str], listener: ListenerArgs, identity: Identity
    ) -> pulumi.Output[str]:
        return alb.Listener(
            f"{name}-listener",
            load_balancer_id=load_balancer_id,
            listener_protocol="HTTPS",
            listener_port=listener.get("port", HTTPS_PORT),
            listener_description=identity.name(*self._role()),
            security_policy_id=listener.get("tls_policy", TLS_POLICY),
            certificates=alb.ListenerCertificatesArgs(certificate_id=listener["certificate_id"]),
            ca_enabled=listener.get("client_verification", True),
            ca_certificates=[alb.ListenerCaCertificateArgs(certificate_id=listener["ca_certificate_id"])],
            default_actions=[forward_to(listener["server_group_id"])],
            x_forwarded_for_config=forwarded_headers(
                listener.get("client_certificate_headers", {}), listener.get("forwarded_headers", {})
            ),
            idle_timeout=listener.get("idle_timeout", IDLE_TIMEOUT),
            request_timeout=listener.get("request_timeout", REQUEST_TIMEOUT),
            gzip_enabled=listener.get("gzip_enabled"),
            http2_enabled=listener.get("http2_enabled"),
            access_log_tracing_config=tracing(listener.get("access_log_tracing")),
            tags=identity.tags,
            opts=self._options(listener, identity),
        ).id

    def _options(self, listener: ListenerArgs, identity: Identity) -> pulumi.ResourceOptions:
        """An adopted listener keeps the headers it has, but for those that are said."""
        options = identity.child(self, *self._role())
        options.depends_on = self._waits_for
        said = {f"xForwardedForConfig.xForwardedFor{_pascal(key)}" for key in listener.get("forwarded_headers", {})}
        if options.ignore_changes and said:
            options.ignore_changes = [one for one in options.ignore_changes if one not in said]
        return options

    def _scripts(
        self, name: str, scripts: Mapping[str, ScriptArgs], parts: list[pulumi.Resource], identity: Identity
    ) -> list[pulumi.Resource]:
        """One after the other, and after all else: the provider does not try a script again while its listener is being changed."""
        made: list[pulumi.Resource] = []
        for key, script in sorted(scripts.items()):
            options = identity.child(self, "script", self._of(key))
            options.depends_on = [*parts, *made]
            made.append(
                alb.AScript(
                    f"{name}-script-{key}",
                    listener_id=self.id,
                    ascript_name=identity.name("script", self._of(key)),
                    position=script.get("position", REQUEST_HEAD),
                    script_content=script["content"],
                    enabled=script.get("enabled", True),
                    opts=options,
                )
            )
        return made


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


def tracing(said: AccessLogTracingArgs | None) -> alb.ListenerAccessLogTracingConfigArgs | None:
    """Sample and type are sent only where traces are on: ALB does not keep them beside a switch that is off."""
    if said is None or not said["enabled"]:
        return None if said is None else alb.ListenerAccessLogTracingConfigArgs(tracing_enabled=False)
    return alb.ListenerAccessLogTracingConfigArgs(
        tracing_enabled=True, tracing_sample=said.get("sample"), tracing_type=said.get("type")
    )


def _pascal(key: str) -> str:
    """`slb_id_enabled` is `SlbIdEnabled` in the provider's names."""
    return "".join(part.capitalize() for part in key.split("_"))


def forwarded_headers(
    headers: ClientCertificateHeadersArgs, others: ForwardedHeadersArgs
) -> alb.ListenerXForwardedForConfigArgs:
    """Every flag is said, the false ones too: the block is sent whole, and ALB must echo what was sent."""
    return alb.ListenerXForwardedForConfigArgs(
        x_forwarded_for_client_cert_subject_dn_enabled=bool(headers.get("subject")),
        x_forwarded_for_client_cert_subject_dn_alias=headers.get("subject") or None,
        x_forwarded_for_client_cert_issuer_dn_enabled=bool(headers.get("issuer")),
        x_forwarded_for_client_cert_issuer_dn_alias=headers.get("issuer") or None,
        x_forwarded_for_client_cert_finger_print_enabled=bool(headers.get("fingerprint")),
        x_forwarded_for_client_cert_finger_print_alias=headers.get("fingerprint") or None,
        x_forwarded_for_client_cert_client_verify_enabled=bool(headers.get("verification")),
        x_forwarded_for_client_cert_client_verify_alias=headers.get("verification") or None,
        x_forwarded_for_enabled=others.get("enabled", True),
        x_forwarded_for_processing_mode=others.get("processing_mode", "append"),
        x_forwarded_for_proto_enabled=others.get("proto_enabled", False),
        x_forwarded_for_host_enabled=others.get("host_enabled", False),
        x_forwarded_for_slb_id_enabled=others.get("slb_id_enabled", False),
        x_forwarded_for_slb_port_enabled=others.get("slb_port_enabled", False),
        x_forwarded_for_client_src_port_enabled=others.get("client_src_port_enabled", False),
        x_forwarded_for_client_source_ips_enabled=False,
    )
