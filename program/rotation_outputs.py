"""What a stack tells of its generations: who would get in, with which CA trusted, and why. All of it is public."""

from collections.abc import Mapping
from typing import Any

from components.certificate_authority import CertificateAuthority
from components.certificates import CaCertificate, Issuer
from components.client_certificate import ClientCertificate
from components.x509.rotation import Carried, Verdict, verdict, verdicts
from program.kinds_outputs import trusted_certificate
from settings.model import SelfManagedAuthority, Settings
from settings.rotation import what_clients_carry


def rotation(
    settings: Settings,
    plan: SelfManagedAuthority,
    authority: CertificateAuthority,
    clients: Mapping[str, ClientCertificate],
) -> dict[str, Any]:
    """The `rotation` output: generations oldest first, and for each client what it carries and whether that gets in."""
    carries = what_clients_carry(settings, plan)
    table = verdicts(tuple(plan.generations), carries)
    return {
        "issuing": plan.issuing,
        "trusted": plan.trusted,
        "generations": {name: _generation(root, authority.issuers[name]) for name, root in authority.roots.items()},
        "clients": {
            name: {
                **_now(carries[name], verdict(carries[name], plan.trusted)),
                "ifTrusted": {trusted: str(found.access) for trusted, found in table[name].items()},
                "certificates": _certificates(clients[name]),
            }
            for name in sorted(clients)
        },
    }


def _generation(root: CaCertificate, issuer: Issuer) -> dict[str, Any]:
    """`chain` is what a holder of this generation's certificate sends after it."""
    return {
        **trusted_certificate(root),
        "chain": issuer["chain_pem"],
    }


def _now(carries: Carried, found: Verdict) -> dict[str, str]:
    return {
        "delivered": carries.generation,
        "bridgeBy": carries.bridge_by,
        "verdict": str(found.access),
        "why": found.why,
    }


def _certificates(client: ClientCertificate) -> dict[str, Any]:
    """The client's certificates in state by generation, older ones included: for deny lists and for going back."""
    return {
        name: {"fingerprint": leaf["fingerprint"], "serial": leaf["serial"], "notAfter": leaf["not_after"]}
        for name, leaf in client.certificates.items()
    }
