"""The DNS names in front of the load balancer, and what has to be true before they are published."""

from typing import TypedDict

import pulumi
from pulumi_alicloud import dns

from components.dynamic import TxtProof, TxtResolved, VacantHost
from components.identity import Identity
from components.settings import full_names
from components.settings.model import Domain


class DnsRecordsArgs(TypedDict):
    """`domain` is plain, its names decide what exists; the target only flows through."""

    domain: Domain
    target: pulumi.Input[str]
    """DNS name of the load balancer, never an address: ALB changes its addresses."""
    identity: Identity


class DnsRecords(pulumi.ComponentResource):
    """A CNAME for every name; before it, where asked for, the proof of ownership and the zone.

    A zone is retained on destroy: others' records may live in it by then. Each host is looked at
    before its record is made, and one that has live records of somebody else is refused by name.
    """

    hosts: list[str]
    """The full host names, in the order of the stack file."""

    def __init__(self, name: str, args: DnsRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:DnsRecords", name, None, opts)
        domain = args["domain"]
        self.hosts = list(full_names(domain))
        before: list[pulumi.Resource] = [self._proof(name, domain)] if domain.prove_ownership else []
        if domain.create:
            before = [self._zone(name, domain, args["identity"], before)]
        for host in sorted(domain.names):
            self._record(f"{name}-{host}", host, args, before)
        self.register_outputs({"hosts": self.hosts})

    def _proof(self, name: str, domain: Domain) -> TxtResolved:
        """Publishes the TXT record the cloud asks for, and waits until the world sees it."""
        child = pulumi.ResourceOptions(parent=self)
        proof = TxtProof(f"{name}-proof", zone=domain.zone, opts=child)
        record = dns.AlidnsRecord(
            f"{name}-proof-record",
            domain_name=proof.parent_domain,
            rr=pulumi.Output.all(proof.rr, proof.parent_domain).apply(lambda found: _own_host(domain, *found)),
            type="TXT",
            value=proof.value,
            ttl=domain.ttl,
            opts=child,
        )
        host = pulumi.Output.concat(record.rr, ".", record.domain_name)
        return TxtResolved(f"{name}-proof-resolved", host=host, value=record.value, opts=child)

    def _zone(self, name: str, domain: Domain, identity: Identity, before: list[pulumi.Resource]) -> dns.AlidnsDomain:
        options = identity.child(self, "zone")
        options.retain_on_delete, options.depends_on = True, before
        return dns.AlidnsDomain(f"{name}-zone", domain_name=domain.zone, tags=identity.tags, opts=options)

    def _record(self, name: str, host: str, args: DnsRecordsArgs, before: list[pulumi.Resource]) -> None:
        domain, identity = args["domain"], args["identity"]
        vacant = VacantHost(
            f"{name}-vacant",
            zone=domain.zone,
            rr=host,
            expected_target=args["target"] if identity.adopted("record", host) else "",
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        options = identity.child(self, "record", host)
        options.depends_on = [vacant]
        allowed = vacant.minimum_ttl.apply(lambda minimum: _allowed_ttl(domain.ttl, minimum))
        dns.AlidnsRecord(
            name,
            domain_name=domain.zone,
            rr=host,
            type="CNAME",
            value=args["target"],
            ttl=domain.ttl if options.import_ else allowed,  # what exists already has a TTL that its zone takes
            opts=options,
        )


def _own_host(domain: Domain, rr: str, parent: str) -> str:
    """The proof's host, unless one of our CNAMEs stands on it: a CNAME bears no other record beside it."""
    if f"{rr}.{parent}" in full_names(domain):
        raise pulumi.RunError(
            f"mtlsedge:domain.names: found {rr}, the host of the TXT ownership proof; allowed: any other host"
        )
    return rr


def _allowed_ttl(ttl: int, minimum: float) -> int:
    """The TTL, unless the zone's edition wants a longer one."""
    if ttl < minimum:
        raise pulumi.RunError(
            f"mtlsedge:domain.ttl: found {ttl}; allowed: {minimum:.0f} or more in this zone's edition"
        )
    return ttl
