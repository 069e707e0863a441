"""Rules of a listener in the cloud: brought in line one by one, told apart by their names."""

from collections.abc import Mapping
from typing import Any

from local.kubernetes.controller.openapi import Api, covers
from local.kubernetes.controller.rules import Rule

Json = dict[str, Any]
OWN = "k8s-"
"""Begins the names of the controller's rules; others on a reused ALB are left alone, and their priorities kept free."""
LAST = 10000
"""Largest priority the service takes."""


def apply(api: Api, listener: str, wanted: list[Rule], groups: Mapping[str, str]) -> None:
    """Make the listener's rules the wanted ones, in their order; `groups` maps names of server groups to ids."""
    rows = list(api.pages("alb", "ListRules", "Rules", ListenerIds=[listener]))
    ours = {str(row["RuleName"]): row for row in rows if str(row["RuleName"]).startswith(OWN)}
    taken = {int(row["Priority"]) for row in rows if not str(row["RuleName"]).startswith(OWN)}
    kept = {rule.name for rule in wanted}
    for name, row in ours.items():
        if name not in kept:
            api("alb", "DeleteRule", RuleId=row["RuleId"])
    present = {name: row for name, row in ours.items() if name in kept}
    free = (number for number in range(1, LAST + 1) if number not in taken)
    for priority, rule in zip(free, wanted, strict=False):
        _apply_one(api, listener, priority, rule, groups, present)


def remove(api: Api, listener: str) -> None:
    """Take our rules off a listener."""
    apply(api, listener, [], {})


def _apply_one(
    api: Api, listener: str, priority: int, rule: Rule, groups: Mapping[str, str], present: dict[str, Json]
) -> None:
    """One rule; another one of this controller that has its priority makes way by trading places."""
    wanted = {"Priority": priority, "RuleConditions": rule.conditions, "RuleActions": _resolved(rule.actions, groups)}
    row = present.get(rule.name)
    if row is not None and covers(row, wanted):
        return
    holder = next(
        (other for name, other in present.items() if int(other["Priority"]) == priority and name != rule.name), None
    )
    if holder is not None:
        used = {int(other["Priority"]) for other in present.values()}
        spare = next(number for number in range(LAST, 0, -1) if number not in used)
        api("alb", "UpdateRuleAttribute", RuleId=holder["RuleId"], Priority=spare)
        holder["Priority"] = spare
    if row is None:
        api("alb", "CreateRule", ListenerId=listener, RuleName=rule.name, **wanted)
    else:
        api("alb", "UpdateRuleAttribute", RuleId=row["RuleId"], **wanted)
        row["Priority"] = priority


def _resolved(actions: list[Json], groups: Mapping[str, str]) -> list[Json]:
    """Actions with ids where the model has names."""
    found = []
    for action in actions:
        config = action.get("ForwardGroupConfig")
        if config is None:
            found.append(action)
            continue
        tuples = [{**one, "ServerGroupId": groups[one["ServerGroupId"]]} for one in config["ServerGroupTuples"]]
        found.append({**action, "ForwardGroupConfig": {"ServerGroupTuples": tuples}})
    return found
