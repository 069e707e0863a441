"""What becomes less safe. Each rule looks at the stack before and after, so a change by any way is seen.

A weakening needs a long setting of its own in the same change; that it is in force, the program tells in its output
`weakenings`. One that was there before this change accepts nothing new.
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from mtlsedge.preview import alb_config
from mtlsedge.preview import topology as t
from mtlsedge.preview.events import Preview

ACCEPT = "mtlsedge:acceptWeakening"
OWN_SETTINGS = {
    "client-verification-off": ("mtlsedge:listener.clientVerification", "off-for-migration"),
    "tls-floor-lowered": ("mtlsedge:listener.tlsPolicyBelow12", "accept-tls-1.0-for-old-clients"),
    "path-past-mutual-tls": ("mtlsedge:listener.httpForwarding", "allow-http-forwarding-past-mutual-tls"),
}
"""Kind of weakening -> key path and value of the setting that has always asked for it."""
CLUSTER_SETTINGS = {
    kind: (path.replace("mtlsedge:listener.", "mtlsedge:kubernetes.listener."), value)
    for kind, (path, value) in OWN_SETTINGS.items()
    if kind != "path-past-mutual-tls"
}
"""The same of the cluster's listener, which has no setting for a path past mutual TLS."""
FLOORS = {
    "tls_cipher_policy_1_0": "1.0", "tls_cipher_policy_1_1": "1.1", "tls_cipher_policy_1_0_to_1_3": "1.0",
    "tls_cipher_policy_1_2": "1.2", "tls_cipher_policy_1_2_strict": "1.2", "tls_cipher_policy_1_2_strict_with_1_3": "1.2",
}  # fmt: skip
"""System policy -> lowest TLS version it takes [alibaba-cloud.md §1.4]."""
STRENGTH = ("tls_cipher_policy_1_2", "tls_cipher_policy_1_2_strict", "tls_cipher_policy_1_2_strict_with_1_3")
"""Policies of one floor, weakest ciphers first."""


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
    in_cluster: bool = False
    """Whether it is at the cluster's front, whose settings stand apart."""

    @property
    def remedy(self) -> str:
        """The setting that would accept it."""
        settings = CLUSTER_SETTINGS if self.in_cluster else OWN_SETTINGS
        path, value = settings.get(self.kind, (f"{ACCEPT}.{self.kind}", "why this is right, in a sentence"))
        return f"{path}: {value}"


def find(preview: Preview) -> list[Weakening]:
    """Every weakening, in the order of the rules below."""
    fronts = {one.name for one in preview.changes if one.type in (alb_config.OWN, alb_config.ADOPTED)}
    return [
        _judged(preview, Weakening(kind, label, subject, detail, in_cluster=subject in fronts))
        for rule in RULES
        for kind, label, subject, detail in rule(preview)
    ]


def _judged(preview: Preview, one: Weakening) -> Weakening:
    """With the setting that accepts it, if this very change brings one."""
    new = set(preview.weakenings_after) - set(preview.weakenings_before)
    paths = (f"{ACCEPT}.{one.kind}", one.remedy.partition(": ")[0])
    accepted = next((path for path in paths if any(line.startswith(f"{path}: ") for line in new)), "")
    return replace(one, accepted_by=accepted)


Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Found = Iterator[tuple[str, str, str, str]]


def _verification(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTPS"):
        was, new = t.verifies(one.old), one.new
        if new is not None and not t.verifies(new) and (was or one.old is None):
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
    return any(one.operation in ("create", "replace") for one in t.of_type(preview, t.UPLOADED_CA))


def _tls(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTPS"):
        before = (one.old or {}).get("securityPolicyId", "")
        after = (one.new or {}).get("securityPolicyId", "")
        if before == after or after not in FLOORS or (one.old is not None and before not in FLOORS):
            continue
        floor = FLOORS[after]
        if floor < FLOORS.get(before, "1.2"):
            label = f"TLS floor {FLOORS.get(before, '1.2')} → {floor}"
            yield "tls-floor-lowered", label, one.name, f"the listener takes TLS {floor} (policy {after})"
        elif before in STRENGTH and after in STRENGTH and STRENGTH.index(after) < STRENGTH.index(before):
            yield "tls-weaker", "weaker TLS policy", one.name, f"policy {before} becomes {after}"


def _past_mutual_tls(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTP"):
        is_new_path = t.serves_content(preview, one, after=True) and not t.serves_content(preview, one, after=False)
        if is_new_path and (one.new or {}).get("listenerProtocol") == "HTTP":
            detail = "plain HTTP reaches the servers without a client certificate"
            yield "path-past-mutual-tls", "plain HTTP past mutual TLS", one.name, detail
    for one in t.of_type(preview, t.LISTENER):
        was, now = _speaks_quic(one.old), _speaks_quic(one.new)
        if now and not was:
            detail = "QUIC has no client certificates: HTTP/3 reaches the servers without one"
            yield "path-past-mutual-tls", "QUIC past mutual TLS", one.name, detail


def _speaks_quic(inputs: t.Inputs | None) -> bool:
    upgrade = ((inputs or {}).get("quicConfig") or {}).get("quicUpgradeEnabled")
    return bool(upgrade) or (inputs or {}).get("listenerProtocol") == "QUIC"


def _protection(preview: Preview) -> Found:
    for one in t.of_type(preview, t.LOAD_BALANCER):
        if (
            one.new is not None
            and (one.old or {}).get("deletionProtectionEnabled")
            and not one.new.get("deletionProtectionEnabled")
        ):
            yield "deletion-protection-off", "deletion protection off", one.name, "anybody with access can delete it"
    for one in preview.changes:
        if one.was_protected and not one.is_protected and one.new is not None:
            yield "deletion-protection-off", "protection in the state off", one.name, "`destroy` would delete it"


def _exposure(preview: Preview) -> Found:
    for one in t.of_type(preview, t.LOAD_BALANCER):
        was, now = (one.old or {}).get("addressType"), (one.new or {}).get("addressType")
        if one.old is not None and was == "Intranet" and now == "Internet":
            yield "public-address", "public address", one.name, "the load balancer gets an address on the Internet"
        if (one.old or {}).get("accessLogConfig") and one.new is not None and not one.new.get("accessLogConfig"):
            yield "access-log-off", "access log off", one.name, "nobody can see afterwards who connected"
    for one in t.of_type(preview, t.SECURITY_RULE):
        if one.is_change and _is_open(one.new) and not _is_open(one.old):
            yield (
                "public-address",
                "servers open to everybody",
                one.name,
                "servers can be reached past the load balancer",
            )


def _is_open(inputs: t.Inputs | None) -> bool:
    return bool(inputs) and inputs.get("type") == "ingress" and inputs.get("cidrIp") == "0.0.0.0/0"  # type: ignore[union-attr]


def _networks(preview: Preview) -> Found:
    for one in t.of_type(preview, t.ACL_ATTACHMENT):
        listener_stays = any(other.parent and other.new is not None and other.id == (one.old or {}).get("listenerId")
                             for other in t.of_type(preview, t.LISTENER))  # fmt: skip
        if one.operation == "delete" and listener_stays and (one.old or {}).get("aclType") == "White":
            yield (
                "networks-widened",
                "every network may connect",
                one.name,
                "the list of allowed networks is taken away",
            )
    for one in t.of_type(preview, t.ACL):
        if (
            one.old is not None
            and one.new is not None
            and (added := _uncovered(t.networks(one.new), t.networks(one.old)))
        ):
            yield "networks-widened", "more networks may connect", one.name, f"allowed in addition: {', '.join(added)}"
    yield from _listed_networks(preview)


def _listed_networks(preview: Preview) -> Found:
    """The lists that stand in an AlbConfig's listeners."""
    for one in t.of_type(preview, t.LISTENER):
        before, after = alb_config.allowed(one.old), alb_config.allowed(one.new)
        if before is None or one.new is None:
            continue
        if after is None:
            detail = "the list of allowed networks is taken away"
            yield "networks-widened", "every network may connect", one.name, detail
        elif added := _uncovered(after, before):
            yield "networks-widened", "more networks may connect", one.name, f"allowed in addition: {', '.join(added)}"


def _uncovered(networks: set[str], by: set[str]) -> list[str]:
    """Networks that none of the others contains."""
    known = [network for text in by if (network := _network(text))]
    return sorted(
        text
        for text in networks
        if (network := _network(text)) is None or not any(_contains(other, network) for other in known)
    )


def _network(text: str) -> Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _contains(outer: Network, inner: Network) -> bool:
    return outer.version == inner.version and outer.supernet_of(inner)  # type: ignore[arg-type]


def _headers(preview: Preview) -> Found:
    for one in t.listeners(preview, "HTTPS"):
        if (
            one.old is not None
            and one.new is not None
            and (lost := sorted(set(t.headers(one.old)) - set(t.headers(one.new))))
        ):
            detail = f"servers no longer learn the client's {', '.join(lost)}"
            yield "header-forwarding-off", "client headers off", one.name, detail


RULES: tuple[Callable[[Preview], Found], ...] = (
    _verification, _authority, _tls, _past_mutual_tls, _protection, _exposure, _networks, _headers,
)  # fmt: skip


def undecided(preview: Preview) -> Iterator[str]:
    """What may be a weakening and cannot be told from a preview."""
    for one in t.listeners(preview, "HTTPS"):
        after = (one.new or {}).get("securityPolicyId", "")
        if after and after != (one.old or {}).get("securityPolicyId", "") and after not in FLOORS:
            yield f"{one.name}: TLS policy {after} is a custom one, a preview does not show what it takes"
        before = t.trusted(one.old)
        if before and not t.is_known(t.trusted(one.new)) and not _changes_authority(preview):
            yield f"{one.name}: which CA it will trust is known after `up` only"


def _changes_authority(preview: Preview) -> bool:
    return any(one.is_change for one in t.of_type(preview, t.UPLOADED_CA))
