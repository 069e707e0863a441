"""Days left of every certificate the stack knows, against the windows in which each is due."""

from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from mtlsedge.certificates import days_left, fingerprint, plain_fingerprint, read_chain
from mtlsedge.outputs import StackOutputs


@dataclass(frozen=True)
class Windows:
    """Days before expiry at which a certificate counts as due.

    Clients and servers are renewed by `pulumi up` earlier than this (10 and 30 days by default): one inside
    its window means that `up` has not been run. A new CA needs months to reach every client.
    """

    authority: int = 180
    server: int = 14
    client: int = 5


@dataclass(frozen=True)
class Lifetime:
    """One certificate's end."""

    what: str
    kind: str
    not_after: str
    days: float
    window: int

    @property
    def due(self) -> bool:
        """Inside its window, or over."""
        return self.days <= self.window


def lifetimes(outputs: StackOutputs, windows: Windows, now: datetime) -> list[Lifetime]:
    """CA, intermediates, server certificate, clients; what has no date in the outputs is left out."""
    ends = [*_authority_ends(outputs)]
    for name, one in sorted(outputs.additional.items()):
        ends += [(f"{what} of {name}", kind, end) for what, kind, end in _authority_ends(one)]
    if outputs.server_certificate and outputs.server_certificate.not_after:
        ends.append(("server certificate", "server", outputs.server_certificate.not_after))
    ends += [
        (f"client {name}", "client", entry.not_after) for name, entry in sorted(outputs.client_certificates.items())
    ]
    return [Lifetime(what, kind, end, days_left(end, now, what), getattr(windows, kind)) for what, kind, end in ends]


def _authority_ends(outputs: StackOutputs) -> list[tuple[str, str, str]]:
    """The trusted CA, and what stands between it and the clients."""
    authority = outputs.authority
    if not authority:
        return []
    trusted = read_chain(authority.certificate, "authority.certificate")[0]
    known = {fingerprint(trusted), plain_fingerprint(authority.fingerprint)}
    ends = [("trusted CA", "authority", authority.not_after or _text(trusted))]
    links = read_chain(authority.chain, "authority.chain") if authority.chain.strip() else []
    between = [link for link in links if fingerprint(link) not in known]
    return ends + [("intermediate CA", "authority", _text(link)) for link in between]


def _text(certificate: x509.Certificate) -> str:
    """The end of validity as the stack's outputs write it."""
    return f"{certificate.not_valid_after_utc:%Y-%m-%dT%H:%M:%SZ}"
