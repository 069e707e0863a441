"""Which DNS records may share a host below the apex: the part of the vendor's table that no copy shows."""

from itertools import combinations_with_replacement

from livecheck.questions.model import Answer, NotAsked, Question, World
from mtlsedge.cloud import CloudProblem

VALUES = {
    "A": ("192.0.2.1", "192.0.2.2"),
    "AAAA": ("2001:db8::1", "2001:db8::2"),
    "CNAME": ("one.example.com", "two.example.com"),
    "MX": ("mail.example.com", "mail2.example.com"),
    "TXT": ("one", "two"),
    "NS": ("ns1.example.com", "ns2.example.com"),
    "CAA": ('0 issue "one.example"', '0 issue "two.example"'),
}
"""Type -> the values of two records, in names and addresses kept for documentation (RFC 2606, 5737, 3849)."""


def conflicts(world: World) -> Answer:
    """Every pair of types on a host of its own: the code of the second record."""
    if not world.account.zone:
        raise NotAsked("no zone was named (--zone): records are made only where the operator says so")
    seen = {}
    for number, (one, other) in enumerate(combinations_with_replacement(VALUES, 2)):
        host = world.builder.run.name(f"{number}")
        seen[f"{one}, then {other}"] = _second(world, host, (one, VALUES[one][0]), (other, VALUES[other][1]))
    apart = [pair for pair, code in seen.items() if code != "accepted"]
    return Answer(f"refused beside each other: {'; '.join(apart) or 'none'}", seen)


def _second(world: World, host: str, *records: tuple[str, str]) -> str:
    """Adds records at one host, and takes away what was added; the code of the last."""
    calls, code, made = world.builder.calls, "", list[str]()
    for kind, value in records:
        record = {"DomainName": world.account.zone, "RR": host, "Type": kind, "Value": value}
        priority = {"Priority": 10} if kind == "MX" else {}
        try:
            made.append(calls.do("alidns", "AddDomainRecord", **record, **priority)["RecordId"])
            code = "accepted"
        except CloudProblem as problem:
            code = problem.code
    for id in made:
        calls.code("alidns", "DeleteDomainRecord", RecordId=id)
    return code


QUESTIONS = (
    Question(
        "dns.conflicts",
        "Which records may share a host that is not the apex?",
        "every pair of A, AAAA, CNAME, MX, TXT, NS, CAA on hosts of its own in the zone named with --zone",
        "The program treats a CNAME as exclusive.",
        conflicts,
    ),
)
