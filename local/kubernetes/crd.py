"""The AlbConfig CRD as a managed cluster has it: cluster-scoped, open schema, status subresource, five columns.

Source: alibaba-cloud.md §4.1, §4.3. The managed cluster's schema accepts anything, typos included, and so does this one.
"""

from typing import Any

NAME = "albconfigs.alibabacloud.com"
_LISTENERS = ".status.loadBalancer.listeners[*]"
_COLUMNS = (
    ("ALBID", "string", ".status.loadBalancer.id"),
    ("DNSNAME", "string", ".status.loadBalancer.dnsname"),
    ("PORT&PROTOCOL", "string", f"{_LISTENERS}.portAndProtocol"),
    ("CERTID", "string", f"{_LISTENERS}.certificates[*].certificateId"),
    ("AGE", "date", ".metadata.creationTimestamp"),
)


def definition() -> dict[str, Any]:
    """The CustomResourceDefinition to apply."""
    version = {
        "name": "v1",
        "served": True,
        "storage": True,
        "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
        "subresources": {"status": {}},
        "additionalPrinterColumns": [{"name": name, "type": kind, "jsonPath": path} for name, kind, path in _COLUMNS],
    }
    names = {"kind": "AlbConfig", "listKind": "AlbConfigList", "plural": "albconfigs", "singular": "albconfig"}
    spec = {"group": "alibabacloud.com", "scope": "Cluster", "names": names, "versions": [version]}
    return {"metadata": {"name": NAME}, "spec": spec}
