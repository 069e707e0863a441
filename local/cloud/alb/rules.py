"""ALB of the local cloud: forwarding rules of listeners."""

from functools import partial

from local.behaviours import RULE_STICKINESS
from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alb import jobs, listener_rules, listeners, load_balancers, rule_content, usage
from local.cloud.alb.load_balancers import valid_name
from local.cloud.documents import Shown, exactly, new_id, public, require, token_page
from local.cloud.errors import gone, missing, refused
from local.cloud.parameters import Parameters
from local.cloud.products import ALB
from local.cloud.store import Document

KIND = "alb.rule"
DIRECTIONS = ("Request", "Response")


@action(ALB, "CreateRule", source="docs", writes=True)
def create_rule(call: Call) -> Response:
    """A rule with a priority of its own; Provisioning until it settles."""
    listener = _listener(call, call.parameters.required("ListenerId"))
    document = _new(call.parameters, listener)
    _check(call, document, listener)
    return {"RuleId": document["RuleId"], **_settle(call, document, "Provisioning")}


@action(ALB, "CreateRules", source="sdk model", writes=True)
def create_rules(call: Call) -> Response:
    """Several rules of one listener: all of them or none."""
    listener = _listener(call, call.parameters.required("ListenerId"))
    documents = [_new(item, listener) for item in _several(call)]
    for document in documents:
        _check(call, document, listener)
        job = _settle(call, document, "Provisioning")
    return {"RuleIds": [{name: one[name] for name in ("RuleId", "Priority")} for one in documents], **job}


@action(ALB, "ListRules", source="provider source")
def list_rules(call: Call) -> Response:
    """All rules, or those of a direction: the provider looks for its own in them (§7.9), in both when it imports one."""
    lists = {
        "RuleIds": "RuleId",
        "ListenerIds": "ListenerId",
        "ListenerId": "ListenerId",
        "LoadBalancerIds": "LoadBalancerId",
    }
    wanted = [(key, ids) for name, key in lists.items() if (ids := call.parameters.texts(name))]
    direction = call.parameters.choice("Direction", (*DIRECTIONS, ""), "")
    tags = tagging.having(tagging.sent(call.parameters))
    found = call.store.where(KIND, *wanted, *exactly(Direction=direction), *tags)
    return token_page(call.parameters, Shown(found, partial(_shown, call)), "Rules")


@action(ALB, "UpdateRuleAttribute", source="provider source", writes=True)
def update_rule_attribute(call: Call) -> Response:
    """Change what was sent; actions and conditions come whole."""
    document = _changed(call, call.parameters)
    _check(call, document, _listener(call, document["ListenerId"]))
    return _settle(call, document, "Configuring")


@action(ALB, "UpdateRulesAttribute", source="sdk model", writes=True)
def update_rules_attribute(call: Call) -> Response:
    """Change several rules, all or none. They are checked as they will be, so two may swap their priorities."""
    documents = [_changed(call, item) for item in _several(call)]
    owners = [_listener(call, document["ListenerId"]) for document in documents]
    jobs_begun = [_settle(call, document, "Configuring") for document in documents]
    for document, listener in zip(documents, owners, strict=True):
        _check(call, document, listener)
    return jobs_begun[-1]


@action(ALB, "DeleteRule", source="provider source", writes=True)
def delete_rule(call: Call) -> Response:
    """Remove a rule."""
    return _delete(call, call.parameters.required("RuleId"))


@action(ALB, "DeleteRules", source="sdk model", writes=True)
def delete_rules(call: Call) -> Response:
    """Remove several rules, all or none."""
    ids = call.parameters.texts("RuleIds")
    if not ids:
        raise missing("RuleIds")
    return [_delete(call, id) for id in ids][-1]


def find(call: Call, id: str) -> Document:
    """The rule, or the error that it is gone."""
    return require(call.store, KIND, id, gone("ResourceNotFound.Rule", "rule"))


def _shown(call: Call, document: Document) -> Document:
    """With a stickiness that nobody sent, where the service answers one."""
    absent = call.context.behaviours.is_(RULE_STICKINESS, "absent")
    return {**public(document), "RuleActions": [_shown_action(one, absent=absent) for one in document["RuleActions"]]}


def _shown_action(action: Document, *, absent: bool) -> Document:
    group = action.get("ForwardGroupConfig") or {}
    session = group.get("ServerGroupStickySession")
    if session is None or "Timeout" in session:
        return action
    rest = {key: value for key, value in group.items() if key != "ServerGroupStickySession"}
    default = {} if absent else {"ServerGroupStickySession": {**session, "Timeout": rule_content.STICKY_SECONDS}}
    return {**action, "ForwardGroupConfig": rest | default}


def _several(call: Call) -> list[Parameters]:
    items = list(call.parameters.objects("Rules"))
    if not items:
        raise missing("Rules")
    return items


def _new(sent: Parameters, listener: Document) -> Document:
    return {
        "RuleId": new_id("rule"),
        "ListenerId": listener["ListenerId"],
        "LoadBalancerId": listener["LoadBalancerId"],
        "RuleName": valid_name(sent, "RuleName"),
        "Priority": sent.integer("Priority", 1, 10000),
        "Direction": sent.choice("Direction", DIRECTIONS, "Request"),
        "RuleActions": rule_content.actions(sent),
        "RuleConditions": rule_content.conditions(sent),
        "Tags": tagging.sent(sent),
    }


def _changed(call: Call, sent: Parameters) -> Document:
    document = find(call, sent.required("RuleId"))
    if sent.text("RuleName"):
        document["RuleName"] = valid_name(sent, "RuleName")
    document["Priority"] = sent.integer("Priority", 1, 10000, document["Priority"])
    if "RuleActions" in sent:
        document["RuleActions"] = rule_content.actions(sent)
    if "RuleConditions" in sent:
        document["RuleConditions"] = rule_content.conditions(sent)
    return document


def _delete(call: Call, id: str) -> Response:
    call.store.delete(KIND, find(call, id)["RuleId"])
    return {"JobId": jobs.begin(call, "rule", id)}


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
