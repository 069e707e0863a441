"""Does the name lead to the load balancer?"""

from mtlsedge.verify.resolving import NameProblem
from mtlsedge.verify.result import Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target


def resolves(target: Target) -> Finding:
    """Every host is a CNAME of the load balancer's name, and that name has an address."""
    expected = target.load_balancer.dns_name.rstrip(".").lower()
    did = f"asked {target.options.resolver or 'the system resolver'} for each host's CNAME and for addresses"
    if not target.outputs.zone:
        return not_checked(did, "the stack declares no domain")
    seen, wrong = [], []
    for host in target.outputs.hosts:
        problem, line = _one(target, host, expected)
        (wrong if problem else seen).append(problem or line)
    return failed(did, "; ".join(wrong)) if wrong else ok(did, "; ".join(seen))


def _one(target: Target, host: str, expected: str) -> tuple[str, str]:
    """A problem with one host, or the line that says how it resolves."""
    try:
        pointed_at = target.names.cname(host)
        if pointed_at != expected:
            return f"{host} points at {pointed_at or 'no name'}, not at {expected}", ""
        return "", f"{host} → {expected} → {', '.join(target.names.addresses(expected))}"
    except NameProblem as problem:
        return str(problem), ""
