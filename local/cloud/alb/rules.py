"""Forwarding rules of listeners."""

from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, listener_rules, listeners, load_balancers, rule_content, usage
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import new_id, public, require, token_page
from local.cloud.errors import gone, refused
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.rule"
DIRECTIONS = ("Request", "Response")


@action(ALB, "CreateRule", source="docs", writes=True)
def create_rule(call: Call) -> Response:
    """A rule with a priority of its own; Provisioning until it settles."""
    listener = _listener(call, call.parameters.required("ListenerId"))
    document = {
        "RuleId": new_id("rule"),
        "ListenerId": listener["ListenerId"],
        "LoadBalancerId": listener["LoadBalancerId"],
        "RuleName": valid_name(call.parameters, "RuleName"),
        "Priority": call.parameters.integer("Priority", 1, 10000),
        "Direction": call.parameters.choice("Direction", DIRECTIONS, "Request"),
        "RuleActions": rule_content.actions(call.parameters),
        "RuleConditions": rule_content.conditions(call.parameters),
        "Tags": tagging.sent(call.parameters),
    }
    _check(call, document, listener)
    return {"RuleId": document["RuleId"], **_settle(call, document, "Provisioning")}


@action(ALB, "ListRules", source="provider source")
def list_rules(call: Call) -> Response:
    """All rules of a direction, Request if none is given: the provider looks for its own in them (§7.9)."""
    lists = {"RuleIds": "RuleId", "ListenerIds": "ListenerId", "LoadBalancerIds": "LoadBalancerId"}
    direction = call.parameters.choice("Direction", DIRECTIONS, "Request")
    found = [
        public(document)
        for document in call.store.list(KIND)
        if document["Direction"] == direction
        and all(not (ids := call.parameters.texts(name)) or document[key] in ids for name, key in lists.items())
    ]
    return token_page(call.parameters, found, "Rules")


@action(ALB, "UpdateRuleAttribute", source="provider source", writes=True)
def update_rule_attribute(call: Call) -> Response:
    """Change what was sent; actions and conditions come whole."""
    document = find(call, call.parameters.required("RuleId"))
    if call.parameters.text("RuleName"):
        document["RuleName"] = valid_name(call.parameters, "RuleName")
    document["Priority"] = call.parameters.integer("Priority", 1, 10000, document["Priority"])
    if "RuleActions" in call.parameters:
        document["RuleActions"] = rule_content.actions(call.parameters)
    if "RuleConditions" in call.parameters:
        document["RuleConditions"] = rule_content.conditions(call.parameters)
    _check(call, document, _listener(call, document["ListenerId"]))
    return _settle(call, document, "Configuring")


@action(ALB, "DeleteRule", source="provider source", writes=True)
def delete_rule(call: Call) -> Response:
    """Remove a rule."""
    id = find(call, call.parameters.required("RuleId"))["RuleId"]
    call.store.delete(KIND, id)
    return {"JobId": jobs.begin(call, "rule", id)}


def find(call: Call, id: str) -> Document:
    """The rule, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.Rule", "rule"))


def _listener(call: Call, id: str) -> Document:
    listener = listeners.find(call, id)
    if listener["ListenerStatus"] == "Configuring":
        raise refused("ResourceInConfiguring.Listener", "The listener is being configured.")
    return listener


def _check(call: Call, rule: Document, listener: Document) -> None:
    """Priority free on the listener, groups that fit it, no redirect of the listener to itself."""
    for other in call.store.list(KIND):
        same = (other["ListenerId"], other["Priority"]) == (rule["ListenerId"], rule["Priority"])
        if same and other["RuleId"] != rule["RuleId"] and other["Direction"] == rule["Direction"]:
            raise refused("ResourceAlreadyExist.RulePriority", "The listener has a rule of this priority.")
    balancer = load_balancers.find(call, listener["LoadBalancerId"])
    for group in usage.groups_of(rule["RuleActions"]):
        listener_rules.check_group(call, group, listener["ListenerProtocol"], balancer["VpcId"])
    rule_content.check_redirects(rule["RuleActions"], listener["ListenerProtocol"])


def _settle(call: Call, document: Document, now: str) -> Response:
    id = document["RuleId"]
    call.store.put(KIND, id, {**document, "RuleStatus": now})
    call.context.transitions.later(KIND, id, RuleStatus="Available")
    return {"JobId": jobs.begin(call, "rule", id)}
