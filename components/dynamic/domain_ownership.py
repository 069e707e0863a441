"""Proof that a DNS zone is the account's to use. This module's path and class names stand in state."""

import time
from typing import TYPE_CHECKING, Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult

from mtlsedge_components.dynamic import decisions, notices
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import CloudProvider, Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.importing import one_at_a_time

if TYPE_CHECKING:
    from dns.resolver import Resolver

VERIFICATIONS = ("RETRIEVAL", "ADD_SUB_DOMAIN")
POLL_SECONDS = 5.0


class TxtProofProvider(CloudProvider):
    """Fetches a proof once; a refresh keeps it, because asking again could give another value."""

    @boundary
    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse an unknown kind of verification."""
        problems = decisions.unlisted(news, "verification", VERIFICATIONS)
        return checked(news, problems)

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another zone or kind of verification needs another proof."""
        return compared(changed(olds, news, ["zone", "verification"]))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Ask for the TXT record to publish."""
        proof = self.connection.names().proof(props["zone"], props["verification"])
        parent = decisions.proof_zone(props["zone"], str(proof["RR"]), str(proof.get("ParentDomainName") or ""))
        outputs = {"rr": proof["RR"], "value": proof["Value"], "parent_domain": parent}
        notices.tell(f"to prove {props['zone']}, publish TXT {proof['RR']}.{parent} with the value {proof['Value']} where the zone"
                     " is served now; the value is good for three days")  # fmt: skip
        return CreateResult(f"{proof['RR']}.{parent}", {**props, **outputs})


class TxtResolvedProvider(Provider):
    """Waits until a TXT record is seen; nothing of it is kept in the cloud."""

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another record has to be waited for."""
        return compared(changed(olds, news, ["host", "value"]))

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Look until the record is there, or the time is over."""
        resolver, end = _resolver(props["resolver"]), time.monotonic() + props["timeout_seconds"]
        while props["value"] not in (found := _txt_values(resolver, props["host"])):
            if time.monotonic() >= end:
                raise ProviderError(f"TXT {props['host']}: found {len(found)} other value(s) after {props['timeout_seconds']} s;"
                                    f" allowed {props['value']}: publish it where the zone is delegated to now, then run"
                                    " `pulumi up` again")  # fmt: skip
            time.sleep(min(POLL_SECONDS, max(0.0, end - time.monotonic())))
        return CreateResult(props["host"], props)


def _resolver(address: str) -> "Resolver":
    """The system's resolver, or the one at `host:port` (port 53 if none is given)."""
    with one_at_a_time:
        from dns.resolver import Resolver

    resolver = Resolver(configure=not address)
    resolver.cache = None
    resolver.lifetime = POLL_SECONDS
    if address:
        host, _, port = address.partition(":")
        resolver.nameservers, resolver.port = [host], int(port or 53)
    return resolver


def _txt_values(resolver: "Resolver", host: str) -> list[str]:
    """Values of the TXT records; none when the name does not exist yet or nobody answers."""
    with one_at_a_time:
        from dns.exception import DNSException

    try:
        answer = resolver.resolve(host, "TXT")
    except (DNSException, OSError):
        return []
    return [b"".join(record.strings).decode("utf-8", "replace") for record in answer]


class TxtProof(Resource):
    """The TXT record that proves ownership of a zone; the cloud accepts it for three days.

    `verification` is RETRIEVAL, or ADD_SUB_DOMAIN for a zone below one that another account holds.
    """

    served_by = TxtProofProvider

    rr: pulumi.Output[str]
    value: pulumi.Output[str]
    parent_domain: pulumi.Output[str]

    def __init__(
        self, name: str, *, zone: str, verification: str = "RETRIEVAL", opts: pulumi.ResourceOptions | None = None
    ) -> None:
        outputs = dict.fromkeys(("rr", "value", "parent_domain"))
        super().__init__(name, {"zone": zone, "verification": verification, **outputs}, opts)


class TxtResolved(Resource):
    """Exists once `host` answers with the TXT `value` at `resolver` (`host:port`; empty: the system's)."""

    served_by = TxtResolvedProvider

    def __init__(
        self,
        name: str,
        *,
        host: pulumi.Input[str],
        value: pulumi.Input[str],
        resolver: str = "",
        timeout_seconds: int = 600,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {"host": host, "value": value, "resolver": resolver, "timeout_seconds": timeout_seconds}
        super().__init__(name, properties, opts)
