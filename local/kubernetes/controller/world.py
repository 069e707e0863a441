"""The cluster's objects at one moment, and how they belong together."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.client import ALB_CONFIG, ENDPOINTS, INGRESS, INGRESS_CLASS, SECRET, SERVICE
from local.kubernetes.controller.names import CLASS_CONTROLLER, FINALIZER
from local.kubernetes.controller.watching import Watcher

Json = dict[str, Any]
CLASS_ANNOTATION = "kubernetes.io/ingress.class"
"""The older way to say an Ingress's class."""


@dataclass(frozen=True)
class World:
    """Objects by `namespace/name`."""

    alb_configs: Mapping[str, Json]
    classes: Mapping[str, Json]
    ingresses: Mapping[str, Json]
    services: Mapping[str, Json]
    endpoints: Mapping[str, Json]
    secrets: Mapping[str, Json]

    @classmethod
    def of(cls, watcher: Watcher) -> "World":
        """What the watches have brought."""
        kinds = (ALB_CONFIG, INGRESS_CLASS, INGRESS, SERVICE, ENDPOINTS, SECRET)
        return cls(*(watcher.snapshot(kind) for kind in kinds))

    def alb_config_of(self, ingress: Json) -> str | None:
        """Name of the AlbConfig that an Ingress's class leads to; None when the class is not there or not ours."""
        older = (ingress["metadata"].get("annotations") or {}).get(CLASS_ANNOTATION)
        found = self.classes.get(str((ingress.get("spec") or {}).get("ingressClassName") or older))
        spec = (found or {}).get("spec") or {}
        parameters = spec.get("parameters") or {}
        ours = spec.get("controller") == CLASS_CONTROLLER and parameters.get("kind") == "AlbConfig"
        return str(parameters.get("name")) if ours else None

    def ingresses_of(self, alb_config: str) -> list[Json]:
        """Ingresses of an AlbConfig that are not being deleted."""
        return [
            one for one in self.ingresses.values() if self.alb_config_of(one) == alb_config and not is_deleting(one)
        ]


def is_deleting(item: Json) -> bool:
    """Whether an object waits for its finalizers."""
    return bool(item["metadata"].get("deletionTimestamp"))


def is_held(item: Json) -> bool:
    """Whether our finalizer is on an object."""
    return FINALIZER in (item["metadata"].get("finalizers") or [])
