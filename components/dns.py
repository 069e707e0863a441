"""The DNS names in front of the load balancer, and what has to be true before they are published."""

from typing import NotRequired, TypedDict

import pulumi
from pulumi_alicloud import dns

from mtlsedge_components.dynamic import TxtProof, TxtResolved, VacantHost
from mtlsedge_components.identity import Identity, IdentityArgs
from mtlsedge_components.naming import full_name

TTL = 600
"""Seconds; the least that a zone of the free edition takes."""


class DnsRecordsArgs(TypedDict):
    """The names decide which records there are; the target only flows through."""

    zone: str
    """The DNS zone, such as `example.com`."""
    names: list[str]
    """Hosts in the zone, such as `www`; `@` is the zone itself."""
    target: pulumi.Input[str]
    """DNS name of the load balancer, never an address: ALB changes its addresses."""
    ttl: NotRequired[int]
    """Seconds that answers may be kept, at most 86400. Default: 600, the least in a zone of the free edition."""
    create_zone: NotRequired[bool]
    """Whether the zone is added to the account. It stays there on destroy. Default: no."""
    prove_ownership: NotRequired[bool]
    """Whether a TXT record proves the ownership of the domain first. Default: no."""
    argument_path: NotRequired[str]
    """What messages write before an argument's name, such as `mtlsedge:domain`. Default: the component's name."""
    identity: NotRequired[IdentityArgs]
    """Names, tags, import ids and protection."""


class DnsRecords(pulumi.ComponentResource):
    """A CNAME for every name; before it, where asked for, the proof of ownership and the zone.

    A zone is retained on destroy: others' records may live in it by then. Each host is looked at
    before its record is made, and one that has live records of others is refused by name.
    """

    hosts: list[str]
    """The full host names, in the order of `names`."""

    def __init__(self, name: str, args: DnsRecordsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mtlsedge:index:DnsRecords", name, None, opts)
        self._path, self._identity = args.get("argument_path", name), Identity.of(args.get("identity"))
        self.hosts = [full_name(host, args["zone"]) for host in args["names"]]
        before: list[pulumi.Resource] = [self._proof(name, args)] if args.get("prove_ownership") else []
        if args.get("create_zone"):
            before = [self._zone(name, args["zone"], before)]
        for host in sorted(args["names"]):
            self._record(f"{name}-{host}", host, args, before)
        self.register_outputs({"hosts": self.hosts})

    def _proof(self, name: str, args: DnsRecordsArgs) -> TxtResolved:
        """Says which TXT record the cloud asks for, and waits until the world sees it.

        It is published by people, where the zone is served now: that is in no account of this stack's, or no proof were needed.
        """
        child = pulumi.ResourceOptions(parent=self)
        kind = "ADD_SUB_DOMAIN" if args.get("create_zone") else "RETRIEVAL"
        proof = TxtProof(f"{name}-proof", zone=args["zone"], verification=kind, opts=child)
        rr = pulumi.Output.all(proof.rr, proof.parent_domain).apply(lambda found: self._own_host(*found))
        host = pulumi.Output.concat(rr, ".", proof.parent_domain)
        return TxtResolved(f"{name}-proof-resolved", host=host, value=proof.value, opts=child)

    def _zone(self, name: str, zone: str, before: list[pulumi.Resource]) -> dns.AlidnsDomain:
        options = self._identity.child(self, "zone")
        options.retain_on_delete, options.depends_on = True, before
        return dns.AlidnsDomain(f"{name}-zone", domain_name=zone, tags=self._identity.tags, opts=options)

    def _record(self, name: str, host: str, args: DnsRecordsArgs, before: list[pulumi.Resource]) -> None:
        ttl = args.get("ttl", TTL)
        vacant = VacantHost(
            f"{name}-vacant",
            zone=args["zone"],
            rr=host,
            expected_target=args["target"] if self._identity.adopted("record", host) else "",
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        options = self._identity.child(self, "record", host)
        options.depends_on = [vacant]
        allowed = vacant.minimum_ttl.apply(lambda minimum: self._allowed_ttl(ttl, minimum))
        dns.AlidnsRecord(
            name,
            domain_name=args["zone"],
            rr=host,
            type="CNAME",
            value=args["target"],
            ttl=ttl if options.import_ else allowed,  # what exists already has a TTL that its zone takes
            opts=options,
        )

    def _own_host(self, rr: str, parent: str) -> str:
        """The proof's host, unless one of our CNAMEs stands on it: a CNAME bears no other record beside it."""
        if f"{rr}.{parent}" in self.hosts:
            raise pulumi.RunError(
                f"{self._path}.names: found {rr}, the host of the TXT ownership proof; allowed: any other host"
            )
        return rr

    def _allowed_ttl(self, ttl: int, minimum: float) -> int:
        """The TTL, unless the zone's edition wants a longer one."""
        if ttl < minimum:
            raise pulumi.RunError(
                f"{self._path}.ttl: found {ttl}; allowed: {minimum:.0f} or more in this zone's edition"
            )
        return ttl
