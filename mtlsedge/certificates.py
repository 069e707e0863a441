"""Small readings of PEM text that the commands share; building and deep checks live in mtlsedge_components.x509."""

from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mtlsedge.errors import CommandError


def read_chain(pem: str, what: str) -> list[x509.Certificate]:
    """Every certificate of a PEM text, in its order."""
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        raise CommandError(f"{what}: found something that is not a PEM certificate") from None


def fingerprint(certificate: x509.Certificate) -> str:
    """SHA-256 of the DER form, lower-case hexadecimal."""
    return certificate.fingerprint(hashes.SHA256()).hex()


def plain_fingerprint(text: str) -> str:
    """A fingerprint as others write it (`AB:CD…`), reduced to lower-case hexadecimal."""
    return text.replace(":", "").replace(" ", "").strip().lower()


def days_left(not_after: str, now: datetime, what: str) -> float:
    """Days from `now` until an ISO 8601 time; negative once it has passed."""
    try:
        end = datetime.fromisoformat(not_after)
    except ValueError:
        raise CommandError(f"{what}: found {not_after!r}; expected an ISO 8601 time") from None
    end = end if end.tzinfo else end.replace(tzinfo=UTC)
    return (end - now).total_seconds() / 86400
