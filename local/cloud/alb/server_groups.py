"""Server groups. Available at once, since the provider asks at once; changes settle in the background."""

import re
from collections.abc import Iterable

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, usage
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import Shown, among, being, exactly, new_id, now_text, public, require, token_page
from local.cloud.errors import gone, in_use, invalid
from local.cloud.parameters import Parameters, echo
from local.cloud.products import ALB
from local.cloud.store import Document
from local.cloud.vpc import networks

KIND = "alb.server_group"
TYPES = ("Instance", "Ip", "Fc")
PROTOCOLS = ("HTTP", "HTTPS", "gRPC", "GRPC")
SCHEDULERS = ("Wrr", "Wlc", "Sch", "Uch")
SETTINGS = (
    "HealthCheckProtocol", "HealthCheckCodes", "HealthCheckHttpCodes", "HealthCheckPath", "HealthCheckMethod",
    "HealthCheckHost", "HealthCheckHttpVersion", "HealthCheckConnectPort", "HealthCheckInterval", "HealthCheckTimeout",
    "HealthyThreshold", "UnhealthyThreshold",
)  # fmt: skip
FAST_CLOSE = "HealthCheckTcpFastCloseEnabled"
"""Of an earlier model of the Go SDK; comes back as sent."""
_CODE = re.compile(r"http_[2-5]xx|\d{1,3}|\d{1,3}-\d{1,3}")


@action(ALB, "CreateServerGroup", source="docs", writes=True)
def create_server_group(call: Call) -> Response:
    """A group without servers."""
    parameters = call.parameters
    type_ = parameters.any_case("ServerGroupType", TYPES, "Instance")
    document: Document = {
        "ServerGroupId": new_id("sgp"),
        "ServerGroupName": valid_name(parameters, "ServerGroupName"),
        "ServerGroupType": type_,
        "ServerGroupStatus": "Available",
        "CreateTime": now_text(),
        "ResourceGroupId": parameters.text("ResourceGroupId", "rg-default"),
        "HealthCheckConfig": health_check(parameters, type_),
        "Servers": [],
        "Tags": tagging.sent(parameters),
    }
    if type_ != "Fc":
        document |= {"VpcId": networks.find(call, parameters.required("VpcId"))["VpcId"]}
        document |= {"Protocol": parameters.choice("Protocol", PROTOCOLS, "HTTP")}
    document |= _traffic(parameters, {"Scheduler": "Wrr"})
    echo(parameters, document, "ServiceName")
    if "Ipv6Enabled" in parameters:
        document["Ipv6Enabled"] = parameters.boolean("Ipv6Enabled")
    call.store.put(KIND, document["ServerGroupId"], document)
    id = str(document["ServerGroupId"])
    return {"ServerGroupId": id, "JobId": jobs.begin(call, "servergroup", id)}


@action(ALB, "ListServerGroups", source="provider source")
def list_server_groups(call: Call) -> Response:
    """All groups, or those of ids, names, a network, a type, a resource group or tags."""
    ids, names = call.parameters.texts("ServerGroupIds"), call.parameters.texts("ServerGroupNames")
    type_, tags = call.parameters.any_case("ServerGroupType", (*TYPES, ""), ""), tagging.sent(call.parameters)
    balancers = usage.balancers_by_server_group(call.store)
    lists = among(ServerGroupId=ids, ServerGroupName=names)
    single = [*exactly(ServerGroupType=type_), *being(call.parameters, "VpcId", "ResourceGroupId")]
    found = call.store.where(KIND, *lists, *single, *tagging.having(tags))
    shown = Shown(found, lambda document: _shown(document, balancers.get(document["ServerGroupId"], set())))
    return token_page(call.parameters, shown, "ServerGroups")


@action(ALB, "UpdateServerGroupAttribute", source="provider source", writes=True)
def update_server_group_attribute(call: Call) -> Response:
    """Change what was sent; a block is replaced whole, an absent one stays."""
    document = find(call, call.parameters.required("ServerGroupId"))
    if call.parameters.text("ServerGroupName"):
        document["ServerGroupName"] = valid_name(call.parameters, "ServerGroupName")
    if "HealthCheckConfig" in call.parameters:
        document["HealthCheckConfig"] = health_check(call.parameters, document["ServerGroupType"])
    document |= _traffic(call.parameters, {})
    echo(call.parameters, document, "ServiceName")
    return settle(call, document)


@action(ALB, "DeleteServerGroup", source="docs", writes=True)
def delete_server_group(call: Call) -> Response:
    """Remove a group no listener and no rule forwards to."""
    id = find(call, call.parameters.required("ServerGroupId"))["ServerGroupId"]
    if user := usage.of_server_group(call.store, id):
        raise in_use("ResourceInUse.ServerGroup", f"The server group is used by {user}.")
    call.store.delete(KIND, id)
    return {"JobId": jobs.begin(call, "servergroup", id)}


def settle(call: Call, document: Document) -> Response:
    """Store a changed group: Configuring now, Available in a moment."""
    id = document["ServerGroupId"]
    call.store.put(KIND, id, {**document, "ServerGroupStatus": "Configuring"})
    call.context.transitions.later(KIND, id, ServerGroupStatus="Available")
    return {"JobId": jobs.begin(call, "servergroup", id)}


def find(call: Call, id: str) -> Document:
    """The group, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.ServerGroup", "server group"))


def health_check(parameters: Parameters, group_type: str) -> Document:
    """The checked HealthCheckConfig with the service's defaults (alibaba-cloud.md §1.7).

    Codes come under HealthCheckCodes or its older name HealthCheckHttpCodes (the Go SDK's); each comes back as it was sent.
    """
    config = parameters.mapping("HealthCheckConfig")
    enabled = config.boolean("HealthCheckEnabled", default=group_type != "Fc")
    if not enabled:
        config.pass_over(*SETTINGS, FAST_CLOSE)  # a client may send them along with the switch; nothing checks by them
        return {"HealthCheckEnabled": False}
    protocol = config.choice("HealthCheckProtocol", ("HTTP", "HTTPS", "TCP", "gRPC", "GRPC"), "HTTP")
    sent = config.texts("HealthCheckHttpCodes")
    codes = config.texts("HealthCheckCodes") or sent or ["http_2xx"]
    if not all(_CODE.fullmatch(code) for code in (*codes, *sent)):
        raise invalid("HealthCheckConfig.HealthCheckCodes", "http_2xx to http_5xx, or gRPC status numbers")
    path = config.text("HealthCheckPath", "/") or "/"
    if not path.startswith("/") or len(path) > 80:
        raise invalid("HealthCheckConfig.HealthCheckPath", "1 to 80 characters beginning with a slash")
    older: Document = {"HealthCheckHttpCodes": sent} if sent else {}
    if FAST_CLOSE in config:
        older[FAST_CLOSE] = config.boolean(FAST_CLOSE)
    return older | {
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": protocol,
        "HealthCheckMethod": config.choice("HealthCheckMethod", ("HEAD", "GET", "POST"), "HEAD"),
        "HealthCheckPath": path,
        "HealthCheckHost": config.text("HealthCheckHost"),
        "HealthCheckCodes": codes,
        "HealthCheckHttpVersion": config.choice("HealthCheckHttpVersion", ("HTTP1.0", "HTTP1.1"), "HTTP1.1"),
        "HealthCheckConnectPort": config.integer("HealthCheckConnectPort", 0, 65535, 0),
        "HealthCheckInterval": config.integer("HealthCheckInterval", 1, 50, 2),
        "HealthCheckTimeout": config.integer("HealthCheckTimeout", 1, 300, 5),
        "HealthyThreshold": config.integer("HealthyThreshold", 2, 10, 3),
        "UnhealthyThreshold": config.integer("UnhealthyThreshold", 2, 10, 3),
    }


def _traffic(parameters: Parameters, defaults: Document) -> Document:
    """How requests are spread, as far as it was sent; `_shown` fills in the rest."""
    answer = dict(defaults)
    if parameters.text("Scheduler"):
        answer["Scheduler"] = parameters.choice("Scheduler", SCHEDULERS)
    for name in ("CrossZoneEnabled", "UpstreamKeepaliveEnabled"):
        if parameters.text(name):
            answer[name] = parameters.boolean(name)
    for name, read in (("StickySessionConfig", _stickiness), ("UchConfig", _hash_source),
                       ("SlowStartConfig", _slow_start), ("ConnectionDrainConfig", _drain)):  # fmt: skip
        if name in parameters:
            answer[name] = read(parameters.mapping(name))
    return answer


def _stickiness(config: Parameters) -> Document:
    answer: Document = {"StickySessionEnabled": config.boolean("StickySessionEnabled")}
    if type_ := config.text("StickySessionType"):
        answer["StickySessionType"] = config.choice("StickySessionType", ("Insert", "Server"), type_)
    if config.text("CookieTimeout"):
        answer["CookieTimeout"] = config.integer("CookieTimeout", 0, 86400)
    if config.text("Cookie"):
        answer["Cookie"] = config.text("Cookie")
    if answer["StickySessionEnabled"] and type_ == "Server" and "Cookie" not in answer:
        raise invalid("StickySessionConfig.Cookie", "type Server needs a cookie name")
    return answer


def _hash_source(config: Parameters) -> Document:
    return {"Type": config.choice("Type", ("QueryString",)), "Value": config.required("Value")}


def _slow_start(config: Parameters) -> Document:
    answer: Document = {"SlowStartEnabled": config.boolean("SlowStartEnabled")}
    if config.text("SlowStartDuration"):
        answer["SlowStartDuration"] = config.integer("SlowStartDuration", 30, 900)
    return answer


def _drain(config: Parameters) -> Document:
    answer: Document = {"ConnectionDrainEnabled": config.boolean("ConnectionDrainEnabled")}
    if config.text("ConnectionDrainTimeout"):
        answer["ConnectionDrainTimeout"] = config.integer("ConnectionDrainTimeout", 0, 900)
    return answer


def _shown(document: Document, balancers: Iterable[str]) -> Response:
    defaults = {
        "CrossZoneEnabled": True,
        "UpstreamKeepaliveEnabled": False,
        "ConfigManagedEnabled": False,
        "Ipv6Enabled": False,
        "IpVersionAffinityMode": "NonAffinity",
        "ServiceName": "",
        "ConnectionDrainConfig": {"ConnectionDrainEnabled": False, "ConnectionDrainTimeout": 300},
        "SlowStartConfig": {"SlowStartEnabled": False, "SlowStartDuration": 30},
        "StickySessionConfig": {"StickySessionEnabled": False},
    }
    shown = {
        **public(document, "Servers"),
        "ServerCount": len(document["Servers"]),
        "RelatedLoadBalancerIds": sorted(balancers),
    }
    if document["ServerGroupType"] == "Fc":
        del defaults["StickySessionConfig"]  # functions have no sessions; upstream's tests see none
    return {**defaults, **shown}
