"""What becomes less safe. Each rule looks at the stack before and after, so a change by any way is seen.

A weakening needs a long setting of its own in the same change; that it is in force, the program tells in its output
`weakenings`. One that was there before this change accepts nothing new.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from exposure import alb_config, networks, nlb, security_groups, tls
from exposure.access_lists import EVERY, REFUSED
from exposure.facts import switch
from exposure.reach import Routes, is_https, past, speaks_quic
from mtlsedge.preview import (
    access_lists,
    balancer_groups,
    connection,
    not_judged,
    passages,
    proofs,
    scripts,
    tls_policies,
)
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview
from settings.additional_listener import place_of

ACCEPT = "mtlsedge:acceptWeakening"
FIRST, CLUSTER = "mtlsedge:listener", "mtlsedge:kubernetes.listener"
SECTION = re.compile(r"mtlsedge:(?:kubernetes\.)?(?:additionalListeners\.[A-Za-z0-9][A-Za-z0-9._-]{0,62}\.)?listener")
"""Where a listener's settings stand."""
ADDITIONAL = re.compile(r"load-balancer/([^/]+)/https-")
"""Logical names of an additional listener's resources begin so."""
OWN_SETTINGS = {
    "client-verification-off": ("clientVerification", "off-for-migration"),
    "tls-floor-lowered": ("tlsPolicyBelow12", "accept-tls-1.0-for-old-clients"),
    "path-past-mutual-tls": ("httpForwarding", "allow-http-forwarding-past-mutual-tls"),
}
"""Kind of weakening -> a listener's setting, and its value, that has always asked for it."""
OF_FIRST = ("path-past-mutual-tls",)
"""Other listeners have no setting for it."""


@dataclass(frozen=True)
class Weakening:
    """One way in which the stack becomes less safe."""

    kind: str
    label: str
    """A few words for the headline."""
    subject: str
    """Logical name of the resource."""
    detail: str
    accepted_by: str = ""
    """The setting in this change that accepts it; empty: nothing does."""
    at: str = FIRST
    """Where the settings of the listener in question stand."""

    @property
    def remedy(self) -> str:
        """The setting that would accept it."""
        if self.kind not in OWN_SETTINGS or (self.kind in OF_FIRST and self.at != FIRST):
            return f"{ACCEPT}.{self.kind}: why this is right, in a sentence"
        key, value = OWN_SETTINGS[self.kind]
        return f"{self.at}.{key}: {value}"


def find(preview: Preview) -> list[Weakening]:
    """Every weakening, in the order of the rules below."""
    entry_points = {one.name for one in preview.changes if one.type in (alb_config.OWN, alb_config.ADOPTED)}
    return [
        _judged(preview, Weakening(kind, label, subject, detail, at=_section(subject, entry_points)))
        for rule in RULES
        for kind, label, subject, detail in rule(preview)
    ]


def _section(subject: str, cluster: Collection[str]) -> str:
    if beside := ADDITIONAL.match(subject):
        return f"{place_of(beside[1], in_cluster=False)}.listener"
    entry_point, _, name = subject.partition("/")
    if entry_point not in cluster:
        return FIRST
    return f"{place_of(name, in_cluster=True)}.listener" if name else CLUSTER


def _judged(preview: Preview, one: Weakening) -> Weakening:
    """With the setting that accepts it, if this very change brings one."""
    new = set(preview.weakenings_after) - set(preview.weakenings_before)
    paths = (f"{ACCEPT}.{one.kind}", one.remedy.partition(": ")[0])
    accepted = next((path for path in paths if any(line.startswith(f"{path}: ") for line in new)), "")
    return replace(one, accepted_by=accepted)


Found = Iterator[tuple[str, str, str, str]]


def _verification(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTPS"):
        if one.new is None or switch(one.new.get("caEnabled")) is not False:
            continue
        old = None if one.operation == "import" else one.old
        if old is None or switch(old.get("caEnabled")) is not False:
            yield "client-verification-off", "client verification off", one.name, "clients need no certificate any more"


def _authority(preview: Preview) -> Found:
    reuploaded = {
        one.name
        for one in t.of_type(preview, t.UPLOADED_CA)
        if one.old is not None
        and one.new is not None
        and one.old.get("certificate_pem") != one.new.get("certificate_pem")
    }
    for one in t.listeners(preview, "HTTPS"):
        before, after = t.trusted(one.old), t.trusted(one.new)
        if one.new is None or not before or before == after:
            continue
        if not t.is_known(after) and not (reuploaded or _new_authority(preview)):
            continue
        gone = "" if after else ", and no other takes its place"
        if after and preview.locked_out == ():
            gone = "; it accepts every client, by what is declared as delivered"
        yield "authority-replaced", "CA replaced", one.name, f"the CA that the listener trusts is another one{gone}"


def _new_authority(preview: Preview) -> bool:
    """Whether a CA is uploaded that was not there before; the same one in another repository is no other CA."""
    uploads = list(t.of_type(preview, t.UPLOADED_CA))
    before = {_certificate(one.old) for one in uploads if one.old}
    return any(one.is_made and _certificate(one.new) not in before for one in uploads)


def _certificate(properties: Mapping[str, Any] | None) -> str:
    return "".join(str((properties or {}).get("certificate_pem", "")).split())


def _tls(preview: Preview) -> Found:
    for one in preview.once(tls_policies.swaps):
        if one.after is None or (one.before is None and not one.is_new):
            continue
        if tls.has_lower_floor(one.after, one.before):
            label = f"TLS floor {one.before.floor if one.before else tls.ENOUGH} → {one.after.floor}"
            detail = f"the listener takes TLS {one.after.floor} (policy {one.shown})"
            yield "tls-floor-lowered", label, one.subject, detail
        elif one.before and tls.has_weaker_ciphers(one.after, one.before):
            if one.before.name == one.after.name:
                suites = ", ".join(sorted((one.after.weak or frozenset()) - (one.before.weak or frozenset())))
                detail = f"policy {one.shown} takes {suites}, which have no forward secrecy"
            else:
                detail = f"policy {one.before.name} becomes {one.shown}"
            yield "tls-weaker", "weaker TLS policy", one.subject, detail


def _in_clear(preview: Preview) -> Found:
    """TLS that goes where no certificate was asked for; where one was, it is the verification that goes."""
    for one in t.listeners(preview, "HTTPS"):
        without = one.new is not None and one.new.get("listenerProtocol") in tls_policies.WITHOUT_TLS
        if without and one.old is not None and not t.verifies(one.old) and is_https(one.old):
            detail = "what is asked and answered there goes over the network in clear"
            yield "tls-floor-lowered", "TLS off", one.name, detail


def _past_mutual_tls(preview: Preview) -> Found:
    before, after, guarded = preview.once(t.before), preview.once(t.after), preview.once(t.guarded)
    for one in t.of_type(preview, t.LISTENER):
        protocol = (one.new or {}).get("listenerProtocol")
        if protocol == "HTTP" and _new_servers(one, before, after, guarded):
            detail = "plain HTTP reaches the servers without a client certificate"
            yield "path-past-mutual-tls", "plain HTTP past mutual TLS", one.name, detail
        elif protocol == "HTTPS" and _is_unverified(one) and guarded & _new_servers(one, before, after, guarded):
            detail = "servers behind mutual TLS are reached by an HTTPS listener that asks for no certificate"
            yield "path-past-mutual-tls", "HTTPS past mutual TLS", one.name, detail
        elif protocol in nlb.WITHOUT_CERTIFICATES and guarded & _new_servers(one, before, after, guarded):
            detail = f"servers behind mutual TLS are reached over plain {protocol}"
            yield "path-past-mutual-tls", f"{protocol} past mutual TLS", one.name, detail
    for one in t.of_type(preview, t.LISTENER):
        if not speaks_quic(one.new) or _asked_nobody(one):
            continue
        if speaks_quic(one.old) is not True or guarded & _new_servers(one, before, after, guarded):
            detail = "QUIC has no client certificates: HTTP/3 reaches the servers without one"
            yield "path-past-mutual-tls", "QUIC past mutual TLS", one.name, detail


def _asked_nobody(one: Change) -> bool:
    """Whether a listener with TLS certainly asks for no certificate, before and after."""
    sides = (one.old, one.new)
    return all(side is not None and is_https(side) and switch(side.get("caEnabled")) is False for side in sides)


def _is_unverified(one: Change) -> bool:
    """Whether a listener asks for no certificate, after as before; one that ceases to ask has a finding of its own."""
    return one.old is not None and not (t.verifies(one.old) or t.verifies(one.new))


def _new_servers(one: Change, before: Routes, after: Routes, guarded: frozenset[str]) -> frozenset[str]:
    was, now = t.resource(one, after=False), t.resource(one, after=True)
    return frozenset() if now is None else past(before, after, was, now, guarded)


def _protection(preview: Preview) -> Found:
    for one in t.of_type(preview, t.LOAD_BALANCER):
        if one.new is not None and t.is_protected(one.old) is not False and t.is_protected(one.new) is False:
            yield "deletion-protection-off", "deletion protection off", one.name, "anybody with access can delete it"
    for one in preview.changes:
        if one.was_protected and not one.is_protected and one.new is not None:
            yield "deletion-protection-off", "protection in the state off", one.name, "`destroy` would delete it"


def _exposure(preview: Preview) -> Found:
    for one in t.of_type(preview, t.LOAD_BALANCER):
        if one.old is not None and any(_is_public(one.new, key) and not _is_public(one.old, key) for key in ADDRESSES):
            yield "public-address", "public address", one.name, "the load balancer gets an address on the Internet"
        if (one.old or {}).get("accessLogConfig") and one.new is not None and not one.new.get("accessLogConfig"):
            yield "access-log-off", "access log off", one.name, "nobody can see afterwards who connected"


ADDRESSES = ("addressType", "ipv6AddressType")
"""Kinds of a load balancer's address, IPv4 and IPv6."""


def _is_public(inputs: t.Inputs | None, key: str) -> bool:
    return (inputs or {}).get(key) == "Internet"


def _security_groups(preview: Preview) -> Found:
    gone = {one.id for one in t.of_type(preview, t.SECURITY_GROUP) if one.new is None}
    after = preview.once(passages.after)
    closed = preview.once(passages.declared_groups)
    for one, found in preview.once(passages.opened):
        if security_groups.leads_around(found, preview.once(passages.guarded_ports)):
            detail = f"servers can be reached past the load balancer: {passages.shown(found)}"
            who = "everybody" if networks.is_everybody(found.network) else found.network
            yield "public-address", f"servers open to {who}", one.name, detail
    for one in t.of_type(preview, t.SECURITY_RULE):
        was = security_groups.passage(one.old)
        if was is None or not (one.is_change and was.is_refused) or was.group in gone:
            continue
        if security_groups.is_refused_no_more(was, after, closed) or balancer_groups.refuse_less(preview, was):
            detail = f"refused no more: {passages.shown(was)}"
            yield "networks-widened", "more networks may connect", one.name, detail


def _balancer_groups(preview: Preview) -> Found:
    for one, detail in balancer_groups.widened(preview):
        yield "networks-widened", "more networks may connect", one.name, detail


def _networks(preview: Preview) -> Found:
    said: set[tuple[str, str, str, str]] = set()
    for use in preview.once(access_lists.uses):
        opened = use.after.opened(use.before)
        if EVERY in opened:
            taken = "is taken away" if not use.after.kind else "lets in every network: it is empty"
            becomes = "becomes one of refused networks" if use.after.kind == REFUSED else taken
            yield (
                "networks-widened",
                "every network may connect",
                use.subject,
                f"the list of allowed networks {becomes}",
            )
            continue
        lists, verb = use.after.entries, "allowed in addition"
        if use.before.kind == REFUSED:
            lists, verb = use.before.entries, "refused no more"
        for subject in sorted({lists.get(one, use.subject) for one in opened}):
            added = [one for one in opened if lists.get(one, use.subject) == subject and networks.parsed(one)]
            found = "networks-widened", "more networks may connect", subject, f"{verb}: {', '.join(added)}"
            if added and found not in said:
                said.add(found)
                yield found


def _headers(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTPS"):
        if (
            one.old is not None
            and one.new is not None
            and (lost := sorted(set(t.headers(one.old)) - set(t.headers(one.new))))
        ):
            detail = f"servers no longer learn the client's {', '.join(lost)}"
            yield "header-forwarding-off", "client headers off", one.name, detail
    if added := sorted(t.replaced_headers(preview, after=True) - t.replaced_headers(preview, after=False)):
        for one in t.of_type(preview, t.RULE, t.OWN_ACTIONS):
            if one.is_change and one.new is not None and "HeaderConfig" in str(t.actions_of(one.new)):
                detail = f"a rule writes or removes what servers learn of the client: {', '.join(added)}"
                yield "header-forwarding-off", "client headers replaced", one.name, detail


RULES: tuple[Callable[[Preview], Found], ...] = (
    _verification, _authority, _tls, _in_clear, _past_mutual_tls, proofs.find, _protection, _exposure, _security_groups, _balancer_groups, _networks, _headers, scripts.find, connection.find,
    not_judged.find,
)  # fmt: skip
