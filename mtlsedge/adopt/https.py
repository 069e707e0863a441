"""The HTTPS listener: its settings, its certificates, its CA and its rules."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from cryptography import x509

from mtlsedge.adopt.account import Found, Listener
from mtlsedge.adopt.draft import Document, Draft, key_for, without
from mtlsedge.adopt.groups import add_group
from mtlsedge_components import forms
from mtlsedge_components.alb_limits import POLICIES, POLICIES_BELOW_12
from mtlsedge_components.forms import pattern
from mtlsedge_components.reading.nodes import Form
from settings.listener import ACCEPT_OLD_TLS, OFF_FOR_MIGRATION
from settings.model import Listener as Defaults
from settings.rules import CONTENT_TYPES, InsertedHeader, Redirect

HEADERS = {"SubjectDN": "subject", "IssuerDN": "issuer", "Fingerprint": "fingerprint", "ClientVerify": "verification"}
PREFIX = "XForwardedForClientCert"
OTHER_HEADERS = {
    "XForwardedForProtoEnabled": "X-Forwarded-Proto",
    "XForwardedForHostEnabled": "X-Forwarded-Host",
    "XForwardedForSLBIdEnabled": "SLB-ID",
    "XForwardedForSLBPortEnabled": "X-Forwarded-Port",
    "XForwardedForClientSrcPortEnabled": "X-Forwarded-Client-srcport",
    "XForwardedForClientSourceIpsEnabled": "the list of trusted proxies",
}
"""Headers that no setting speaks of: a flag in the API, and what it is called."""

PLAIN = {"Host": "hosts", "Path": "paths", "Method": "methods", "SourceIp": "sourceIps"}
PAIRED = {"Cookie": "cookies", "QueryString": "query"}
"""Conditions of a rule -> keys of a stack file; headers are a condition each."""
FORMS = {
    "hosts": (forms.RULE_HOST,), "paths": (forms.RULE_PATH,), "methods": (forms.RULE_METHOD,),
    "sourceIps": (forms.NETWORK,), "headers": (forms.RULE_HEADER, forms.RULE_HEADER_VALUE),
    "cookies": (forms.RULE_COOKIE, forms.RULE_COOKIE), "query": (forms.RULE_QUERY, forms.RULE_QUERY),
}  # fmt: skip
"""Form of a condition's texts; of a named one its name's, then its values'."""
ONE_ACTION = ("ForwardGroup", "Redirect", "FixedResponse")
BEFORE = ("TrafficLimit", "Cors", "Rewrite", "InsertHeader", "RemoveHeader")
"""Actions before one that forwards, in the order of `HttpsListener`."""
REDIRECT = {
    "Protocol": pattern("HTTPS", ""), "Host": forms.REDIRECT_HOST, "Path": forms.REDIRECT_PATH, "Query": forms.REDIRECT_QUERY,
    "Port": pattern(r"\$\{port\}|[0-9]{1,5}", ""), "HttpCode": pattern("30[12378]", ""),
}  # fmt: skip
ANSWER = {
    "HttpCode": pattern("[245][0-9]{2}", ""), "Content": forms.RESPONSE,
    "ContentType": pattern("|".join(CONTENT_TYPES), ""),
}  # fmt: skip
REWRITE = {"Host": forms.REDIRECT_HOST, "Path": forms.REDIRECT_PATH, "Query": forms.REWRITE_QUERY}
INSERTED = {
    "Key": forms.WRITTEN_HEADER, "Value": forms.WRITTEN_VALUE,
    "ValueType": pattern("UserDefined|ReferenceHeader|SystemDefined", ""),
}  # fmt: skip
FIELDS: dict[str, dict[str, Form]] = {
    "Redirect": REDIRECT, "FixedResponse": ANSWER, "Rewrite": REWRITE, "InsertHeader": INSERTED,
    "RemoveHeader": {"Key": forms.WRITTEN_HEADER}, "TrafficLimit": {},
    "Cors": {"AllowCredentials": pattern("on|off", ""), "MaxAge": pattern("-1|[0-9]{1,6}", "")},
}  # fmt: skip
"""Fields of an action that are taken over, all of them: one that is not said would be written by the first `up`."""


def add_https(draft: Draft, found: Found, listener: Listener) -> None:
    """Put the listener into the draft, with everything that only makes sense with it."""
    document = listener.document
    _refuse(draft, listener)
    _add_certificates(draft, found, listener)
    for authority in (document.get("CaCertificates") or [])[:1]:
        draft.settings["authority"] = {"identifier": authority["CertificateId"]}
    draft.take("listener", listener.id, str(document.get("ListenerDescription") or ""))
    draft.kept += [
        f"{listener.id}: the header {name}"
        for flag, name in OTHER_HEADERS.items()
        if (document.get("XForwardedForConfig") or {}).get(flag)
    ]
    draft.settings["listener"] = _settings(draft, found, listener)


def _settings(draft: Draft, found: Found, listener: Listener) -> dict[str, Any]:
    document, vpc_id = listener.document, str(found.balancer["VpcId"])
    said: dict[str, Any] = {"port": listener.port, "tlsPolicy": document.get("SecurityPolicyId")}
    if said["tlsPolicy"] in POLICIES_BELOW_12:
        said["tlsPolicyBelow12"] = ACCEPT_OLD_TLS
    if not document.get("CaEnabled"):
        said["clientVerification"] = OFF_FOR_MIGRATION
    said |= without(
        {"idleTimeout": document.get("IdleTimeout"), "requestTimeout": document.get("RequestTimeout")},
        {"idleTimeout": Defaults.idle_timeout, "requestTimeout": Defaults.request_timeout},
    )
    if headers := _headers(draft, listener):
        said["forwardClientCertificate"] = headers
    if listener.default_group in found.groups:
        said["default"] = add_group(draft, found.groups[listener.default_group], vpc_id)
    if rules := _rules(draft, found, listener):
        said["rules"] = rules
    return said


def _refuse(draft: Draft, listener: Listener) -> None:
    """What `up` would change, or what mutual TLS cannot stand beside."""
    document = listener.document
    authorities = document.get("CaCertificates") or []
    if len(authorities) != 1:
        draft.refused.append(
            f"{listener.label}: found {len(authorities)} CA certificates; allowed exactly one: "
            "give the listener its CA in the console first, or let a stack of its own make the topology"
        )
    policy = document.get("SecurityPolicyId")
    if policy not in (*POLICIES, *POLICIES_BELOW_12):
        draft.refused.append(
            f"{listener.label}: found TLS policy {policy}; allowed {', '.join((*POLICIES, *POLICIES_BELOW_12))}"
        )
    if (document.get("QuicConfig") or {}).get("QuicUpgradeEnabled"):
        draft.refused.append(
            f"{listener.label}: found the QUIC upgrade on; allowed off: QUIC has no client certificates, "
            "so HTTP/3 leads past mutual TLS"
        )
    if len(document.get("Certificates") or []) != 1 or not listener.default_group:
        draft.refused.append(f"{listener.label}: allowed one server certificate and one default server group")


def _add_certificates(draft: Draft, found: Found, listener: Listener) -> None:
    """References: a certificate that another owner uploaded is read, and never changed."""
    identifiers = [str(one["CertificateId"]) for one in listener.document.get("Certificates") or []][:1]
    for identifier in identifiers:
        draft.settings["serverCertificate"] = {"id": identifier}
        draft.refused += unusable(found.certificates.get(identifier) or {}, identifier)
    additional: dict[str, Any] = {}
    for identifier in listener.additional:
        detail = found.certificates.get(identifier) or {}
        key = key_for(str(detail.get("Name") or ""), "certificate", additional)
        additional[key] = {"id": identifier}
        draft.adopt[f"additional-certificate/{key}"] = f"{listener.id}:{identifier}"
        draft.refused += unusable(detail, identifier)
    if additional:
        draft.settings["serverCertificate"]["additional"] = additional


def unusable(detail: Document, identifier: str) -> list[str]:
    """Why a stack would refuse a certificate; empty if it would not."""
    certificate = parsed(detail)
    if certificate is None:
        return [f"certificate {identifier}: found none that can be read at this site; allowed an existing one"]
    if certificate.not_valid_after_utc <= datetime.now(UTC):
        return [(f"certificate {identifier}: found expired since {certificate.not_valid_after_utc:%Y-%m-%d}; "
                "allowed one in date: put another on the listener first")]  # fmt: skip
    return []


def parsed(detail: Document) -> x509.Certificate | None:
    """The certificate in a detail of the certificate service; None where there is none."""
    try:
        return x509.load_pem_x509_certificate(str(detail.get("Cert") or "").encode())
    except ValueError:
        return None


def _headers(draft: Draft, listener: Listener) -> dict[str, str]:
    config = listener.document.get("XForwardedForConfig") or {}
    headers = {}
    for theirs, ours in HEADERS.items():
        alias = str(config.get(f"{PREFIX}{theirs}Alias") or "")
        if not config.get(f"{PREFIX}{theirs}Enabled"):
            continue
        if not forms.HEADER.accepts(alias):
            draft.refused.append(f"{listener.label}: found {alias!r} as header for the {ours}; "
                                 f"allowed {forms.HEADER.meaning}")  # fmt: skip
        headers[ours] = alias
    return headers


def _rules(draft: Draft, found: Found, listener: Listener) -> dict[str, Any]:
    rules: dict[str, Any] = {}
    for rule in sorted(listener.rules, key=lambda one: int(one["Priority"])):
        if reason := _odd_rule(rule) or _odd_headers(rule, listener):
            name = f"rule {rule.get('RuleName') or ''} ({rule['RuleId']}) of {listener.label}"
            draft.outside.append(f"{name}: {reason}")
            continue
        key = key_for(str(rule.get("RuleName") or ""), "rule", rules)
        rules[key] = {**_actions(draft, found, rule), "priority": int(rule["Priority"]), **_conditions(rule)}
        draft.take(f"rule/{key}", str(rule["RuleId"]), str(rule.get("RuleName") or ""))
    return rules


def _actions(draft: Draft, found: Found, rule: Document) -> dict[str, Any]:
    """What a rule does, by the keys of a stack file."""
    *before, end = sorted(rule["RuleActions"], key=_order)
    said = _end(draft, found, end)
    for one in before:
        config = one[f"{one['Type']}Config"]
        if one["Type"] == "Rewrite":
            said["rewrite"] = _changed(config)
        elif one["Type"] == "InsertHeader":
            kind = without({"valueType": config["ValueType"]}, {"valueType": InsertedHeader.value_type})
            said.setdefault("insertHeaders", {})[config["Key"]] = {"value": config["Value"], **kind}
        elif one["Type"] == "RemoveHeader":
            said.setdefault("removeHeaders", []).append(config["Key"])
        elif one["Type"] == "TrafficLimit":
            limits = {"qps": config.get("QPS"), "perIpQps": config.get("PerIpQps")}
            said["trafficLimit"] = {key: int(value) for key, value in limits.items() if value}
        else:
            said["cors"] = _cors(config)
    return said


def _end(draft: Draft, found: Found, action: Document) -> dict[str, Any]:
    if action["Type"] == "ForwardGroup":
        vpc_id, tuples = str(found.balancer["VpcId"]), action["ForwardGroupConfig"]["ServerGroupTuples"]
        weights = {add_group(draft, found.groups[one["ServerGroupId"]], vpc_id): int(one["Weight"]) for one in tuples}
        return {"serverGroups": weights} if len(weights) > 1 else {"serverGroup": next(iter(weights))}
    return {"redirect": _redirect(action)} if action["Type"] == "Redirect" else {"fixedResponse": _fixed(action)}


def _redirect(action: Document) -> dict[str, Any]:
    config = action["RedirectConfig"]
    found = _changed(config)
    if "port" in found:
        found["port"] = int(found["port"])
    return found | without({"code": int(config["HttpCode"])}, {"code": Redirect.code})


def _cors(config: Document) -> dict[str, Any]:
    lists = {
        "allowOrigins": "AllowOrigin",
        "allowMethods": "AllowMethods",
        "allowHeaders": "AllowHeaders",
        "exposeHeaders": "ExposeHeaders",
    }
    found: dict[str, Any] = {ours: config[theirs] for ours, theirs in lists.items() if config.get(theirs)}
    return found | {"allowCredentials": config["AllowCredentials"] == "on", "maxAge": int(config["MaxAge"])}


def _changed(config: Document) -> dict[str, Any]:
    """What an action changes of a request: `${path}` stands for the path that the client asked for."""
    said = {key.lower(): config[key] for key in ("Host", "Path", "Query", "Port") if key in config}
    return {key: value for key, value in said.items() if value != f"${{{key}}}"}


def _fixed(action: Document) -> dict[str, Any]:
    config = action["FixedResponseConfig"]
    return {"code": int(config["HttpCode"]), "content": config["Content"], "contentType": config["ContentType"]}


def _odd_action(action: Document) -> str:
    """Why no stack file can say what a rule does; empty if one can."""
    if action["Type"] == "ForwardGroup":
        tuples = action["ForwardGroupConfig"].get("ServerGroupTuples") or []
        sticky = action["ForwardGroupConfig"].get("ServerGroupStickySession") or {}
        weights = [int(one["Weight"]) for one in tuples]
        is_said = not sticky.get("Enabled") and (weights == [100] or (len(weights) > 1 and any(weights)))
        return "" if is_said else "its clients stick to one of its server groups, or its weights serve nobody"
    config = _config(action)
    odd = [
        key for key, form in FIELDS[action["Type"]].items() if key not in config or not form.accepts(str(config[key]))
    ]
    return f"its {action['Type']} says an odd {odd[0]}, or none" if odd else ""


def _odd_order(actions: list[Document]) -> str:
    """Why no stack file can say these actions together; empty if one can."""
    ordered = sorted(actions, key=_order)
    *before, end = [one["Type"] for one in ordered] or [""]
    if end not in ONE_ACTION or not set(before) <= (set(BEFORE) if end == "ForwardGroup" else set()):
        return (
            f"its actions are {', '.join((*before, end))}; a stack file has one of {', '.join(ONE_ACTION)}, "
            f"and before the first {', '.join(BEFORE)}"
        )
    places = [(BEFORE.index(one["Type"]), str(_config(one).get("Key"))) for one in ordered[:-1]]
    as_made = places == sorted(set(places)) and [_order(one) for one in ordered] == [*range(1, len(ordered) + 1)]
    return "" if as_made else "its actions are not in the order that a stack file gives them"


def _odd_headers(rule: Document, listener: Listener) -> str:
    """Whether a rule writes or takes away what tells servers who the client is."""
    config = listener.document.get("XForwardedForConfig") or {}
    proof = {str(config.get(f"{PREFIX}{fact}Alias") or "").lower() for fact in HEADERS} - {""}
    odd = sorted(proof & {str(_config(one).get("Key")).lower() for one in rule["RuleActions"]})
    return f"it writes or removes {odd[0]}, which tells servers who the client is" if odd else ""


def _order(action: Document) -> int:
    return int(action.get("Order", 1))


def _config(action: Document) -> Document:
    config: Document = action.get(f"{action['Type']}Config") or {}
    return config


def _odd_rule(rule: Document) -> str:
    """Why no stack file can say this rule; empty if one can."""
    actions, conditions = rule.get("RuleActions") or [], rule.get("RuleConditions") or []
    kinds = [one["Type"] for one in conditions]
    others = [kind for kind in kinds if kind != "Header"]
    if rule.get("Direction", "Request") != "Request":
        return "it is about responses"
    if len(others) != len(set(others)) or not set(kinds) <= {*PLAIN, *PAIRED, "Header"} or not kinds:
        return (
            f"its conditions are {', '.join(kinds) or 'none'}; a stack file has one of each kind, and of requests only"
        )
    if reason := _odd_order(actions) or next(filter(None, map(_odd_action, actions)), ""):
        return reason
    odd = [text for form, text in _texts(_conditions(rule)) if not form.accepts(text)]
    return f"it has the odd condition {odd[0]!r}" if odd else ""


def _conditions(rule: Document) -> dict[str, Any]:
    """A rule's conditions by the keys of a stack file."""
    said: dict[str, Any] = {}
    for one in rule.get("RuleConditions") or []:
        kind, config = one["Type"], one.get(f"{one['Type']}Config") or {}
        if kind in PLAIN:
            said[PLAIN[kind]] = sorted(config["Values"])
        elif kind == "Header":
            said.setdefault("headers", {})[config["Key"]] = sorted(config["Values"])
        elif kind in PAIRED:
            for pair in sorted(config["Values"], key=lambda pair: (pair["Key"], pair["Value"])):
                said.setdefault(PAIRED[kind], {}).setdefault(pair["Key"], []).append(pair["Value"])
    return said


def _texts(conditions: Document) -> Iterator[tuple[Form, str]]:
    """Every text of some conditions, with the form it must have."""
    for key, values in conditions.items():
        if isinstance(values, list):
            yield from ((FORMS[key][0], text) for text in values)
        else:
            for name, texts in values.items():
                yield FORMS[key][0], name
                yield from ((FORMS[key][1], text) for text in texts)
