"""The listener's own side of TLS: versions below the floor, and its certificate."""

from pathlib import Path

from cryptography import x509

from mtlsedge.certificates import fingerprint, plain_fingerprint
from mtlsedge.errors import CommandError
from mtlsedge.verify import quic
from mtlsedge.verify.client_hello import OldVersion, offer
from mtlsedge.verify.connecting import SYSTEM_ROOTS, Outcome
from mtlsedge.verify.result import Evidence, Finding, Status, failed, not_checked, ok
from mtlsedge.verify.target import Target


def floor(target: Target) -> Finding:
    """TLS 1.0 and 1.1 are refused, offered with bytes of our own."""
    did = "offered TLS 1.0, then TLS 1.1, with a ClientHello of our own"
    if not target.addresses:
        return not_checked(did, "no name of the load balancer resolves (see dns.resolves)")
    endpoint = target.endpoint(target.load_balancer.port)
    answers = {version: offer(endpoint, target.host, version) for version in OldVersion}
    taken = [version.label for version, answer in answers.items() if answer.outcome is Outcome.ANSWERED]
    if taken:
        return failed(did, f"{' and '.join(taken)} accepted; declared policy: {target.load_balancer.tls_policy}")
    seen = "; ".join(f"{version.label}: {answer.detail}" for version, answer in answers.items())
    if any(answer.outcome is not Outcome.REFUSED for answer in answers.values()):
        return not_checked(did, seen)
    if not target.control or not target.control.let_in:
        return not_checked(did, f"refused ({seen}), and no newer TLS was seen to be let in (see mtls.accepted)")
    return ok(did, f"refused ({seen})", Evidence.ALERT_BESIDE_CONTROL)


def no_quic(target: Target) -> Finding:
    """Nobody answers over QUIC, whose handshake asks for no client certificate at an ALB."""
    port = target.load_balancer.port
    did = f"sent UDP port {port} a QUIC packet of no version, which a QUIC server answers"
    if not target.addresses:
        return not_checked(did, "no name of the load balancer resolves (see dns.resolves)")
    answer = quic.ask(target.endpoint(port))
    if answer is quic.Answer.SPOKEN:
        return failed(did, str(answer))
    return ok(did, str(answer), Evidence.SILENCE if answer is quic.Answer.SILENCE else Evidence.OBSERVED)


def server_chain(target: Target) -> Finding:
    """For every host: the chain leads to the server CA, the name matches, the dates hold, the certificate is the declared one."""
    trust, whose = _trust(target)
    did = f"verified chain, name and dates of {', '.join(target.outputs.hosts) or target.host} against {whose}"
    findings = [_one(target, host, trust, did) for host in target.outputs.hosts or (target.host,)]
    wrong = [finding for finding in findings if finding.status is not Status.OK]
    if wrong:
        return min(wrong, key=lambda finding: finding.status is not Status.FAILED)
    return ok(did, "; ".join([*(finding.saw for finding in findings), *_old_export(target)]))


def _old_export(target: Target) -> list[str]:
    """A remark on a file that was given and is not of the issuer that the outputs name: an export from before a rotation."""
    declared, file = target.outputs.server_certificate, target.options.server_ca
    if not file or not declared or not declared.issuer:
        return []
    held, issuing = _certificates(_read(file)), _certificates(declared.issuer)
    if {fingerprint(one) for one in held} & {fingerprint(one) for one in issuing}:
        return []
    names = " and ".join(one.subject.rfc4514_string() for one in held) or "no certificate"
    return [f"{file} holds {names}, which is not its issuer: an older export, not used (export it anew)"]


def _certificates(pem: str) -> list[x509.Certificate]:
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError:
        return []


def _one(target: Target, host: str, trust: str, did: str) -> Finding:
    attempt = target.handshake(target.client, host=host, trust=trust)
    if attempt.outcome is Outcome.UNTRUSTED:
        return failed(did, f"{host}: {attempt.detail}")
    if not attempt.peer_der:
        return not_checked(did, f"{host}: no certificate seen, {attempt.detail} (see mtls.accepted)")
    served = x509.load_der_x509_certificate(attempt.peer_der)
    if _is_another(target, host, served):
        return failed(did, f"{host}: a valid certificate, but not the declared one (serial {served.serial_number:x})")
    return ok(did, f"{host}: chain, name and dates hold until {served.not_valid_after_utc:%Y-%m-%d}")


def _is_another(target: Target, host: str, served: x509.Certificate) -> bool:
    """True if the certificate declared for this host is not the one served."""
    declared = target.outputs.server_certificate
    if not declared or not declared.fingerprint or host not in declared.names:
        return False
    return plain_fingerprint(declared.fingerprint) != fingerprint(served)


def _trust(target: Target) -> tuple[str, str]:
    """What the server's chain must lead to, and how to call it: the stack's issuer, the file given, the system's roots.

    A file is for where the outputs know no issuer; after a rotation an exported one is of the CA before.
    """
    declared, file = target.outputs.server_certificate, target.options.server_ca
    given = (_read(file), str(file)) if file else None  # one that cannot be read is an error, needed or not
    if declared and declared.issuer:
        return declared.issuer, "the issuer in the stack outputs"
    return given or (SYSTEM_ROOTS, "the system's roots")


def _read(file: Path) -> str:
    try:
        return file.read_text()
    except OSError as problem:
        raise CommandError(f"--server-ca: cannot read {file}: {problem.strerror}") from None
