"""From prediction and answers to one verdict; says so where the listener disagreed with its prediction."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum

from cryptography import x509

from mtlsedge.explain.asking import Answers, Variation, fails_early
from mtlsedge.explain.findings import Finding, main_of
from mtlsedge.explain.predicting import Client
from mtlsedge.verify.connecting import SYSTEM_ROOTS, Attempt, Outcome
from mtlsedge_components.x509.constraints import same_name
from mtlsedge_components.x509.names import readable

SKEW = timedelta(minutes=5)
"""A difference between two clocks that dates of certificates feel."""
_ALERTS = (
    ("certificate expired", "date.issuer"),
    ("unknown ca", "ca.unknown"),
    ("certificate required", "client.no-certificate"),
    ("unrecognized name", "host.unknown-sni"),
    ("access denied", "denied.by-list"),
    ("protocol version", "tls.version-not-shared"),
    ("unsupported protocol", "tls.version-not-shared"),
    ("wrong version number", "tls.not-tls"),
    ("http request", "tls.not-tls"),
    ("packet length too long", "tls.not-tls"),
    ("record layer failure", "tls.not-tls"),
    ("unsupported certificate", "certificate.refused"),
    ("bad certificate", "certificate.refused"),
    ("certificate unknown", "certificate.refused"),
    ("decrypt error", "certificate.refused"),
    ("handshake failure", "certificate.refused"),
)
"""What an alert names by itself where files gave no reason (RFC 8446 section 6.2); most name no cause."""
_UNTRUSTED = (
    ("hostname mismatch", "server.wrong-name"),
    ("ip address mismatch", "server.wrong-name"),
    ("not yet valid", "server.not-yet-valid"),
    ("expired", "server.expired"),
)
_DOWN = range(502, 505)
BAD_REQUEST, FORBIDDEN, NOT_FOUND, MISDIRECTED = 400, 403, 404, 421


class Result(StrEnum):
    """What became of the client; `PREDICTED_…` where nobody was asked."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True)
class Verdict:
    """Whether the client gets in, the cause, what else is wrong, and whether the prediction held (None: not asked)."""

    result: Result
    cause: str
    also: tuple[Finding, ...] = ()
    predicted: str = ""
    agrees: bool | None = None
    evidence: tuple[str, ...] = field(default=())
    connections: int = 0


def offline(findings: list[Finding]) -> Verdict:
    """The prediction alone."""
    first = main_of(findings)
    if first is None:
        return Verdict(Result.ACCEPTED, "accepted", tuple(findings), "accepted")
    rest = tuple(finding for finding in findings if finding != first)
    return Verdict(Result.REFUSED, first.cause, rest, first.cause, None, (first.evidence,))


def judge(
    findings: list[Finding],
    client: Client,
    answers: Answers,
    server_ca: str,
    now: datetime,
    *,
    is_trust_known: bool = True,
) -> Verdict:
    """What the answers say, and the prediction where they leave the cause open.

    Where it is not known which CA the listener trusts, "unknown CA" and "access denied" are no answers: many faults end
    in these alerts (GnuTLS says "access denied" of every certificate that it does not believe).
    """
    first = main_of(findings)
    predicted = first.cause if first else "accepted"
    refusal, seen = _cause(findings, client, answers, server_ca)
    if refusal in {"ca.unknown", "denied.by-list"} - {predicted} and not is_trust_known:
        refusal = "certificate.refused"
    cause = _clock(refusal, findings, answers, now) or refusal
    result = _result(cause)
    told = [finding.evidence for finding in findings if finding == first and finding.cause == cause] + seen
    return Verdict(
        result, cause, tuple(finding for finding in findings if finding.cause != cause), predicted,
        _agrees(predicted, cause, answers), tuple(told), answers.connections,
    )  # fmt: skip


def _result(cause: str) -> Result:
    let_in = {"accepted", "listener.open", "servers.down", "host.unknown", "date.clock-skew", "denied.by-server"}
    if cause == "cannot-tell":
        return Result.UNKNOWN
    return Result.ACCEPTED if cause in let_in else Result.REFUSED


def _agrees(predicted: str, cause: str, answers: Answers) -> bool | None:
    """Of the listener alone: what lies on the way to it says nothing of how it judges."""
    if cause.startswith(("net.", "dns.", "tls.", "server.", "host.unknown-sni")):
        return None
    return (predicted == "accepted") is _is_let_in(answers.as_client)


def _is_let_in(seen: Attempt) -> bool:
    return seen.outcome is Outcome.ANSWERED and seen.status != BAD_REQUEST


def _cause(findings: list[Finding], client: Client, answers: Answers, server_ca: str) -> tuple[str, list[str]]:
    seen = answers.as_client
    evidence = [f"as {client.name}: {seen.detail}"]
    if answers.as_nobody:
        evidence.append(f"without a certificate: {answers.as_nobody.detail}")
    if seen.outcome is Outcome.UNREACHABLE:
        silent = any(word in seen.detail.lower() for word in ("timed out", "unreachable", "no route"))
        return "net.no-answer" if silent else "net.port-closed", evidence
    if "no answer within" in seen.detail:
        return "net.no-answer", evidence
    if early := _before_certificates(answers, evidence):
        return early, evidence
    if answers.judged.outcome is Outcome.UNTRUSTED:
        return _of_server(answers, server_ca, evidence), evidence
    if _is_let_in(seen):
        return _let_in(seen, client, answers), evidence
    return _refusal(findings, client, seen, evidence), evidence


def _before_certificates(answers: Answers, evidence: list[str]) -> str:
    """Causes that strike with and without a certificate alike: not TLS, another version, no cipher, no such host."""
    if answers.as_client.peer_der:
        return ""
    nobody = answers.as_nobody or answers.as_client
    if answers.varied is not None:
        evidence.append(f"with {answers.variation.value}: {answers.varied.detail}")
        gets_further = answers.varied.outcome is Outcome.ANSWERED or "certificate" in answers.varied.detail
        if answers.variation is Variation.ALL_CIPHERS:
            return "tls.cipher-not-shared" if gets_further else "tls.version-not-shared"
        if gets_further:
            return "host.unknown-sni"
    named = _by_alert(nobody)
    if named in {"tls.not-tls", "tls.version-not-shared", "host.unknown-sni"}:
        return named
    is_early = not nobody.peer_der and fails_early(nobody) and nobody.outcome is not Outcome.ANSWERED
    return "tls.cipher-not-shared" if is_early and "handshake failure" in nobody.detail else ""


def _by_alert(seen: Attempt) -> str:
    detail = seen.detail.lower()
    return next((cause for words, cause in _ALERTS if words in detail), "")


def _of_server(answers: Answers, server_ca: str, evidence: list[str]) -> str:
    detail = answers.judged.detail
    evidence.insert(0, f"the server's certificate: {detail}")
    if named := next((cause for words, cause in _UNTRUSTED if words in detail.lower()), ""):
        return named
    if server_ca == SYSTEM_ROOTS or not answers.as_client.peer_der:
        return "server.untrusted-root"
    served = x509.load_der_x509_certificate(answers.as_client.peer_der)
    evidence.insert(1, f"it names the issuer {readable(served.issuer)!r}")
    known = x509.load_pem_x509_certificates(server_ca.encode())
    is_known = any(same_name(served.issuer, one.subject) for one in known)
    return "server.untrusted-root" if is_known else "server.intercepted"


def _let_in(seen: Attempt, client: Client, answers: Answers) -> str:
    if seen.status in _DOWN:
        return "servers.down"
    if seen.status == FORBIDDEN:
        return "denied.by-server"
    if seen.status in {NOT_FOUND, MISDIRECTED}:
        return "host.unknown"
    nobody = answers.as_nobody or (seen if not client.sent else None)
    return "listener.open" if nobody and _is_let_in(nobody) else "accepted"


def _refusal(findings: list[Finding], client: Client, seen: Attempt, evidence: list[str]) -> str:
    """Files first: an alert names no cause of its own in most cases."""
    if first := main_of(findings):
        return first.cause
    if not client.sent or "no required ssl certificate" in seen.body.decode(errors="replace").lower():
        return "client.no-certificate"
    if named := _by_alert(seen):
        evidence.append("the files gave no reason; the cause is the alert's")
    elif seen.status == BAD_REQUEST and b"certificate" in seen.body.lower():
        named = "certificate.refused"
        evidence.append("the files gave no reason; the answer names the certificate")
    return named or "cannot-tell"


def _clock(cause: str, findings: list[Finding], answers: Answers, now: datetime) -> str:
    """A date that only this machine finds wrong is this machine's clock's fault, if the listener's tells another time."""
    dates = {"date.expired", "date.not-yet-valid", "date.issuer"}
    is_of_dates = cause in {"server.expired", "server.not-yet-valid"} or (
        cause in {"accepted", "servers.down"} and any(finding.cause in dates for finding in findings)
    )
    theirs = answers.as_client.headers.get("date", "")
    try:
        difference = abs(parsedate_to_datetime(theirs) - now) if theirs else timedelta()
    except ValueError:
        return ""
    return "date.clock-skew" if is_of_dates and difference > SKEW else ""
