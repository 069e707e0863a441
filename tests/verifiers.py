"""Four verifiers that are not ours, asked whether a client certificate leads to a trusted root."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from shutil import which

from cryptography import x509
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError


@dataclass(frozen=True)
class Shown:
    """What a client shows: its certificate, and the chain it sends after it. `key` is for handshakes."""

    certificate: str
    chain: str
    key: str = ""


def verdicts(shown: Shown, root: str, folder: Path, now: datetime | None = None) -> dict[str, bool]:
    """Verifier -> whether it accepts; GnuTLS only where certtool is installed, and only for the present.

    certtool 3.7 has no way to be told the time.
    """
    moment = now or datetime.now(UTC)
    found = {"cryptography": by_cryptography(shown, root, moment), "openssl": by_openssl(shown, root, folder, moment)}
    return found | ({"gnutls": by_gnutls(shown, root, folder)} if which("certtool") and now is None else {})


def by_cryptography(shown: Shown, root: str, now: datetime) -> bool:
    """cryptography's ClientVerifier: RFC 5280 with backtracking."""
    store = Store(x509.load_pem_x509_certificates(root.encode()))
    verifier = PolicyBuilder().store(store).time(now.replace(tzinfo=None)).build_client_verifier()
    chain = x509.load_pem_x509_certificates(shown.chain.encode()) if shown.chain.strip() else []
    try:
        verifier.verify(x509.load_pem_x509_certificate(shown.certificate.encode()), chain)
    except VerificationError:
        return False
    return True


def by_openssl(shown: Shown, root: str, folder: Path, now: datetime) -> bool:
    """`openssl verify -x509_strict` for the purpose of a TLS client, with this root and no other."""
    files = _written(folder, root=root, leaf=shown.certificate, chain=shown.chain)
    sent = ["-untrusted", files["chain"]] if shown.chain.strip() else []
    return _succeeds(
        "openssl", "verify", "-x509_strict", "-purpose", "sslclient", "-no-CApath", "-no-CAstore",
        "-attime", str(int(now.timestamp())), "-CAfile", files["root"], *sent, files["leaf"],
    )  # fmt: skip


def by_gnutls(shown: Shown, root: str, folder: Path) -> bool:
    """`certtool --verify` for the purpose of a TLS client."""
    files = _written(folder, root=root, sent=shown.certificate + shown.chain)
    return _succeeds(
        "certtool", "--verify", "--verify-purpose", "1.3.6.1.5.5.7.3.2",
        "--load-ca-certificate", files["root"], "--infile", files["sent"],
    )  # fmt: skip


def _written(folder: Path, **texts: str) -> dict[str, str]:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / f"{name}.pem").write_text(text)
    return {name: str(folder / f"{name}.pem") for name in texts}


def _succeeds(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False, timeout=30).returncode == 0
