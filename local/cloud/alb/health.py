"""Health of the servers behind a listener, as the data plane sees it."""

from typing import Any

from local.cloud.actions import Call, Response, action
from local.cloud.alb import listeners, usage
from local.cloud.products import ALB
from local.cloud.store import Document


@action(ALB, "GetListenerHealthStatus", source="sdk model")
def get_listener_health_status(call: Call) -> Response:
    """The groups of the listener, and of its rules with IncludeRule; a healthy server is not named."""
    listener = listeners.find(call, call.parameters.required("ListenerId"))
    seen = call.context.health(listener["ListenerId"]) if call.context.health else []
    reports = {report["ServerGroupId"]: report for report in seen}
    status = {
        "ListenerId": listener["ListenerId"],
        "ListenerPort": listener["ListenerPort"],
        "ListenerProtocol": listener["ListenerProtocol"],
        "ServerGroupInfos": _groups(call, listener["DefaultActions"], reports),
    }
    answer: Response = {"ListenerHealthStatus": [status]}
    if call.parameters.boolean("IncludeRule"):
        rules = [rule for rule in call.store.list("alb.rule") if rule["ListenerId"] == listener["ListenerId"]]
        answer["RuleHealthStatus"] = [
            {"RuleId": rule["RuleId"], "ServerGroupInfos": _groups(call, rule["RuleActions"], reports)}
            for rule in rules
        ]
    return answer


def _groups(call: Call, actions: list[Document], reports: dict[str, Any]) -> list[Document]:
    return [_group(call, id, reports.get(id, {})) for id in usage.groups_of(actions)]


def _group(call: Call, id: str, report: dict[str, Any]) -> Document:
    group = call.store.get("alb.server_group", id) or {"Servers": [], "HealthCheckConfig": {}}
    enabled = group["HealthCheckConfig"].get("HealthCheckEnabled", False)
    return {
        "ActionType": "ForwardGroup",
        "ServerGroupId": id,
        "HealthCheckEnabled": "on" if enabled else "off",
        "ServerCount": len(group["Servers"]),
        "NonNormalServers": report.get("NonNormalServers", _unused(group)),
    }


def _unused(group: Document) -> list[Document]:
    """Without a data plane only this much is known: a server of weight 0 gets no traffic."""
    return [
        {**{key: server[key] for key in ("ServerId", "ServerIp", "Port") if key in server}, "Status": "Unused"}
        for server in group["Servers"]
        if server.get("Weight") == 0
    ]
