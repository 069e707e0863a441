"""How Envoy is told its configuration: by files, and where the parts of a listener or a group lie."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from local.proxy.protobuf import Json

LISTENERS = "envoy.config.listener.v3.Listener"
CLUSTERS = "envoy.config.cluster.v3.Cluster"
ROUTES = "envoy.config.route.v3.RouteConfiguration"
ENDPOINTS = "envoy.config.endpoint.v3.ClusterLoadAssignment"
ROUTES_FOLDER, ENDPOINTS_FOLDER = "routes", "endpoints"


def response(message: str, resources: Iterable[Json]) -> str:
    """A DiscoveryResponse in JSON, as path_config_source reads it."""
    listed = _typed(message, resources)
    return json.dumps({"version_info": _digest(listed), "resources": listed}, indent=1, sort_keys=True)


def version(message: str, resources: Iterable[Json]) -> str:
    """By which Envoy names these resources once it has taken them up."""
    return _digest(_typed(message, resources))


def _typed(message: str, resources: Iterable[Json]) -> list[Json]:
    return [{"@type": f"type.googleapis.com/{message}", **item} for item in resources]


def _digest(listed: list[Json]) -> str:
    return hashlib.sha256(json.dumps(listed, sort_keys=True).encode()).hexdigest()[:16]


def part(folder: str, name: str) -> Json:
    """Where Envoy finds the routes of one listener, or the servers of one group. Envoy runs in the folder above."""
    return source(part_file(folder, name))


def part_file(folder: str, name: str) -> Path:
    """Below the folder in which Envoy runs."""
    return Path(folder, name, "part.json")


def source(path: Path) -> Json:
    """A file as Envoy's source of configuration."""
    watched = {"path": str(path), "watched_directory": {"path": str(path.parent)}}
    return {"path_config_source": watched, "resource_api_version": "V3"}
