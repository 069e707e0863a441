"""Which generations of an authority a stack had. This module's path and class names stand in state.

A stack file alone cannot tell that a generation was taken out of it, nor that a "new" one is older than the others
by its name. State can, and `check` sees it in a preview as well.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult

from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.x509.rotation import Plan, history_problems

REMEMBERED = ("generations", "issuing", "trusted")


class GenerationLedgerProvider(Provider):
    """Remembers generations, oldest first, with the issuing and the trusted one."""

    @boundary
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse to remove a generation in use, and to add one that would pass for an older one."""
        if not olds.get("generations"):
            return checked(news, [])
        problems = history_problems(
            _plan(olds), _plan(news), news.get("undeclared", []), news.get("accept_lockout", [])
        )
        return checked(news, [("authority.selfManaged.generations", problem) for problem in problems])

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Other generations or roles are an update; who has declared what goes into the state without one."""
        return compared([], updates=bool(changed(olds, news, REMEMBERED)))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing but a line in state."""
        return CreateResult("generations", props)


def _plan(props: Mapping[str, Any]) -> Plan:
    """State from before `delivered` was remembered has none of it."""
    return Plan(
        tuple(props["generations"]), str(props["issuing"]), str(props["trusted"]), dict(props.get("delivered") or {})
    )


class GenerationLedger(Resource):
    """The generations of an authority, oldest first, and which one issues and which one is trusted.

    `delivered` says by client what it is declared to carry, where that is written down; `undeclared` names the clients
    of whom it is not, `accept_lockout` those that may be locked out.
    """

    served_by = GenerationLedgerProvider

    def __init__(
        self,
        name: str,
        *,
        generations: Sequence[str],
        issuing: str,
        trusted: str,
        delivered: Mapping[str, str],
        undeclared: Sequence[str],
        accept_lockout: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "generations": list(generations),
            "issuing": issuing,
            "trusted": trusted,
            "delivered": dict(delivered),
            "undeclared": sorted(undeclared),
            "accept_lockout": sorted(accept_lockout),
        }
        super().__init__(name, properties, opts)
