"""Client certificates a second through our code, against the bare calls of `cryptography`.

Ours begins with PEM texts, which is what a stack's state holds, and ends with one; beside it, once from the same texts
and once with everything parsed already. What ours does beyond: the issuer's right to sign, its validity and key; the
request's key, names and days; the facts for the outputs.
"""

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from benchmarks.measuring import Comparison, in_turn, rates
from benchmarks.workplace import Workplace
from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames

ROUNDS = 3
SECONDS_A_ROUND = 1.0
AT_LEAST = 0.8
ALGORITHMS = ("ecdsa-p256", "rsa-2048")


def certificates(_place: Workplace) -> Iterator[Comparison]:
    """Client certificates a second, for an issuer's key of each common kind."""
    for algorithm in ALGORITHMS:
        now = datetime.now(UTC)
        issuer = _issuer(algorithm, now)
        key = public_pem(generate(algorithm))
        request = Request(Profile.CLIENT, Subject("alice"), SubjectAlternativeNames(dns=("alice.test",)), 30, key)
        parsed = _parse(key, issuer)
        for against, bare in (
            ("`cryptography` alone, from the same texts", lambda k=key, i=issuer, n=now: _bare(*_parse(k, i), n)),
            ("`cryptography` alone, everything parsed", lambda p=parsed, n=now: _bare(*p, n)),
        ):
            ours, beside = in_turn(
                lambda r=request, i=issuer, n=now: _per_second(lambda: issue(r, i, n)),
                lambda bare=bare: _per_second(bare),
                ROUNDS,
            )
            yield rates(f"client certificates, {algorithm}", ours, beside, against, AT_LEAST)


def _parse(key: str, issuer: Issuer) -> tuple[Any, Any, Any]:
    """Public key, issuer's certificate and issuer's key."""
    return (
        serialization.load_pem_public_key(key.encode()),
        x509.load_pem_x509_certificate(issuer.certificate_pem.encode()),
        serialization.load_pem_private_key(issuer.private_key_pem.encode(), None),
    )


def _issuer(algorithm: str, now: datetime) -> Issuer:
    key = generate(algorithm)
    request = Request(Profile.ROOT, Subject("Bench Root"), SubjectAlternativeNames(), 3650, public_pem(key))
    return Issuer(issue_root(request, key, now).certificate_pem, key)


def _per_second(work: Callable[[], object]) -> float:
    """Calls a second of this process's CPU time, which other load on the machine changes little."""
    started, calls = time.process_time(), 0
    while time.process_time() - started < SECONDS_A_ROUND:
        work()
        calls += 1
    return calls / (time.process_time() - started)


def _bare(key: Any, root: Any, signer: Any, now: datetime) -> str:
    """A client certificate with the extensions that ours has."""
    usage = x509.KeyUsage(
        digital_signature=True,
        key_encipherment=False,
        key_cert_sign=False,
        crl_sign=False,
        content_commitment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        x509.CertificateBuilder()
        .serial_number(x509.random_serial_number())
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alice")]))
        .issuer_name(root.subject)
        .public_key(key)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("alice.test")]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()
