"""Configuration files that Envoy watches, written so that it never sees half of one."""

from collections.abc import Iterable
from pathlib import Path

from local import whole_files
from local.proxy import admin
from local.proxy.discovery import (
    CLUSTERS,
    ENDPOINTS,
    ENDPOINTS_FOLDER,
    LISTENERS,
    ROUTES,
    ROUTES_FOLDER,
    part_file,
    response,
    source,
)
from local.proxy.protobuf import Json, extension
from local.proxy.rendering import Rendering

MOST_CONNECTIONS = 10000
"""Clients served at once."""


class WatchedFiles:
    """What Envoy reads, each file in a folder of its own: Envoy watches folders for renames.

    Routes and servers have files apart from listeners and groups: a change of them touches no open connection.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listeners = folder / "listeners" / "listeners.json"
        self.clusters = folder / "clusters" / "clusters.json"

    def write(self, rendering: Rendering) -> None:
        """What is referred to comes first: a listener then finds its routes and its groups. Raises OSError (full disk)."""
        servers = {item["cluster_name"]: item for item in rendering.endpoints}
        routes = {item["name"]: item for item in rendering.routes}
        self._write_parts(ENDPOINTS_FOLDER, ENDPOINTS, servers)
        whole_files.write(self.clusters, response(CLUSTERS, rendering.clusters))
        self._write_parts(ROUTES_FOLDER, ROUTES, routes)
        whole_files.write(self.listeners, response(LISTENERS, rendering.listeners))
        self._forget(ROUTES_FOLDER, routes)
        self._forget(ENDPOINTS_FOLDER, servers)

    def _write_parts(self, folder: str, message: str, parts: dict[str, Json]) -> None:
        for name, item in parts.items():
            whole_files.write(self.folder / part_file(folder, name), response(message, [item]))

    def _forget(self, folder: str, kept: Iterable[str]) -> None:
        """Only now: nothing that Envoy has been told of refers to them any more.

        The folders stay: while a listener's connections end, Envoy goes on watching, and looks there again if it comes back.
        """
        for old in {path.parent.name for path in (self.folder / folder).glob("*/*")} - set(kept):
            (self.folder / part_file(folder, old)).unlink(missing_ok=True)


def bootstrap(files: WatchedFiles) -> Json:
    """Envoy's own configuration: where to read the rest, and where it is asked."""
    return {
        "node": {"id": "local", "cluster": "mtlsedge"},
        "admin": admin.configuration(),
        "dynamic_resources": {"lds_config": source(files.listeners), "cds_config": source(files.clusters)},
        "overload_manager": {"resource_monitors": [_connection_limit()]},
    }


def _connection_limit() -> Json:
    message = "extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"
    name = "resource_monitors.global_downstream_max_connections"
    return extension(name, message, max_active_downstream_connections=MOST_CONNECTIONS)
