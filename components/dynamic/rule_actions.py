"""What a forwarding rule does, compared by what was declared. This module's path and class names stand in state.

The alicloud provider cannot manage it quietly: it compares the session stickiness of a rule's server groups as well,
which ALB may answer although nobody declared it. It makes the rule; changes of its actions are made here.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from mtlsedge_components.dynamic import declarations
from mtlsedge_components.dynamic.provider import ReconcilingProvider
from mtlsedge_components.dynamic.resource import Resource


class RuleActionsProvider(ReconcilingProvider):
    """A rule just made has its actions already; actions go with the rule."""

    what, key, declared = "rule", "rule_id", "actions"

    def look(self, id_: str) -> list[dict[str, Any]] | None:
        """The rule's actions."""
        actions: list[dict[str, Any]] | None = self.connection.load_balancers().rule_actions(id_)
        return actions

    def as_declared(self, found: list[dict[str, Any]], declared: Any) -> Any:
        """The actions with the keys of the declaration, in its order; whole where there are others."""
        return declarations.seen_as(declarations.from_answer(found), declared or [])

    def reconcile(self, id_: str, found: list[dict[str, Any]], wanted: Any) -> None:
        """All actions in one call, if they differ."""
        if self.as_declared(found, wanted) != wanted:
            self.connection.load_balancers().set_rule_actions(id_, declarations.to_request(wanted))


class RuleActions(Resource):
    """The actions of a rule, with the names that the resource `alicloud.alb.Rule` gives to `ruleActions`."""

    served_by = RuleActionsProvider

    def __init__(
        self,
        name: str,
        *,
        rule_id: pulumi.Input[str],
        actions: Sequence[pulumi.Input[dict[str, Any]]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__(name, {"rule_id": rule_id, "actions": list(actions)}, opts)
