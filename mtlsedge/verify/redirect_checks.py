"""The plain HTTP listener: it sends every visitor to HTTPS, and never serves anything itself."""

import secrets
from collections.abc import Iterator
from urllib.parse import urlsplit

from mtlsedge.verify.connecting import Attempt, Outcome, Request, plain_get
from mtlsedge.verify.result import Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target

USUAL_PORT = 80
PERMANENT = (301, 308)


def redirect(target: Target) -> Finding:
    """Every path on port 80 answers 301 or 308 to the same host over HTTPS, on the declared port.

    Where no redirect is declared, nobody answers.
    """
    declared = target.load_balancer.http_port
    port = declared or USUAL_PORT
    paths = tuple(_paths())
    did = f"asked for {', '.join(f'http://{target.host}{path}' for path in paths)} on port {port}"
    if not target.addresses:
        return not_checked(did, "no name of the load balancer resolves (see dns.resolves)")
    attempts = {path: plain_get(target.endpoint(port), Request(target.host, path)) for path in paths}
    if not declared and all(attempt.outcome is not Outcome.ANSWERED for attempt in attempts.values()):
        return ok(did, "no redirect is declared, and nobody answers")
    problems = [f"{path}: {problem}" for path, attempt in attempts.items() if (problem := _problem(target, attempt))]
    if problems:
        return failed(did, "; ".join(problems))
    first = attempts[paths[0]]
    return ok(did, f"{first.detail} to {first.headers['location']}, and so from {len(paths) - 1} other paths")


def _paths() -> Iterator[str]:
    """The root, a path that no rule can know, and one that certificate authorities ask for without TLS."""
    yield "/"
    yield f"/{secrets.token_hex(8)}/page.html?query=1"
    yield f"/.well-known/acme-challenge/{secrets.token_hex(8)}"


def _problem(target: Target, attempt: Attempt) -> str:
    """What is wrong with an answer; empty when nothing is."""
    location = attempt.headers.get("location", "")
    if attempt.outcome is not Outcome.ANSWERED:
        return attempt.detail
    if attempt.status not in PERMANENT:
        return f"{attempt.detail}{' to ' + location if location else ''} instead of a permanent redirect"
    if not _leads_home(target, location):
        return f"{attempt.detail} to {location or 'nowhere'}, not to https://{target.host} on port {target.load_balancer.port}"
    return ""


def _leads_home(target: Target, location: str) -> bool:
    """Whether a location is the same host over HTTPS, on the listener's port or where the port map says it is."""
    declared = target.load_balancer.port
    try:
        to = urlsplit(location)
        port = to.port or 443
    except ValueError:
        return False
    ports = {declared, target.options.ports.get(declared, declared)}
    return to.scheme == "https" and (to.hostname or "") == target.host.lower() and port in ports
