"""The HTTPS listeners of a stack: the load balancer's, and the one a cluster's controller keeps. Either may be absent.

Beside the first one of either there may be additional ones, each with a CA of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from mtlsedge.errors import CommandError
from mtlsedge.outputs import Bundle, ClusterEntryPoint, StackOutputs, below_wildcard
from mtlsedge.verify.table import CHECKS, Check
from settings.additional_listener import place_of

CLUSTER_PREFIX = "kubernetes."
"""What the ids of the cluster's rows begin with."""
OF_THE_STACK = ("expiry.days-left",)
"""Judged once a stack, not once a listener."""
OF_PLAIN_HTTP = ("http.redirect",)
"""Plain HTTP has one listener, beside the first."""
OF_SEVERAL = ("mtls.other-listener",)
"""Need another listener with another CA, and one of its clients whose key the stack has."""
OF_KNOWN_SERVERS = ("servers.alternate", "servers.paths")
"""Need the servers' names, which of a cluster only its pods know."""


@dataclass(frozen=True)
class JudgedListener:
    """One listener: what the stack says of it, as if it were the only one, and the rows that judge it."""

    outputs: StackOutputs
    checks: tuple[Check, ...]
    name: str = ""
    """Of an additional listener; empty for the others, which trust the stack's first CA."""
    of_others: Mapping[str, Bundle] = field(default_factory=dict)
    """Clients of listeners with another CA."""


def entry_points(outputs: StackOutputs) -> tuple[JudgedListener, ...]:
    """The stack's listeners, the load balancer's first. Raises CommandError for a stack without any."""
    found = []
    if outputs.load_balancer and outputs.load_balancer.port:
        found.append(JudgedListener(outputs.of_first, tuple(check.of("mtlsedge:listener") for check in CHECKS)))
        found += [
            JudgedListener(one, _additional_checks(name, OF_PLAIN_HTTP, in_cluster=False), name)
            for name, one in sorted(outputs.additional.items())
            if not one.cluster
        ]
    if outputs.cluster:
        found.append(JudgedListener(_seen_through(outputs.of_first, outputs.cluster), _cluster_checks(alone=not found)))
        without = (*OF_PLAIN_HTTP, *OF_KNOWN_SERVERS)
        found += [
            JudgedListener(_seen_through(one, one.cluster), _additional_checks(name, without, in_cluster=True), name)
            for name, one in sorted(outputs.additional.items())
            if one.cluster
        ]
    if not found:
        raise CommandError("the stack declares no HTTPS listener: there is nothing to verify")
    return tuple(_among(found, one) for one in found)


def _among(every: Sequence[JudgedListener], one: JudgedListener) -> JudgedListener:
    """A listener with the clients of those that trust another CA; without such, the row about them is not there."""
    others = {
        name: bundle
        for other in every
        if other.outputs.ca_identifier != one.outputs.ca_identifier
        for name, bundle in other.outputs.clients.items()
        if bundle.private_key
    }
    if others:
        return replace(one, of_others=others)
    return replace(one, checks=tuple(check for check in one.checks if not check.id.endswith(OF_SEVERAL)))


def _seen_through(outputs: StackOutputs, cluster: ClusterEntryPoint) -> StackOutputs:
    """The stack with the cluster's listener in the place of its own."""
    urls = tuple(f"https://{below_wildcard(host)}/" for host in cluster.hosts)
    return replace(
        outputs, load_balancer=cluster.load_balancer, urls=urls, wildcards=(), zone=cluster.zone, server_groups={}
    )


def _additional_checks(name: str, without: tuple[str, ...], *, in_cluster: bool) -> tuple[Check, ...]:
    rows = [check for check in CHECKS if check.id not in (*OF_THE_STACK, *without)]
    named = [replace(check, id=f"{name}.{check.id}", title=f"{name}: {check.title}") for check in rows]
    return tuple(check.of(f"{place_of(name, in_cluster=in_cluster)}.listener") for check in named)


def _cluster_checks(*, alone: bool) -> tuple[Check, ...]:
    rows: Sequence[Check] = [check for check in CHECKS if check.id not in (*OF_KNOWN_SERVERS, *OF_THE_STACK)]
    once = [check for check in CHECKS if check.id in OF_THE_STACK] if alone else []
    prefixed = [replace(check, id=CLUSTER_PREFIX + check.id, title=f"Cluster: {check.title}") for check in rows]
    return tuple(check.of("mtlsedge:kubernetes.listener") for check in (*prefixed, *once))
