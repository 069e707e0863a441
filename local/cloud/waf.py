"""Web Application Firewall 3.0: an instance, templates of protection and their rules. They are kept; no traffic meets them."""

import json
from typing import Any

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, next_number, now_milliseconds, require
from local.cloud.errors import gone, invalid, refused
from local.cloud.json_texts import parsed
from local.cloud.parameters import Parameters, echo
from local.cloud.products import WAF
from local.cloud.store import Document

INSTANCE, TEMPLATE, RULE = "waf.instance", "waf.template", "waf.rule"
IN_FORCE = 1
SCENES = ("ip_blacklist", "custom_acl", "whitelist", "region_block", "cc", "tamperproof", "dlp", "spike_throttle", "waf_base",
          "account_identifier", "waf_codec")  # fmt: skip
RULE_KEYS = ("id", "name", "status", "origin")
"""Of what a rule's JSON says, that which is no part of its configuration."""


@action(WAF, "CreatePostpaidInstance", source="provider source", writes=True)
def create_postpaid_instance(call: Call) -> Response:
    """The account's one instance, in force at once."""
    if call.store.list(INSTANCE):
        raise refused("Waf.Pullin.InstanceExist", "The account has an instance.")
    id = new_id("waf_v3postpaid_public_cn")
    call.store.put(INSTANCE, id, {"InstanceId": id, "StartTime": now_milliseconds()})
    return {"InstanceId": id}


@action(WAF, "DescribeInstance", source="provider source")
def describe_instance(call: Call) -> Response:
    """The account's instance; an answer without id where there is none."""
    call.parameters.text("ResourceManagerResourceGroupId")
    for document in call.store.list(INSTANCE):
        plan = {
            "Edition": "default_version",
            "PayType": "POSTPAY",
            "EndTime": 0,
            "InDebt": "0",
            "RegionId": "cn-hangzhou",
        }
        return {**document, "Status": IN_FORCE, **plan}
    return {}


@action(WAF, "ReleaseInstance", source="provider source", writes=True)
def release_instance(call: Call) -> Response:
    """Remove the instance with all that is in it."""
    id = _instance(call)
    for kind in (TEMPLATE, RULE):
        for key, document in call.store.items(kind):
            if document["InstanceId"] == id:
                call.store.delete(kind, key)
    call.store.delete(INSTANCE, id)
    return {}


@action(WAF, "CreateDefenseTemplate", source="provider source", writes=True)
def create_defense_template(call: Call) -> Response:
    """A template for one scene; a default one holds for whatever no other one does."""
    parameters, number = call.parameters, next_number(call.store, TEMPLATE, 10001)
    document: Document = {
        "InstanceId": _instance(call),
        "TemplateId": number,
        "TemplateName": parameters.required("TemplateName"),
        "TemplateType": parameters.choice("TemplateType", ("user_default", "user_custom")),
        "TemplateOrigin": parameters.choice("TemplateOrigin", ("custom",), "custom"),
        "TemplateStatus": parameters.integer("TemplateStatus", 0, 1),
        "DefenseScene": parameters.choice("DefenseScene", SCENES),
        "DefenseSubScene": "",
        "Description": parameters.text("Description"),
        "GmtModified": now_milliseconds(),
        "Resources": {"single": [], "group": []},
    }
    parameters.text("ResourceManagerResourceGroupId")
    call.store.put(TEMPLATE, str(number), document)
    return {"TemplateId": number}


@action(WAF, "DescribeDefenseTemplate", source="provider source")
def describe_defense_template(call: Call) -> Response:
    """One template, without what it is bound to; an answer without name where it is gone."""
    _instance(call)
    found = call.store.get(TEMPLATE, call.parameters.required("TemplateId")) or {}
    return {"Template": {key: value for key, value in found.items() if key not in ("Resources", "InstanceId")}}


@action(WAF, "DescribeTemplateResources", source="provider source")
def describe_template_resources(call: Call) -> Response:
    """What a template is bound to: single resources, or groups of them."""
    found = _template(call)
    bound = found["Resources"][call.parameters.choice("ResourceType", ("single", "group"), "single")]
    return {"TemplateId": found["TemplateId"], "Resources": bound, "TotalCount": len(bound)}


@action(WAF, "ModifyDefenseTemplate", source="provider source", writes=True)
def modify_defense_template(call: Call) -> Response:
    """Change name and description."""
    found = _template(call)
    echo(call.parameters, found, "TemplateName", "Description")
    return _kept(call, TEMPLATE, "TemplateId", found)


@action(WAF, "ModifyDefenseTemplateStatus", source="provider source", writes=True)
def modify_defense_template_status(call: Call) -> Response:
    """Switch a template on or off."""
    found = {**_template(call), "TemplateStatus": call.parameters.integer("TemplateStatus", 0, 1)}
    return _kept(call, TEMPLATE, "TemplateId", found)


@action(WAF, "ModifyTemplateResources", source="provider source", writes=True)
def modify_template_resources(call: Call) -> Response:
    """Bind resources and groups to a template, and unbind them."""
    found, parameters = _template(call), call.parameters
    for kind, name in (("single", "Resources"), ("group", "ResourceGroups")):
        away, more = parameters.texts(f"Unbind{name}"), parameters.texts(f"Bind{name}")
        left = [one for one in found["Resources"][kind] if one not in away]
        found["Resources"][kind] = [*left, *(one for one in more if one not in left)]
    return _kept(call, TEMPLATE, "TemplateId", found)


@action(WAF, "DeleteDefenseTemplate", source="provider source", writes=True)
def delete_defense_template(call: Call) -> Response:
    """Remove a template and its rules."""
    number = _template(call)["TemplateId"]
    for key, document in call.store.items(RULE):
        if document["TemplateId"] == number:
            call.store.delete(RULE, key)
    call.store.delete(TEMPLATE, str(number))
    return {}


@action(WAF, "CreateDefenseRule", source="provider source", writes=True)
def create_defense_rule(call: Call) -> Response:
    """Rules of a template, of a resource or of the whole instance, as JSON text; the answer joins their ids with commas."""
    parameters, instance, numbers = call.parameters, _instance(call), []
    type_ = parameters.choice("DefenseType", ("template", "resource", "global"), "template")
    template = _template(call)["TemplateId"] if parameters.text("TemplateId") else 0
    for sent in _sent(parameters):
        numbers.append(str(next_number(call.store, RULE, 20001)))
        document = {
            "InstanceId": instance,
            "RuleId": int(numbers[-1]),
            "RuleName": str(sent.get("name", "")),
            "Status": int(sent.get("status", 1)),
            "DefenseType": type_,
            "DefenseScene": parameters.choice("DefenseScene", SCENES),
            "DefenseOrigin": str(sent.get("origin", "custom")),
            "TemplateId": template,
            "Resource": parameters.text("Resource"),
            **_changed(sent),
        }
        call.store.put(RULE, numbers[-1], document)
    return {"RuleIds": ",".join(numbers)}


@action(WAF, "DescribeDefenseRule", source="provider source")
def describe_defense_rule(call: Call) -> Response:
    """One rule; its configuration is JSON text with the keys that were sent."""
    rule = _rule(call, call.parameters.required("RuleId"))
    return {"Rule": {key: value for key, value in rule.items() if key != "InstanceId"}}


@action(WAF, "ModifyDefenseRule", source="provider source", writes=True)
def modify_defense_rule(call: Call) -> Response:
    """Another name and configuration for the rules that the JSON text names by id."""
    for name in ("TemplateId", "Resource", "DefenseScene"):
        call.parameters.text(name)
    for sent in _sent(call.parameters):
        rule = _rule(call, str(sent.get("id", "")))
        named = {"RuleName": str(sent.get("name", rule["RuleName"]))}
        _kept(call, RULE, "RuleId", {**rule, **named, **_changed(sent)})
    return {}


@action(WAF, "ModifyDefenseRuleStatus", source="provider source", writes=True)
def modify_defense_rule_status(call: Call) -> Response:
    """Switch a rule on or off."""
    rule = _rule(call, call.parameters.required("RuleId"))
    for name in ("TemplateId", "Resource"):
        call.parameters.text(name)
    return _kept(call, RULE, "RuleId", {**rule, "Status": call.parameters.integer("RuleStatus", 0, 1)})


@action(WAF, "DeleteDefenseRule", source="provider source", writes=True)
def delete_defense_rule(call: Call) -> Response:
    """Remove rules by their ids, joined with commas."""
    for name in ("TemplateId", "Resource"):
        call.parameters.text(name)
    for id in call.parameters.required("RuleIds").split(","):
        call.store.delete(RULE, str(_rule(call, id)["RuleId"]))
    return {}


def _instance(call: Call) -> str:
    id = call.parameters.required("InstanceId")
    found = require(call.store, INSTANCE, id, gone("Waf.Pullin.InstanceNotExist", "instance"))
    return str(found["InstanceId"])


def _template(call: Call) -> Document:
    _instance(call)
    call.parameters.text("ResourceManagerResourceGroupId")
    id = call.parameters.required("TemplateId")
    return require(
        call.store, TEMPLATE, id, refused("Defense.Control.DefenseTemplateNotExist", "There is no such template.")
    )


def _rule(call: Call, id: str) -> Document:
    _instance(call)
    call.parameters.text("DefenseType")
    return require(call.store, RULE, id, refused("Defense.Control.DefenseRuleNotExist", "There is no such rule."))


def _sent(parameters: Parameters) -> list[dict[str, Any]]:
    try:
        rules = parsed(parameters.required("Rules"))
    except ValueError:
        rules = None
    if not isinstance(rules, list) or not rules or not all(isinstance(one, dict) for one in rules):
        raise invalid("Rules", "a JSON array of objects is expected")
    return rules


def _changed(sent: dict[str, Any]) -> Document:
    config = {key: value for key, value in sent.items() if key not in RULE_KEYS}
    return {"Config": json.dumps(config), "GmtModified": now_milliseconds()}


def _kept(call: Call, kind: str, id: str, document: Document) -> Response:
    call.store.put(kind, str(document[id]), {**document, "GmtModified": now_milliseconds()})
    return {}
