"""What a stack would have made: a PKI, and the outputs that describe it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mtlsedge.outputs import StackOutputs, parse
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames

HOST, BALANCER = "www.example.test", "alb-1.alb.example.test"
HEADERS = {
    "subject": "x-client-subject",
    "issuer": "x-client-issuer",
    "fingerprint": "x-client-fingerprint",
    "verification": "x-client-verify",
}
NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Pki:
    """Root, intermediate, server and one client, as a stack would make them."""

    root: Issuer
    intermediate: Issuer
    server: Issuer
    client: Issuer


@cache
def pki(common_name: str = "Test Root", algorithm: str = "ecdsa-p256") -> Pki:
    """The same PKI for every test that asks for this name."""
    root = _signed(Profile.ROOT, common_name, None, algorithm=algorithm, path_length=1)
    intermediate = _signed(Profile.INTERMEDIATE, f"{common_name} Issuing", root, algorithm=algorithm)
    server = _signed(Profile.SERVER, HOST, intermediate, dns=(HOST,), algorithm=algorithm)
    client = _signed(Profile.CLIENT, "alice", intermediate, email=("alice@example.test",), algorithm=algorithm)
    return Pki(root, intermediate, server, client)


def _signed(
    profile: Profile,
    common_name: str,
    issuer: Issuer | None,
    *,
    dns: tuple[str, ...] = (),
    email: tuple[str, ...] = (),
    algorithm: str = "ecdsa-p256",
    path_length: int | None = None,
) -> Issuer:
    key = generate(algorithm)
    names = SubjectAlternativeNames(dns=dns, email=email)
    days = 3650 if profile in (Profile.ROOT, Profile.INTERMEDIATE) else 60
    subject = Subject(common_name=common_name, organization="Acme, Inc.", country="CN")
    request = Request(profile, subject, names, days, public_pem(key), path_length)
    made = issue(request, issuer, NOW) if issuer else issue_root(request, key, NOW)
    return Issuer(made.certificate_pem, key)


def server_for(name: str, issuer: Issuer) -> Issuer:
    """Another server certificate."""
    return _signed(Profile.SERVER, name, issuer, dns=(name,))


def outputs_document(keys: Pki, **changes: object) -> dict:
    """The stack outputs of this edge, as `pulumi stack output --json --show-secrets` prints them."""
    end = (NOW + timedelta(days=60)).isoformat()
    document = {
        "url": f"https://{HOST}/",
        "urls": [f"https://{HOST}/"],
        "loadBalancer": {
            "id": "alb-1",
            "dnsName": BALANCER,
            "listenerId": "lsn-1",
            "httpListenerId": "lsn-2",
            "region": "ap-southeast-1",
            "edition": "Standard",
            "tlsPolicy": "tls_cipher_policy_1_2_strict_with_1_3",
            "port": 443,
            "httpPort": 80,
            "mutualAuthentication": True,
            "defaultServerGroup": "web",
            "headers": HEADERS,
            "paths": [
                {**requests(paths=["/api/*"]), "without": [], "serverGroups": ["api"]},
                {**requests(), "without": [requests(paths=["/api/*"])], "serverGroups": ["web"]},
            ],
        },
        "serverGroups": {
            "web": {"id": "sgp-1", "servers": ["ECS01", "ECS02"]},
            "api": {"id": "sgp-2", "servers": ["ECS03"]},
        },
        "domain": {"zone": "example.test", "names": ["www"], "ttl": 600, "target": BALANCER},
        "caIdentifier": "1ed65580",
        "authority": {
            "fingerprint": fingerprint(keys.root.certificate_pem),
            "subject": "CN=Test Root",
            "notAfter": (NOW + timedelta(days=3650)).isoformat(),
            "certificate": keys.root.certificate_pem,
            "chain": keys.intermediate.certificate_pem,
        },
        "serverCertificate": {
            "identifier": "1-ap-southeast-1",
            "notAfter": end,
            "fingerprint": fingerprint(keys.server.certificate_pem),
            "names": [HOST],
            "issuer": keys.root.certificate_pem,
        },
        "clientCertificates": {
            "alice": {
                "fingerprint": fingerprint(keys.client.certificate_pem),
                "serial": "01",
                "notAfter": end,
                "subject": "CN=alice",
            }
        },
        "clients": {
            "alice": {
                "certificate": keys.client.certificate_pem,
                "chain": keys.intermediate.certificate_pem,
                "privateKey": keys.client.private_key_pem,
            }
        },
        "weakenings": [],
        "region": "ap-southeast-1",
        "certificateSite": "international",
    }
    return {**document, **changes}


def requests(**wanted: list[str]) -> dict[str, list[str]]:
    """Requests as an output describes them."""
    return {"hosts": [], "paths": [], "otherConditions": [], **wanted}


def outputs(keys: Pki, **changes: object) -> StackOutputs:
    """The same, parsed."""
    return parse(outputs_document(keys, **changes))


def fingerprint(pem: str) -> str:
    """SHA-256 of the DER, in hex."""
    return x509.load_pem_x509_certificate(pem.encode()).fingerprint(hashes.SHA256()).hex()
