"""Reads the health report of a stack's listener through the ALB API."""

import time
from collections.abc import Callable

from mtlsedge.cloud import Cloud, CloudProblem
from mtlsedge.outputs import StackOutputs
from mtlsedge.verify.health import Health, combine
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
    listener = outputs.load_balancer.listener_id if outputs.load_balancer else ""
    groups = {group.id for group in outputs.server_groups.values()}
    try:
        report = cloud.call("alb", "GetListenerHealthStatus", {"ListenerId": listener, "IncludeRule": "true"})
        members = {
            group: list(cloud.pages("alb", "ListServerGroupServers", "Servers", {"ServerGroupId": group}))
            for group in sorted(groups)
        }
    except CloudProblem as problem:
        raise Unavailable(str(problem)) from None
    return combine(report, members)
