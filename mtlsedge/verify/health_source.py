"""Reads the health report of a stack's listener through the ALB API."""

import time
from collections.abc import Callable

from mtlsedge.cloud import Cloud, CloudProblem
from mtlsedge.outputs import LoadBalancer, StackOutputs
from mtlsedge.verify.health import Health, combine, groups_with_servers
from mtlsedge.verify.target import Unavailable

POLL_SECONDS = 1.0


def reader(cloud: Callable[[], Cloud], outputs: StackOutputs, settle_seconds: float) -> Callable[[], Health]:
    """A function that asks once, and again while first probes are still under way."""

    def read() -> Health:
        deadline = time.monotonic() + settle_seconds
        while True:
            health = _ask(cloud(), outputs)
            if not health.settling or time.monotonic() >= deadline:
                return health
            time.sleep(POLL_SECONDS)

    return read


def _ask(cloud: Cloud, outputs: StackOutputs) -> Health:
    groups = {group.id for group in outputs.server_groups.values()}
    try:
        listener = _listener_id(cloud, outputs.load_balancer)
        report = cloud.call("alb", "GetListenerHealthStatus", {"ListenerId": listener, "IncludeRule": "true"})
        groups |= set(groups_with_servers(report)) if not groups else set()
        members = {
            group: list(cloud.pages("alb", "ListServerGroupServers", "Servers", {"ServerGroupId": group}))
            for group in sorted(groups)
        }
    except CloudProblem as problem:
        raise Unavailable(str(problem)) from None
    return combine(report, members)


def _listener_id(cloud: Cloud, balancer: LoadBalancer | None) -> str:
    """The stack's own record, or, for a listener that a cluster's controller made, the cloud's word. Raises Unavailable."""
    if balancer is None or balancer.listener_id:
        return balancer.listener_id if balancer else ""
    asked = {"LoadBalancerIds.1": balancer.id, "ListenerProtocol": "HTTPS"}
    for listener in cloud.pages("alb", "ListListeners", "Listeners", asked):
        if int(listener.get("ListenerPort") or 0) == balancer.port:
            return str(listener["ListenerId"])
    raise Unavailable(f"{balancer.id or 'the load balancer'} has no HTTPS listener on port {balancer.port}")
