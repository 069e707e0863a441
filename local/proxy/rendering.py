"""From the store to Envoy's configuration, purely: the same store gives the same bytes."""

import json
from dataclasses import dataclass
from pathlib import Path

from local.proxy import access_log, clusters, listeners, routes, servers
from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory, groups_of, is_served
from local.proxy.protobuf import Json
from local.proxy.scope import Scope, Unserved


@dataclass(frozen=True)
class Rendering:
    """What Envoy is told, by kind, and what of the store is not served as declared."""

    listeners: tuple[Json, ...] = ()
    routes: tuple[Json, ...] = ()
    """Of each listener, by its name."""
    clusters: tuple[Json, ...] = ()
    endpoints: tuple[Json, ...] = ()
    """Of each cluster, by its name."""
    logs: frozenset[Path] = frozenset()
    """Access logs that load balancers have."""
    problems: tuple[str, ...] = ()


def render(inventory: Inventory, placement: Placement, folder: Path, log: Path) -> Rendering:
    """Renders every served listener and the groups they forward to. One bad listener takes no other down."""
    rendered: list[tuple[Json, Json]] = []
    problems: list[str] = []
    logs: set[Path | None] = set()
    taken: dict[str, str] = {}
    for document in inventory.listeners:
        if not is_served(inventory, document):
            continue
        scope = Scope(inventory, placement, folder, log, document, problems)
        try:
            listener = listeners.listener(scope)
            _take_place(listener, taken)
            rendered.append((listener, routes.route_configuration(scope)))
            logs.add(access_log.path(scope))
        except Unserved as reason:
            problems.append(f"listener {document['ListenerId']} is not served: {reason}")
        except (KeyError, TypeError) as gap:
            problems.append(f"listener {document['ListenerId']} is not served: its documents are incomplete ({gap})")
    groups = used_groups(inventory)
    problems += [
        f"server group {group['ServerGroupId']}: server {server} is neither an instance nor an address"
        for group in groups for server in servers.missing(inventory, placement, group)
    ]  # fmt: skip
    served = _clusters(inventory, placement, groups, problems)
    return Rendering(
        listeners=tuple(listener for listener, _ in rendered),
        routes=tuple(configuration for _, configuration in rendered),
        clusters=tuple(cluster for cluster, _ in served),
        endpoints=tuple(assignment for _, assignment in served),
        logs=frozenset(one for one in logs if one),
        problems=tuple(problems),
    )


def _take_place(listener: Json, taken: dict[str, str]) -> None:
    """Raises Unserved where an earlier listener has the address and port: Envoy would serve one of the two, untold."""
    before = taken.setdefault(json.dumps(listener["address"]), listener["name"])
    if before != listener["name"]:
        raise Unserved(f"listener {before} has its port of this machine")


def _clusters(
    inventory: Inventory, placement: Placement, groups: list[Json], problems: list[str]
) -> list[tuple[Json, Json]]:
    """A group whose settings make no sense is left out: its requests are answered 503."""
    rendered = []
    for group in groups:
        try:
            rendered.append((clusters.cluster(group), clusters.endpoints(inventory, placement, group)))
            problems += [f"server group {group['ServerGroupId']}: {text}" for text in clusters.limitations(group)]
        except (KeyError, TypeError, ValueError) as gap:
            problems.append(f"server group {group['ServerGroupId']} is not served: {gap}")
    return rendered


def used_groups(inventory: Inventory) -> list[Json]:
    """Server groups that a served listener forwards to."""
    served = [document for document in inventory.listeners if is_served(inventory, document)]
    names = dict.fromkeys(group for document in served for group in groups_of(inventory, document))
    return [inventory.server_groups[name] for name in names if name in inventory.server_groups]
