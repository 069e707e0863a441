"""The provider's configuration: which cluster, and when it is another one."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from local.plugins.kubernetes.errors import UnreachableError

KNOWN = (
    "kubeconfig", "context", "cluster", "clusterIdentifier", "namespace", "enableServerSideApply", "deleteUnreachable",
    "skipUpdateUnreachable", "upsertExistingObjects", "enablePatchForce", "suppressDeprecationWarnings", "suppressHelmHookWarnings",
)  # fmt: skip
REFUSED = ("renderYamlToDirectory", "alwaysRender", "helmReleaseSettings", "kubeClientSettings")
"""Inputs of the vendor's provider that this one does not have."""


@dataclass(frozen=True)
class Connection:
    """A kubeconfig (text or path; empty: where kubectl looks) and a context (empty: the kubeconfig's current one)."""

    kubeconfig: str = ""
    context: str = ""
    namespace: str = ""
    identifier: str = ""
    upsert: bool = False
    force: bool = False
    """Whether an apply takes fields back that somebody else has changed."""

    @classmethod
    def of(cls, inputs: Mapping[str, Any]) -> "Connection":
        """Out of the provider's inputs, where flags are texts."""
        return cls(
            kubeconfig=str(inputs.get("kubeconfig") or ""),
            context=str(inputs.get("context") or ""),
            namespace=str(inputs.get("namespace") or ""),
            identifier=str(inputs.get("clusterIdentifier") or ""),
            upsert=str(inputs.get("upsertExistingObjects") or "").lower() == "true",
            force=str(inputs.get("enablePatchForce") or "").lower() == "true",
        )

    def document(self) -> dict[str, Any] | None:
        """The kubeconfig, parsed; None when it is left to where kubectl looks. Raises UnreachableError."""
        if not self.kubeconfig:
            return None
        text = self.kubeconfig
        if "\n" not in text and not text.lstrip().startswith("{"):
            text = _read(Path(text).expanduser())
        try:
            document = yaml.safe_load(text)
        except yaml.YAMLError:
            document = None
        if not isinstance(document, dict):
            raise UnreachableError("the kubeconfig is not YAML")
        return document

    def server(self) -> str:
        """Address of the API server, which is what tells clusters apart where no identifier does; "" if unknown."""
        try:
            document = self.document() or {}
        except UnreachableError:
            return ""
        name = self.context or str(document.get("current-context") or "")
        cluster = _named(document, "contexts", name).get("context", {}).get("cluster", "")
        return str(_named(document, "clusters", cluster).get("cluster", {}).get("server", ""))


def problems(inputs: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Property and reason of what this provider does not take."""
    found = [(key, "the stand-in does not support it") for key in REFUSED if key in inputs]
    unknown = [key for key in inputs if key not in (*KNOWN, *REFUSED) and not key.startswith("__")]
    found += [(key, "unknown to pulumi-kubernetes") for key in unknown if key not in ("version", "pluginDownloadURL")]
    if str(inputs.get("enableServerSideApply", "true")).lower() == "false":
        found.append(("enableServerSideApply", "the stand-in writes by server-side apply only"))
    return found


def is_another(olds: Mapping[str, Any], news: Mapping[str, Any]) -> bool:
    """Whether the provider now points at another cluster, so that everything in it has to be replaced."""
    old, new = Connection.of(olds), Connection.of(news)
    if old.identifier and new.identifier:
        return old.identifier != new.identifier
    before, after = old.server(), new.server()
    return bool(before and after and before != after)


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError as error:
        raise UnreachableError(f"cannot read the kubeconfig {path}: {error.strerror}") from None


def _named(document: Mapping[str, Any], section: str, name: str) -> dict[str, Any]:
    items = [item for item in document.get(section) or [] if isinstance(item, dict)]
    return next((item for item in items if item.get("name") == name), {})
