"""Listeners: create, read, update, start, stop, delete. What a listener may hold is checked in `listener_rules`."""

from typing import Any

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, listener_rules, load_balancers
from local.cloud.documents import Shown, among, being, new_id, public, require, token_page
from local.cloud.errors import gone, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.listener"
DEFAULT_POLICY = "tls_cipher_policy_1_0"
PROTOCOLS = ("HTTP", "HTTPS", "QUIC")
_CLIENT_HEADERS = ("ClientVerify", "Fingerprint", "IssuerDN", "SubjectDN")
_FORWARDED = (
    "XForwardedForEnabled", "XForwardedForProcessingMode", "XForwardedForHostEnabled", "XForwardedForProtoEnabled",
    "XForwardedForSLBIdEnabled", "XForwardedForSLBPortEnabled", "XForwardedForClientSrcPortEnabled",
    "XForwardedForClientSourceIpsEnabled", "XForwardedForClientSourceIpsTrusted",
    *(f"XForwardedForClientCert{of}{end}" for of in _CLIENT_HEADERS for end in ("Enabled", "Alias")),
)  # fmt: skip
"""Keys of XForwardedForConfig [SDK-ALB]."""
_FORWARDED_DEFAULTS = {"XForwardedForEnabled": True, "XForwardedForProcessingMode": "append"}


@action(ALB, "CreateListener", source="docs", writes=True)
def create_listener(call: Call) -> Response:
    """A listener on an active load balancer; Provisioning until it settles."""
    parameters = call.parameters
    balancer = load_balancers.find(call, parameters.required("LoadBalancerId"))
    if balancer["LoadBalancerStatus"] != "Active":
        raise refused("IncorrectBusinessStatus.LoadBalancer", "The business status of the load balancer is incorrect.")
    protocol = parameters.choice("ListenerProtocol", PROTOCOLS)
    document = {
        "ListenerId": new_id("lsn"),
        "LoadBalancerId": balancer["LoadBalancerId"],
        "ListenerProtocol": protocol,
        "ListenerPort": parameters.integer("ListenerPort", 1, 65535),
        "ListenerStatus": "Provisioning",
        "AclConfig": {"AclRelations": []},
        "AdditionalCertificates": [],
        "Tags": tagging.sent(parameters),
        **_defaults(protocol),
        **_settings(parameters),
    }
    listener_rules.check_port_free(call.store, document)
    listener_rules.check(call, document, balancer)
    return {"ListenerId": document["ListenerId"], **settle(call, document, "Provisioning", "Running")}


@action(ALB, "GetListenerAttribute", source="provider source")
def get_listener_attribute(call: Call) -> Response:
    """One listener; 404 when it is gone. Certificates holds the default one only (§10.19)."""
    return _shown(find(call, call.parameters.required("ListenerId")))


@action(ALB, "ListListeners", source="sdk model")
def list_listeners(call: Call) -> Response:
    """All listeners, or those of ids, load balancers, a protocol or tags. The list says nothing about certificates."""
    ids, balancers = call.parameters.texts("ListenerIds"), call.parameters.texts("LoadBalancerIds")
    wanted = [*among(ListenerId=ids, LoadBalancerId=balancers), *being(call.parameters, "ListenerProtocol")]
    found = call.store.where(KIND, *wanted, *tagging.having(tagging.sent(call.parameters)))
    return token_page(call.parameters, Shown(found, _listed), "Listeners")


def _listed(document: Document) -> Response:
    return {key: value for key, value in _shown(document).items() if key not in _NOT_LISTED}


_NOT_LISTED = frozenset({"CaEnabled", "CaCertificates", "Certificates", "AclConfig"})


@action(ALB, "UpdateListenerAttribute", source="provider source", writes=True)
def update_listener_attribute(call: Call) -> Response:
    """Change what was sent: an absent key means unchanged, so a CA list outlives CaEnabled=false (§7.8)."""
    document = changeable(call)
    document |= _settings(call.parameters)
    listener_rules.check(call, document, load_balancers.find(call, document["LoadBalancerId"]))
    return settle(call, document, "Configuring", _status_after(document))


@action(ALB, "UpdateListenerLogConfig", source="provider source", writes=True)
def update_listener_log_config(call: Call) -> Response:
    """Which customised headers and traces go into the access log."""
    document = changeable(call)
    config = document.get("LogConfig", {})
    name = "AccessLogRecordCustomizedHeadersEnabled"
    if call.parameters.text(name):
        config[name] = call.parameters.boolean(name)
    if "AccessLogTracingConfig" in call.parameters:
        config["AccessLogTracingConfig"] = _tracing(call.parameters.mapping("AccessLogTracingConfig"))
    return settle(call, {**document, "LogConfig": config}, "Configuring", _status_after(document))


@action(ALB, "StartListener", source="provider source", writes=True)
def start_listener(call: Call) -> Response:
    """Serve again."""
    return settle(call, changeable(call), "Configuring", "Running")


@action(ALB, "StopListener", source="provider source", writes=True)
def stop_listener(call: Call) -> Response:
    """Stop serving."""
    return settle(call, changeable(call), "Configuring", "Stopped")


@action(ALB, "DeleteListener", source="provider source", writes=True)
def delete_listener(call: Call) -> Response:
    """Remove a listener and its rules; the code while it is being changed is the one the provider repeats."""
    id = changeable(call, "ResourceInConfiguring.Listener")["ListenerId"]
    load_balancers.delete_listener(call, id)
    return {"JobId": jobs.begin(call, "listener", id)}


def find(call: Call, id: str) -> Document:
    """The listener, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.Listener", "listener"))


def changeable(call: Call, code: str = "IncorrectStatus.Listener") -> Document:
    """The listener of the call, which must not be in the middle of another change [certimate#1215]."""
    document = find(call, call.parameters.required("ListenerId"))
    if document["ListenerStatus"] in ("Provisioning", "Configuring"):
        raise refused(code, "The status of the listener is incorrect.")
    return document


def settle(call: Call, document: Document, now: str, then: str) -> Response:
    """Store a listener in the state `now` that becomes `then` in a moment; the job of it."""
    id = document["ListenerId"]
    call.store.put(KIND, id, {**document, "ListenerStatus": now, "StatusAfter": then})
    call.context.transitions.later(KIND, id, ListenerStatus=then)
    return {"JobId": jobs.begin(call, "listener", id)}


def reconfigure(call: Call, document: Document) -> Response:
    """Store a changed listener that goes back to where it was."""
    return settle(call, document, "Configuring", _status_after(document))


def _status_after(document: Document) -> str:
    return str(document.get("StatusAfter", "Running"))


def _defaults(protocol: str) -> Document:
    """What the service fills in (§7.8); none of it is an attribute the provider would see as drift."""
    secure = {"Http2Enabled": True, "SecurityPolicyId": DEFAULT_POLICY, "CaEnabled": False}
    return {
        "IdleTimeout": 15,
        "RequestTimeout": 60,
        "GzipEnabled": True,
        "XForwardedForConfig": dict(_FORWARDED_DEFAULTS),
        **(secure if protocol == "HTTPS" else {}),
    }


def _settings(parameters: Parameters) -> Document:
    """The settings in a call, typed; only those that were sent."""
    answer: Document = {}
    for name, longest in (("IdleTimeout", 600), ("RequestTimeout", 600)):
        if parameters.text(name):
            answer[name] = parameters.integer(name, 1, longest)
    for name in ("GzipEnabled", "Http2Enabled", "CaEnabled"):
        if parameters.text(name):
            answer[name] = parameters.boolean(name)
    for name in ("Certificates", "CaCertificates"):
        if name in parameters:
            answer[name] = [{"CertificateId": c.required("CertificateId")} for c in parameters.objects(name)]
    if "ListenerDescription" in parameters:
        answer["ListenerDescription"] = parameters.text("ListenerDescription")
    if parameters.text("SecurityPolicyId"):
        answer["SecurityPolicyId"] = parameters.text("SecurityPolicyId")
    return answer | _blocks(parameters)


def _blocks(parameters: Parameters) -> Document:
    answer: Document = {}
    if "DefaultActions" in parameters:
        answer["DefaultActions"] = [_default_action(item) for item in parameters.objects("DefaultActions")]
    if "XForwardedForConfig" in parameters:
        answer["XForwardedForConfig"] = _forwarded(parameters.mapping("XForwardedForConfig"))
    if "QuicConfig" in parameters:
        quic = parameters.mapping("QuicConfig")
        answer["QuicConfig"] = {"QuicUpgradeEnabled": quic.boolean("QuicUpgradeEnabled")}
        if quic.text("QuicListenerId"):
            answer["QuicConfig"]["QuicListenerId"] = quic.text("QuicListenerId")
    return answer


def _default_action(item: Parameters) -> Document:
    pairs = item.mapping("ForwardGroupConfig").objects("ServerGroupTuples")
    groups = [{"ServerGroupId": pair.required("ServerGroupId")} for pair in pairs]
    return {"Type": item.choice("Type", ("ForwardGroup",)), "ForwardGroupConfig": {"ServerGroupTuples": groups}}


def _forwarded(config: Parameters) -> Document:
    """A changed block comes whole, every flag and the aliases; it replaces what was there."""
    answer: dict[str, Any] = dict(_FORWARDED_DEFAULTS)
    for name in (name for name in _FORWARDED if name in config):
        answer[name] = config.boolean(name) if name.endswith("Enabled") else config.text(name)
    return answer


def _tracing(config: Parameters) -> Document:
    enabled = config.boolean("TracingEnabled")
    if not enabled:
        return {"TracingEnabled": False}
    return {
        "TracingEnabled": True,
        "TracingType": config.choice("TracingType", ("Zipkin", "OpenTelemetry"), "Zipkin"),
        "TracingSample": config.integer("TracingSample", 1, 10000, 10000),
    }


def _shown(document: Document) -> Response:
    forwarded = {name: False for name in _FORWARDED if name.endswith("Enabled")} | document["XForwardedForConfig"]
    shown = {"QuicConfig": {"QuicUpgradeEnabled": False}, **public(document, "AdditionalCertificates", "StatusAfter")}
    if "CaCertificates" in shown:
        shown["CaCertificates"] = [
            {**one, "IsDefault": True, "Status": "Associated"} for one in document["CaCertificates"]
        ]
    shown["LogConfig"] = {"AccessLogRecordCustomizedHeadersEnabled": False} | document.get("LogConfig", {})
    return {**shown, "XForwardedForConfig": forwarded}
