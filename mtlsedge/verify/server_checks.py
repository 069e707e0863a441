"""The servers behind the listener: who answers, and what the cloud says of their health."""

import re
from collections import Counter

from mtlsedge.outputs import ServerGroup
from mtlsedge.verify.connecting import SERVED_BY, Attempt
from mtlsedge.verify.health import HEALTHY
from mtlsedge.verify.result import Evidence, Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target, Unavailable


def alternate(target: Target) -> Finding:
    """Every server of the default group that the cloud calls healthy answers in its turn.

    A server the cloud reports unhealthy is `health.servers`'s matter; without the cloud's word all are judged.
    """
    did = f"asked for / up to {target.options.requests} times as {target.client_name or 'nobody'}"
    group = _default_group(target)
    if not group or not group.servers:
        return not_checked(did, "the stack outputs name no servers of the default group")
    if not target.client or not target.as_client.let_in:
        return not_checked(did, "the good client is not let in (see mtls.accepted)")
    wanted = _healthy(target, group)
    if not wanted:
        return not_checked(did, "no server is healthy (see health.servers)")
    return _judge(did, wanted, _ask_around(target, group, wanted))


def health(target: Target) -> Finding:
    """Every server is healthy in the cloud's own report."""
    did = "asked the ALB API for the listener's health (GetListenerHealthStatus)"
    try:
        report = target.health
    except Unavailable as problem:
        return not_checked(did, str(problem))
    probed = [server for server in report.servers if server.group_id not in report.unprobed_groups]
    if not probed:
        return not_checked(did, "no group of this stack has servers with a health check")
    bad = [f"{s.name or s.address}: {s.status} {s.reason}".strip() for s in probed if s.status != HEALTHY]
    if bad:
        return failed(did, "; ".join(bad), Evidence.REPORTED)
    return ok(did, f"{len(probed)} of {len(probed)} servers healthy", Evidence.REPORTED)


def _default_group(target: Target) -> ServerGroup | None:
    """The group the listener forwards to: named in the outputs, or the only one there is."""
    groups = target.outputs.server_groups
    only = next(iter(groups)) if len(groups) == 1 else ""
    return groups.get(target.load_balancer.default_server_group or only)


def _healthy(target: Target, group: ServerGroup) -> list[str]:
    """The servers that should answer."""
    try:
        report = target.health.of(group.id)
    except Unavailable:
        return list(group.servers)
    out = {server.name for server in report if server.status != HEALTHY}
    drained = set(group.servers) - {server.name for server in report} if all(s.name for s in report) else set()
    return [name for name in group.servers if name not in out | drained]


def _ask_around(target: Target, group: ServerGroup, wanted: list[str]) -> Counter[str]:
    """Requests on connections of their own until every wanted server has answered; counts by what answered."""
    seen: Counter[str] = Counter()
    for _ in range(target.options.requests):
        attempt = target.handshake(target.client)
        seen[answered_by(attempt, group.servers)] += 1
        if set(wanted) <= set(seen):
            break
    return seen


def answered_by(attempt: Attempt, servers: tuple[str, ...]) -> str:
    """The server that answered; the HTTP status where none did; empty where it does not say."""
    named = attempt.headers.get(SERVED_BY, "")
    if attempt.status >= 500:
        return attempt.detail
    if named in servers:
        return named
    text = attempt.body.decode(errors="replace")
    in_page = [name for name in servers if re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)]
    if len(in_page) == 1:
        return in_page[0]
    return "" if attempt.let_in else attempt.detail


def _judge(did: str, wanted: list[str], seen: Counter[str]) -> Finding:
    text = ", ".join(f"{name or 'unnamed'} ({count})" for name, count in sorted(seen.items()))
    missing = [name for name in wanted if name not in seen]
    if not missing:
        return ok(did, text)
    if set(seen) == {""}:
        return not_checked(did, f"the servers do not name themselves ({SERVED_BY} header or page text)")
    return failed(did, f"no answer from {', '.join(missing)}; answers: {text}")
