"""A host of a zone that is free for a CNAME. This module's path and class names stand in state."""

from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult

from mtlsedge_components.dynamic import decisions
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import GONE, CloudProvider, boundary, compared
from mtlsedge_components.dynamic.resource import Resource

LOWEST_EDITION_TTL = 600
"""Seconds: the minimum of the Free edition, assumed when a zone does not say (alibaba-cloud.md §3.1)."""


class VacantHostProvider(CloudProvider):
    """Looks at the live records once, before ours are made; afterwards ours stand there."""

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another zone or host has to be looked at."""
        return compared(changed(olds, news, ["zone", "rr"]))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Refuse a host with live records that cannot stand beside a CNAME."""
        names = self.connection.names()
        minimum = self._minimum_ttl(props["zone"])
        if minimum is None:
            raise ProviderError(f"zone {props['zone']}: found no such zone in the account; allowed one that it holds")
        records = names.records(props["zone"], props["rr"])
        if conflicts := decisions.conflicting_records(records, props["rr"], props["expected_target"]):
            listed = ", ".join(f"{record['Type']} {record['Value']} ({record['RecordId']})" for record in conflicts)
            raise ProviderError(f"host {props['rr']}.{props['zone']}: found live records {listed};"
                                " allowed none beside a CNAME: delete them, or adopt the record")  # fmt: skip
        return CreateResult(f"{props['rr']}.{props['zone']}", {**props, "minimum_ttl": minimum})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The zone's minimum TTL as it is now."""
        minimum = self._minimum_ttl(props["zone"])
        return ReadResult(*GONE) if minimum is None else ReadResult(id_, {**props, "minimum_ttl": minimum})

    def _minimum_ttl(self, zone: str) -> int | None:
        """Seconds; None if the account has no such zone."""
        found = self.connection.names().zone(zone)
        return None if found is None else int(found.get("MinTtl") or LOWEST_EDITION_TTL)


class VacantHost(Resource):
    """Exists if nothing stands in the way of a CNAME at `rr` in `zone`; `minimum_ttl` is in seconds.

    `expected_target` names the target of a CNAME that may be there already, because the stack adopts it.
    """

    served_by = VacantHostProvider

    minimum_ttl: pulumi.Output[int]

    def __init__(
        self,
        name: str,
        *,
        zone: str,
        rr: str,
        expected_target: pulumi.Input[str] = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"zone": zone, "rr": rr, "expected_target": expected_target, "minimum_ttl": None}
        super().__init__(name, properties, opts)
