"""Rules of a listener in the cloud: told apart by their priorities, which count from 1, and brought in line in batches.

New ones are made first and surplus ones go last, so that at each moment a request finds a rule that is wanted. Others than the
controller's do not stay: on a listener that it manages every rule is the Ingresses'. Source: applier/rule.go.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from local.kubernetes.controller.openapi import Api, covers
from local.kubernetes.controller.rules import Rule

Json = dict[str, Any]
RULES_PER_CALL = 10


def apply(api: Api, listener: str, port: int, wanted: Sequence[Rule], groups: Mapping[str, str]) -> None:
    """Make the listener's rules the wanted ones, in their order; `groups` maps names of server groups to ids."""
    rows = api.pages("alb", "ListRules", "Rules", ListenerIds=[listener], Direction="Request")
    present = {int(row["Priority"]): row for row in rows}
    missing, changed = [], []
    for priority, rule in enumerate(wanted, 1):
        parameters = {
            "RuleName": f"rule-{port}-{priority}",
            "RuleConditions": rule.conditions,
            "RuleActions": _resolved(rule.actions, groups),
        }
        row = present.pop(priority, None)
        if row is None:
            missing.append({"Priority": priority, **parameters})
        elif not covers(row, parameters):
            changed.append({"RuleId": row["RuleId"], **parameters})
    for some in _chunks(missing):
        api("alb", "CreateRules", ListenerId=listener, Rules=some)
    for some in _chunks(changed):
        api("alb", "UpdateRulesAttribute", Rules=some)
    for some in _chunks([row["RuleId"] for row in present.values()]):
        api("alb", "DeleteRules", RuleIds=some)


def _chunks(items: list[Any]) -> Iterator[list[Any]]:
    yield from (items[start : start + RULES_PER_CALL] for start in range(0, len(items), RULES_PER_CALL))


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
