"""What the cloud and the dynamic providers would compute, as far as the program reads it."""

import hashlib
from typing import Any

from pulumi.runtime import rpc

DASHES = "-----"
FAKE_KEY = f"{DASHES}BEGIN PRIVATE KEY{DASHES}\nnot a key, of {{name}}\n{DASHES}END PRIVATE KEY{DASHES}\n"
FAKE_CERTIFICATE = f"{DASHES}BEGIN CERTIFICATE{DASHES}\nnot one, of {{name}}\n{DASHES}END CERTIFICATE{DASHES}\n"


def outputs_of(type_: str, name: str) -> dict[str, Any]:
    """Outputs by type and name of a resource; empty for what has only an id."""
    return COMPUTED.get(type_.rpartition(":")[2], _none)(name)


def _none(_: str) -> dict[str, Any]:
    return {}


def _private_key(name: str) -> dict[str, Any]:
    return {
        "private_key_pem": rpc.wrap_rpc_secret(FAKE_KEY.format(name=name)),
        "public_key_pem": f"public key of {name}",
        "fingerprint": digits(name),
    }


def _certificate(name: str) -> dict[str, Any]:
    return {
        "certificate_pem": FAKE_CERTIFICATE.format(name=name),
        "serial": digits(name)[:16],
        "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2026-01-31T00:00:00Z",
        "fingerprint": digits(name),
    }


def _reference(name: str) -> dict[str, Any]:
    return {"not_after": "2027-01-01T00:00:00Z", "fingerprint": digits(name), "subject_names": ["www.example.test"]}


def _identifier(name: str) -> str:
    """Of a stack's own CA; those of additional listeners, whose names hold a slash, have others."""
    return digits(name)[:8] if "/" in name else "0e40dda9"


def digits(name: str) -> str:
    """Sixty-four hex digits that differ by name, as a fingerprint does."""
    return hashlib.sha256(name.encode()).hexdigest()


COMPUTED = {
    "PrivateKey": _private_key,
    "Certificate": _certificate,
    "PrivateCa": _certificate,
    "PcaClient": _certificate,
    "CaRepositoryEntry": lambda name: {"warehouse_id": 7, "instance_id": "cas_upload", "adopted": False},
    "UploadedCa": lambda name: {"identifier": _identifier(name), "fingerprint": digits(name), "adopted": False},
    "ServerCertificateReference": _reference,
    "TxtProof": lambda name: {"rr": "alidnscheck", "value": "proof", "parent_domain": "example.test"},
    "TxtResolved": lambda name: {},
    "VacantHost": lambda name: {"minimum_ttl": 600.0},
    "AdoptedAlbConfig": lambda name: {
        "held": ["443/HTTPS"],
        "shared": ["80/HTTP"],
        "foreign": ["80/HTTP"],
        "before": {},
    },
    "AlbConfigStatus": lambda name: {"dns_name": "alb-2.example-alb.test", "load_balancer_id": "alb-2"},
    "LoadBalancer": lambda name: {"dnsName": "alb-1.example-alb.test"},
}
"""Last part of a type token -> its computed outputs."""
