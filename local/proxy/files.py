"""Configuration files that Envoy watches, written so that it never sees half of one."""

import json
import os
from pathlib import Path

from local.proxy import admin
from local.proxy.protobuf import Json, extension

LISTENERS = "envoy.config.listener.v3.Listener"
CLUSTERS = "envoy.config.cluster.v3.Cluster"
MOST_CONNECTIONS = 10000
"""Clients served at once."""


def write_atomically(path: Path, content: str, mode: int = 0o600) -> bool:
    """Writes through a second file and a rename; returns False, writing nothing, when the content is the same."""
    if path.is_file() and path.read_text() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.parent / f".{path.name}.new"
    scratch.unlink(missing_ok=True)
    with os.fdopen(os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(content)
    scratch.replace(path)
    return True


def discovery_response(message: str, resources: tuple[Json, ...]) -> str:
    """A DiscoveryResponse in JSON, as path_config_source reads it."""
    kind = f"type.googleapis.com/{message}"
    return json.dumps({"resources": [{"@type": kind, **item} for item in resources]}, indent=1, sort_keys=True)


class WatchedFiles:
    """The listener and cluster files, each in a folder of its own: Envoy watches folders for renames."""

    def __init__(self, folder: Path) -> None:
        self.listeners = folder / "listeners" / "listeners.json"
        self.clusters = folder / "clusters" / "clusters.json"

    def write(self, listeners: tuple[Json, ...], clusters: tuple[Json, ...]) -> None:
        """Clusters first: a listener then finds the groups it forwards to. Raises OSError (full disk)."""
        write_atomically(self.clusters, discovery_response(CLUSTERS, clusters))
        write_atomically(self.listeners, discovery_response(LISTENERS, listeners))


def bootstrap(files: WatchedFiles) -> Json:
    """Envoy's own configuration: where to read the rest, and where it is asked."""
    return {
        "node": {"id": "local", "cluster": "mtlsedge"},
        "admin": admin.configuration(),
        "dynamic_resources": {"lds_config": _source(files.listeners), "cds_config": _source(files.clusters)},
        "overload_manager": {"resource_monitors": [_connection_limit()]},
    }


def _connection_limit() -> Json:
    message = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    name = "resource_monitors.global_downstream_max_connections"
    return extension(name, message, max_active_downstream_connections=MOST_CONNECTIONS)


def _source(path: Path) -> Json:
    watched = {"path": str(path), "watched_directory": {"path": str(path.parent)}}
    return {"path_config_source": watched, "resource_api_version": "V3"}
