"""An authority whose keys the stack makes: generations, clients, and who would get in with which CA trusted."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from mtlsedge_components.ca_repository import CaRepository
from mtlsedge_components.certificate_authority import CertificateAuthority, CertificateAuthorityArgs, GenerationArgs
from mtlsedge_components.certificates import CaCertificate, Issuer
from mtlsedge_components.client_certificate import ClientCertificate, ClientCertificateArgs
from mtlsedge_components.x509.rotation import Carried, Verdict, leaf_generations, verdict, verdicts
from program.authorities.authority import (
    BuiltAuthority,
    BuiltClient,
    names_args,
    readable_subject,
    subject_args,
    trusted_certificate,
    uploaded,
)
from program.common import Common
from settings.model import Client, Generation, SelfManagedAuthority, Settings
from settings.rotation import what_clients_carry


class BuiltSelfManagedCa(BuiltAuthority):
    """The keys of its CAs live encrypted in the stack's state."""

    def __init__(self, settings: Settings, authority: SelfManagedAuthority, common: Common) -> None:
        self._settings, self._plan, self._common = settings, authority, common
        args = _authority(authority, settings.clients)
        self._component = CertificateAuthority(
            common.name("authority"), {**args, "identity": common.identity}, common.opts
        )
        self.issuer = self._component.issuer

    def ca(self) -> CaRepository:
        return uploaded(self._settings, self._common, self._component.trusted)

    def clients(self) -> Mapping[str, BuiltClient]:
        return {
            name: BuiltClient(
                readable_subject(self._settings.clients[name].subject),
                made.certificate,
                made.chain_pem,
                made.private_key_pem,
            )
            for name, made in self._clients.items()
        }

    @cached_property
    def _clients(self) -> dict[str, ClientCertificate]:
        named, issuers = sorted(self._settings.clients.items()), self._component.issuers
        return {
            name: ClientCertificate(f"client-{name}", _client(client, issuers, self._plan.issuing), self._common.opts)
            for name, client in named
        }

    def outputs(self) -> dict[str, Any]:
        return {
            "authority": {
                **trusted_certificate(self._component.trusted),
                "subject": readable_subject(self._plan.generations[self._plan.trusted].subject),
                "chain": self._component.issuer["chain_pem"],
            },
            "rotation": self._rotation(),
        }

    def _rotation(self) -> dict[str, Any]:
        """Generations oldest first, and for each client what it carries and whether that gets in. All of it is public."""
        plan, component = self._plan, self._component
        carries = what_clients_carry(self._settings, plan)
        table = verdicts(tuple(plan.generations), carries)
        return {
            "issuing": plan.issuing,
            "trusted": plan.trusted,
            "generations": {name: _issues(root, component.issuers[name]) for name, root in component.roots.items()},
            "clients": {
                name: {
                    **_now(carries[name], verdict(carries[name], plan.trusted)),
                    "ifTrusted": {trusted: str(found.access) for trusted, found in table[name].items()},
                    "certificates": _certificates(client),
                }
                for name, client in self._clients.items()
            },
        }


def _authority(wanted: SelfManagedAuthority, clients: Mapping[str, Client]) -> CertificateAuthorityArgs:
    """An authority whose keys the stack makes; `clients` have written down what they carry, or not."""
    return {
        "generations": [_generation(generation) for generation in wanted.generations.values()],
        "issuing": wanted.issuing,
        "trusted": wanted.trusted,
        "bridge_back": wanted.bridge_back,
        "delivered": {client.name: client.delivered for client in clients.values()},
        "accept_lockout": list(wanted.accept_lockout),
    }


def _client(client: Client, issuers: Mapping[str, Issuer], issuing: str) -> ClientCertificateArgs:
    """A client of the stack's own authority."""
    return {
        "subject": subject_args(client.subject),
        "names": names_args(client.names),
        "issuers": {name: issuers[name] for name in leaf_generations(tuple(issuers), issuing, client.delivered)},
        "issuing": issuing,
        "algorithm": client.algorithm,
        "validity_days": client.validity_days,
        "renew_before_days": client.renew_before_days,
        "csr_pem": client.csr_pem,
    }


def _generation(generation: Generation) -> GenerationArgs:
    args: GenerationArgs = {
        "name": generation.name,
        "subject": subject_args(generation.subject),
        "algorithm": generation.algorithm,
        "validity_days": generation.validity_days,
        "intermediate": generation.intermediate,
        "intermediate_revision": generation.intermediate_revision,
        "name_constraints": {
            "permitted": names_args(generation.name_constraints.permitted),
            "excluded": names_args(generation.name_constraints.excluded),
        },
    }
    if generation.imported:
        args["imported"] = {
            "certificate_pem": generation.imported.certificate_pem,
            "key": generation.imported.key.output(),
            "passphrase": generation.imported.passphrase.output(),
        }
    return args


def _issues(root: CaCertificate, issuer: Issuer) -> dict[str, Any]:
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
