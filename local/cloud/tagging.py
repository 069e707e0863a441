"""Tags: kept in every document as [{Key, Value}], shown in the spelling of the product (§6.3)."""

from collections.abc import Mapping
from typing import Any

from local.cloud.actions import Call, Response
from local.cloud.errors import gone, invalid, refused
from local.cloud.parameters import Parameters
from local.cloud.store import Document

MAXIMUM = 20
"""Tags one resource may carry."""
_RESERVED = ("aliyun", "acs:")


def sent(parameters: Parameters) -> list[dict[str, str]]:
    """The tags in a call; the API documents `Tag.N`, the provider also sends `Tags.N` (§10)."""
    tags = {}
    for name in ("Tags", "Tag"):
        for item in parameters.objects(name):
            if key := item.text("Key"):
                tags[key] = item.text("Value")
    return [{"Key": _checked(key), "Value": value} for key, value in tags.items()]


def shown(document: Document) -> list[dict[str, str]]:
    """As TagKey and TagValue, the spelling of ecs and cas."""
    return [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in document.get("Tags", [])]


def tag(call: Call, kinds: Mapping[str, str]) -> Response:
    """TagResources: add or overwrite tags. `kinds` maps ResourceType in lower case to a kind of document."""
    tags = sent(call.parameters)
    for kind, id, document in _targets(call, kinds):
        merged = {item["Key"]: item for item in [*document.get("Tags", []), *tags]}
        if len(merged) > MAXIMUM:
            raise refused("QuotaExceeded.Tag", f"A resource carries {MAXIMUM} tags at most.")
        call.store.put(kind, id, {**document, "Tags": list(merged.values())})
    return {}


def untag(call: Call, kinds: Mapping[str, str]) -> Response:
    """UntagResources: remove the named keys, or all with All=true."""
    keys = set(call.parameters.texts("TagKey"))
    everything = call.parameters.boolean("All") and not keys
    for kind, id, document in _targets(call, kinds):
        left = [tag for tag in document.get("Tags", []) if not everything and tag["Key"] not in keys]
        call.store.put(kind, id, {**document, "Tags": left})
    return {}


def listed(call: Call, kinds: Mapping[str, str]) -> Response:
    """ListTagResources; the key TagResources is always there, the provider stops without it."""
    type_name = call.parameters.required("ResourceType")
    rows: list[dict[str, Any]] = []
    for id, document in call.store.items(_kind(type_name, kinds)):
        if id in (call.parameters.texts("ResourceId") or [id]):
            rows += [{"ResourceId": id, "ResourceType": type_name, **tag} for tag in shown(document)]
    return {"TagResources": rows}


def _targets(call: Call, kinds: Mapping[str, str]) -> list[tuple[str, str, Document]]:
    kind = _kind(call.parameters.required("ResourceType"), kinds)
    found = []
    for id in call.parameters.texts("ResourceId"):
        document = call.store.get(kind, id)
        if document is None:
            raise gone("ResourceNotFound", "resource")
        found.append((kind, id, document))
    return found


def _kind(resource_type: str, kinds: Mapping[str, str]) -> str:
    if resource_type.lower() not in kinds:
        raise invalid("ResourceType", f"allowed are {', '.join(sorted(kinds))}")
    return kinds[resource_type.lower()]


def _checked(key: str) -> str:
    if key.startswith(_RESERVED) or "http://" in key or "https://" in key or len(key) > 128:
        raise invalid(
            "TagKey", "at most 128 characters, not beginning with aliyun or acs:, without http:// or https://"
        )
    return key
