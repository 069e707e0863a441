"""What the servers learn of the client: the headers the listener sets, and none that a client made up."""

import json
import re
import secrets
from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from mtlsedge.outputs import Headers
from mtlsedge.verify.result import Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target


def forwarded(target: Target) -> Finding:
    """The configured headers carry this client's facts, and copies sent by the client do not get through."""
    declared = target.load_balancer.headers
    did = f"sent made-up copies of the headers, read them back from {target.options.echo_path or 'an echo page'}"
    if not declared.names():
        return not_checked(did, "the stack forwards no client-certificate header")
    if not target.options.echo_path:
        return not_checked(did, "no page that echoes request headers; name one with --echo-path")
    if target.as_nobody.let_in:
        return not_checked(did, "the listener demands no certificate (see mtls.no-certificate)")
    if not target.client or not target.as_client.let_in:
        return not_checked(did, "the good client is not let in (see mtls.accepted)")
    forged = f"forged-{secrets.token_hex(8)}"
    attempt = target.handshake(
        target.client, path=target.options.echo_path, headers=dict.fromkeys(declared.names().values(), forged)
    )
    received = _echoed(attempt.body)
    if received is None:
        return not_checked(did, f"{target.options.echo_path} does not echo headers as JSON ({attempt.detail})")
    problems = _problems(declared, received, target.client.certificate, forged)
    return (
        failed(did, "; ".join(problems)) if problems else ok(did, f"{', '.join(declared.names().values())} are right")
    )


def _problems(declared: Headers, received: Mapping[str, str], client: x509.Certificate, forged: str) -> list[str]:
    """One line a header that is absent, wrong, or the client's own invention."""
    problems = []
    for fact, name in declared.names().items():
        value = received.get(name.lower(), "")
        if forged in value:
            problems.append(f"{name}: the client's own copy got through")
        elif not value:
            problems.append(f"{name}: absent")
        elif not _fits(fact, value, client):
            problems.append(f"{name}: found {value!r}, which is not this client's {fact}")
    return problems


def _fits(fact: str, value: str, client: x509.Certificate) -> bool:
    """Whether a header's value can be this client's. Formats are not documented, so only the content counts."""
    if fact == "fingerprint":
        return _bare(value) in {client.fingerprint(digest()).hex() for digest in (hashes.SHA1, hashes.SHA256)}
    if fact == "verification":
        return not value.strip().lower().startswith(("none", "fail"))
    name = client.subject if fact == "subject" else client.issuer
    return all(_bare(str(attribute.value)) in _bare(value) for attribute in name)


def _bare(text: str) -> str:
    """Letters and digits alone, lower case: what is left when orders, escapes and separators differ."""
    return re.sub(r"[\W_]", "", text.lower())


def _echoed(body: bytes) -> dict[str, str] | None:
    """Request headers out of an echo page: a JSON object of headers, or one with them under `headers`."""
    try:
        document = json.loads(body)
    except ValueError:
        return None
    headers = document.get("headers", document) if isinstance(document, dict) else None
    if isinstance(headers, list):
        return _joined(headers)
    return {str(k).lower(): _text(v) for k, v in headers.items()} if isinstance(headers, dict) else None


def _joined(pairs: list[Any]) -> dict[str, str]:
    """Pairs of name and value; repeated headers joined, so that a second copy cannot hide."""
    joined: dict[str, str] = {}
    for name, value in pairs:
        key = str(name).lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else str(value)
    return joined


def _text(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
