"""The HTTPS listener that demands a client certificate, and what hangs on it."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict, cast

import pulumi
from pulumi_alicloud import alb

from mtlsedge_components.dynamic import RuleActions
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.reading.declared import camel

HTTPS_PORT = 443
REQUEST_HEAD = "RequestHead"
"""Where ALB runs a script of which nothing is said: before the rules."""
SENT_WRONGLY = ("RemoveHeader", "TrafficLimit")
"""Actions that a rule is made without, and gets at once from `RuleActions`: the provider 3.105.0 leaves out the header's name,
and sends a limit of 0 where there is none."""
TLS_POLICY = "tls_cipher_policy_1_2_strict_with_1_3"
IDLE_TIMEOUT = 15
REQUEST_TIMEOUT = 60
"""Seconds, as ALB's own defaults."""


class RedirectArgs(TypedDict):
    """Where a client is sent, over HTTPS. `${host}`, `${path}` and `${query}`, the defaults, stand for what it asked."""

    host: NotRequired[str]
    """Host name."""
    path: NotRequired[str]
    """Path, which begins with `/` or `${path}`."""
    query: NotRequired[str]
    """Query, without the question mark."""
    port: NotRequired[int]
    """Port. Default: the listener's."""
    code: NotRequired[int]
    """301 (the default), 302, 303, 307 or 308."""


class FixedResponseArgs(TypedDict):
    """An answer of the load balancer itself."""

    code: int
    """HTTP status, 2xx, 4xx or 5xx."""
    content: NotRequired[str]
    """Its text, at most 1,024 bytes. Default: none."""
    content_type: NotRequired[str]
    """text/plain (the default), text/css, text/html, application/javascript or application/json."""


class TrafficLimitArgs(TypedDict):
    """How many requests a second a rule lets through; more are answered with HTTP 503."""

    qps: NotRequired[int]
    """Of all clients, 1 to 100000. Default: no limit."""
    per_ip_qps: NotRequired[int]
    """Of one address, fewer than `qps`. Default: no limit."""


class CorsArgs(TypedDict):
    """What browsers let pages of other sites do with the answers."""

    allow_origins: list[str]
    """Sites such as `https://www.example.com`; the first label may be `*`. Or `*` alone."""
    allow_methods: NotRequired[list[str]]
    """Methods they may use. Default: ALB's."""
    allow_headers: NotRequired[list[str]]
    """Request headers they may send. Default: ALB's."""
    expose_headers: NotRequired[list[str]]
    """Headers of answers they may read. Default: ALB's."""
    allow_credentials: NotRequired[bool]
    """Whether browsers show certificates and cookies for them. Default: no."""
    max_age: NotRequired[int]
    """Seconds that a browser keeps the permission, -1 (not at all, the default) to 172800."""


class RewriteArgs(TypedDict):
    """What servers are asked for instead. `${host}`, `${path}` and `${query}`, the defaults, stand for what the client asked."""

    host: NotRequired[str]
    """Host name."""
    path: NotRequired[str]
    """Path, which begins with `/` or `${path}`."""
    query: NotRequired[str]
    """Query, without the question mark."""


class InsertedHeaderArgs(TypedDict):
    """A request header that servers get, in place of what the client sent."""

    value: str
    """The text, or the name that `value_type` asks for."""
    value_type: NotRequired[str]
    """UserDefined (the default); ReferenceHeader: `value` names another request header; SystemDefined: `value` is ClientSrcPort,
    ClientSrcIp, Protocol, SLBId or SLBPort.
    """


class WeightedGroupArgs(TypedDict):
    """A server group that gets a share of the requests."""

    server_group_id: pulumi.Input[str]
    """Its id."""
    weight: int
    """Its share beside the other groups' weights, 0 to 100."""


class ForwardingRuleArgs(TypedDict):
    """What becomes of requests that meet all of its conditions. At least one condition is said, and one action."""

    server_group_id: NotRequired[pulumi.Input[str]]
    """Id of the server group that they go to."""
    server_groups: NotRequired[list[WeightedGroupArgs]]
    """Server groups that share them, 2 to 5."""
    traffic_limit: NotRequired[TrafficLimitArgs]
    """How many requests a second are let through. Default: all."""
    cors: NotRequired[CorsArgs]
    """What browsers let pages of other sites do with the answers. Default: what the servers say."""
    rewrite: NotRequired[RewriteArgs]
    """What servers are asked for instead. Default: what the client asked."""
    insert_headers: NotRequired[dict[str, InsertedHeaderArgs]]
    """Header name -> what servers get as that request header."""
    remove_headers: NotRequired[list[str]]
    """Request headers that servers do not get."""
    redirect: NotRequired[RedirectArgs]
    """Where clients are sent instead."""
    fixed_response: NotRequired[FixedResponseArgs]
    """What the load balancer answers instead."""
    priority: int
    """1 to 10000; the rule with the lower number is asked first."""
    hosts: NotRequired[list[str]]
    """Host names of the request, any of them."""
    paths: NotRequired[list[str]]
    """Paths of the request, any of them; `*` stands for any text."""
    methods: NotRequired[list[str]]
    """Methods of the request, any of them, such as `POST`."""
    headers: NotRequired[dict[str, list[str]]]
    """Header name -> values: the request has each of the headers, with any of its values; `*` stands for any text."""
    cookies: NotRequired[dict[str, list[str]]]
    """Cookie name -> values: the request has one of the cookies, with any of its values."""
    query: NotRequired[dict[str, list[str]]]
    """Query parameter -> values: the request has one of the parameters, with any of its values."""
    source_ips: NotRequired[list[str]]
    """The client's address, in any of these CIDR blocks."""


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
            parts += self._rule(f"{name}-rule-{key}", key, rule, identity)
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

    def _rule(self, name: str, key: str, rule: ForwardingRuleArgs, identity: Identity) -> list[pulumi.Resource]:
        actions, options = _actions(rule), identity.child(self, "rule", self._of(key))
        options.ignore_changes = [*(options.ignore_changes or ()), "ruleActions"]
        made = alb.Rule(
            name,
            listener_id=self.id,
            rule_name=identity.name("rule", self._of(key)),
            priority=rule["priority"],
            rule_conditions=conditions(rule),
            rule_actions=[
                cast("alb.RuleRuleActionArgsDict", one) for one in actions if one["type"] not in SENT_WRONGLY
            ],
            opts=options,
        )
        compared = RuleActions(
            f"{name}-actions",
            rule_id=made.id,
            actions=[_in_camel_case(one) for one in actions],
            opts=pulumi.ResourceOptions(parent=self),
        )
        return [made, compared]


def _actions(rule: ForwardingRuleArgs) -> list[dict[str, Any]]:
    """What a rule does, in the names of the provider's arguments; what ends it comes last.

    Every field is said: what ALB fills in is no difference.
    """
    found: list[dict[str, Any]] = []
    if limit := rule.get("traffic_limit"):
        said = {key: limit.get(key) for key in ("qps", "per_ip_qps") if limit.get(key)}
        found.append({"type": "TrafficLimit", "traffic_limit_config": said})
    if cors := rule.get("cors"):
        found.append({"type": "Cors", "cors_config": _cors(cors)})
    if rewrite := rule.get("rewrite"):
        config = {key: rewrite.get(key, f"${{{key}}}") for key in ("host", "path", "query")}
        found.append({"type": "Rewrite", "rewrite_config": config})
    for name, header in sorted(rule.get("insert_headers", {}).items()):
        inserted = {"key": name, "value": header["value"], "value_type": header.get("value_type", "UserDefined")}
        found.append({"type": "InsertHeader", "insert_header_config": inserted})
    removed = [
        {"type": "RemoveHeader", "remove_header_config": {"key": key}} for key in sorted(rule.get("remove_headers", []))
    ]
    return [{"order": order, **one} for order, one in enumerate([*found, *removed, _end(rule)], 1)]


def _cors(said: CorsArgs) -> dict[str, Any]:
    """Lists that are empty are not said: no call can say them."""
    lists = {"allow_origins": said["allow_origins"], "allow_methods": said.get("allow_methods", []),
             "allow_headers": said.get("allow_headers", []), "expose_headers": said.get("expose_headers", [])}  # fmt: skip
    return {
        **{key: list(values) for key, values in lists.items() if values},
        "allow_credentials": "on" if said.get("allow_credentials") else "off",
        "max_age": said.get("max_age", -1),
    }


def _end(rule: ForwardingRuleArgs) -> dict[str, Any]:
    if redirect := rule.get("redirect"):
        config = {
            "protocol": "HTTPS", "host": redirect.get("host", "${host}"), "path": redirect.get("path", "${path}"),
            "query": redirect.get("query", "${query}"), "port": _port(redirect), "http_code": str(redirect.get("code", 301)),
        }  # fmt: skip
        return {"type": "Redirect", "redirect_config": config}
    if answer := rule.get("fixed_response"):
        fixed = {
            "http_code": str(answer["code"]), "content": answer.get("content", ""),
            "content_type": answer.get("content_type", "text/plain"),
        }  # fmt: skip
        return {"type": "FixedResponse", "fixed_response_config": fixed}
    groups = rule.get("server_groups") or [{"server_group_id": rule["server_group_id"], "weight": 100}]
    return {"type": "ForwardGroup", "forward_group_config": {"server_group_tuples": groups}}


def _in_camel_case(value: Any) -> Any:
    """The same with the keys of a declaration, `redirectConfig` for `redirect_config`, at every depth."""
    if isinstance(value, dict):
        return {camel(key): _in_camel_case(item) for key, item in value.items()}
    return [_in_camel_case(item) for item in value] if isinstance(value, list) else value


def _port(redirect: RedirectArgs) -> str:
    return str(redirect["port"]) if redirect.get("port") else "${port}"


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


def conditions(rule: ForwardingRuleArgs) -> list[alb.RuleRuleConditionArgs]:
    """A request has to meet all conditions; within one, any of its values."""
    found = []
    if rule.get("hosts"):
        hosts = alb.RuleRuleConditionHostConfigArgs(values=sorted(rule["hosts"]))
        found.append(alb.RuleRuleConditionArgs(type="Host", host_config=hosts))
    if rule.get("paths"):
        paths = alb.RuleRuleConditionPathConfigArgs(values=sorted(rule["paths"]))
        found.append(alb.RuleRuleConditionArgs(type="Path", path_config=paths))
    if rule.get("methods"):
        methods = alb.RuleRuleConditionMethodConfigArgs(values=sorted(rule["methods"]))
        found.append(alb.RuleRuleConditionArgs(type="Method", method_config=methods))
    for key, values in sorted(rule.get("headers", {}).items()):
        header = alb.RuleRuleConditionHeaderConfigArgs(key=key, values=sorted(values))
        found.append(alb.RuleRuleConditionArgs(type="Header", header_config=header))
    if rule.get("cookies"):
        cookies = [alb.RuleRuleConditionCookieConfigValueArgs(**pair) for pair in _pairs(rule["cookies"])]
        config = alb.RuleRuleConditionCookieConfigArgs(values=cookies)
        found.append(alb.RuleRuleConditionArgs(type="Cookie", cookie_config=config))
    if rule.get("query"):
        query = [alb.RuleRuleConditionQueryStringConfigValueArgs(**pair) for pair in _pairs(rule["query"])]
        string = alb.RuleRuleConditionQueryStringConfigArgs(values=query)
        found.append(alb.RuleRuleConditionArgs(type="QueryString", query_string_config=string))
    if rule.get("source_ips"):
        networks = alb.RuleRuleConditionSourceIpConfigArgs(values=sorted(rule["source_ips"]))
        found.append(alb.RuleRuleConditionArgs(type="SourceIp", source_ip_config=networks))
    return found


def _pairs(named: Mapping[str, list[str]]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, values in sorted(named.items()) for value in sorted(values)]


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
