"""The plain HTTP door: it sends visitors to HTTPS, and never serves anything itself."""

from urllib.parse import urlsplit

from mtlsedge.verify.connecting import Attempt, Outcome, Request, plain_get
from mtlsedge.verify.result import Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target

USUAL_PORT = 80
PERMANENT = (301, 308)


def redirect(target: Target) -> Finding:
    """Port 80 answers 301 or 308 to the same host over HTTPS; where no redirect is declared, nobody answers."""
    declared = target.load_balancer.http_port
    port = declared or USUAL_PORT
    did = f"asked for http://{target.host}/ on port {port}"
    if not target.addresses:
        return not_checked(did, "no name of the load balancer resolves (see dns.resolves)")
    attempt = plain_get(target.door(port), Request(target.host))
    if attempt.outcome is not Outcome.ANSWERED:
        return failed(did, attempt.detail) if declared else ok(did, "no redirect is declared, and nobody answers")
    return _judge(target, attempt, did)


def _judge(target: Target, attempt: Attempt, did: str) -> Finding:
    location = attempt.headers.get("location", "")
    if attempt.status not in PERMANENT:
        return failed(did, f"{attempt.detail}{' to ' + location if location else ''} instead of a permanent redirect")
    to = urlsplit(location)
    if to.scheme != "https" or (to.hostname or "") != target.host.lower():
        return failed(did, f"{attempt.detail} to {location or 'nowhere'}, not to https://{target.host}")
    return ok(did, f"{attempt.detail} to {location}")
