"""Checks of `mtlsedge verify` about names: does the name lead to the load balancer?"""

from mtlsedge.verify.resolving import NameProblem
from mtlsedge.verify.result import Finding, failed, ok
from mtlsedge.verify.target import Target


def resolves(target: Target) -> Finding:
    """Every host is a CNAME of the load balancer's name, and that name has an address.

    Without a domain in the stack, the load balancer's own name still has to resolve.
    """
    balancer = target.load_balancer.dns_name.rstrip(".").lower()
    hosts = target.outputs.hosts if target.outputs.zone else ()
    did = f"asked {target.options.resolver or 'the system resolver'} for {', '.join((*hosts, balancer))}"
    try:
        for host in hosts:
            if (pointed_at := target.names.cname(host)) != balancer:
                return failed(did, f"{host} points at {pointed_at or 'no name'}, not at {balancer}")
        addresses = ", ".join(target.names.addresses(balancer))
    except NameProblem as problem:
        return failed(did, str(problem))
    return ok(did, f"{', '.join(hosts) or 'no domain is declared'} → {balancer} → {addresses}")
