"""Kubernetes objects and property bags, without any cluster: kinds, ids, differences, what of a live object is input."""

import copy
import hashlib
from collections.abc import Mapping
from typing import Any

Object = dict[str, Any]
AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
SERVER_FIELDS = (
    "uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink", "finalizers",
    "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences",
)  # fmt: skip
"""Metadata that the server or a controller writes."""


def plain(value: Any) -> Any:
    """A wire value with whole floats as integers; internal keys (`__…`) are left out."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items() if not str(key).startswith("__")}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def kind_of(urn: str) -> tuple[str, str]:
    """API version and kind, out of a URN's type such as `kubernetes:networking.k8s.io/v1:Ingress`."""
    _, version, kind = urn.split("::")[2].rpartition("$")[2].split(":")
    return version.removeprefix("core/"), kind


def identity(document: Mapping[str, Any]) -> str:
    """`namespace/name`, or the name of a cluster-scoped object."""
    metadata = document["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def parse(identifier: str) -> tuple[str, str]:
    """Namespace ("" without one) and name."""
    namespace, _, name = identifier.rpartition("/")
    return namespace, name


def manager(urn: str) -> str:
    """The field manager of one resource: always the same, so that a create whose reply was lost is known again."""
    return f"pulumi-kubernetes-{hashlib.sha256(urn.encode()).hexdigest()[:8]}"


def is_managed_by(document: Mapping[str, Any], name: str) -> bool:
    """Whether a field manager owns anything in an object."""
    return any(entry.get("manager") == name for entry in document["metadata"].get("managedFields") or [])


def named(news: Object, olds: Mapping[str, Any], resource: str, seed: bytes) -> Object:
    """The inputs with a name: their own, or the one given before, or the resource's with eight digits."""
    document = copy.deepcopy(news)
    metadata = document.setdefault("metadata", {})
    if metadata.get("name"):
        return document
    before = olds.get("metadata") or {}
    if (before.get("annotations") or {}).get(AUTONAMED) and before.get("name"):
        metadata["name"] = before["name"]
    else:
        metadata["name"] = f"{resource}-{hashlib.sha256(seed + resource.encode()).hexdigest()[:8]}"
    metadata.setdefault("annotations", {})[AUTONAMED] = "true"
    return document


def is_autonamed(document: Mapping[str, Any]) -> bool:
    """Whether the name is ours to change, so that old and new can exist side by side."""
    annotations = (document.get("metadata") or {}).get("annotations") or {}
    return annotations.get(AUTONAMED) == "true"


def differences(old: Any, new: Any, path: str = "") -> dict[str, str]:
    """Property path -> add, delete or update."""
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: dict[str, str] = {}
        for key in [*old, *(key for key in new if key not in old)]:
            found |= _difference(old, new, key, _below(path, str(key)))
        return found
    if isinstance(old, list) and isinstance(new, list):
        return _list_differences(old, new, path)
    return {} if old == new else {path: "update"}


def _difference(old: Mapping[str, Any], new: Mapping[str, Any], key: str, path: str) -> dict[str, str]:
    if key not in new:
        return {path: "delete"}
    return differences(old[key], new[key], path) if key in old else {path: "add"}


def _list_differences(old: list[Any], new: list[Any], path: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for index in range(max(len(old), len(new))):
        at = f"{path}[{index}]"
        if index >= len(new):
            found[at] = "delete"
        elif index >= len(old):
            found[at] = "add"
        else:
            found |= differences(old[index], new[index], at)
    return found


def _below(path: str, key: str) -> str:
    if "." in key or "/" in key or "[" in key:
        return f'{path}["{key}"]'
    return f"{path}.{key}" if path else key


def replaces(path: str) -> bool:
    """Whether a difference makes another object: its kind, name or namespace."""
    return path in ("apiVersion", "kind", "metadata.name", "metadata.namespace")


def projected(live: Any, wanted: Any) -> Any:
    """What the live object says where the inputs say something: server defaults and status are no difference.

    A key that is gone is left out; a list of another length is taken as it is.
    """
    if isinstance(live, Mapping) and isinstance(wanted, Mapping):
        return {key: projected(live[key], item) for key, item in wanted.items() if key in live}
    if isinstance(live, list) and isinstance(wanted, list) and len(live) == len(wanted):
        return [projected(one, other) for one, other in zip(live, wanted, strict=True)]
    return copy.deepcopy(live)


def imported(live: Object) -> Object:
    """A live object as inputs: what a person would write to have it so."""
    document = {key: copy.deepcopy(value) for key, value in live.items() if key != "status"}
    document["metadata"] = {key: value for key, value in document["metadata"].items() if key not in SERVER_FIELDS}
    return document


def outputs(live: Object, field_manager: str) -> Object:
    """A live object as state: without the record of field owners, which changes with every write of anybody."""
    document = copy.deepcopy(live)
    document["metadata"].pop("managedFields", None)
    return {**document, "__fieldManager": field_manager}


def address(live: Mapping[str, Any]) -> str:
    """Where an Ingress is reached, as its controller says; "" as long as it does not."""
    entries = ((live.get("status") or {}).get("loadBalancer") or {}).get("ingress") or []
    return next((str(entry.get("hostname") or entry.get("ip") or "") for entry in entries), "")
