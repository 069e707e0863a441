"""Tags: kept in every document as [{Key, Value}], shown in the spelling of the product (§6.3)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from local.cloud.actions import Call, Response
from local.cloud.errors import gone, invalid, refused
from local.cloud.indexes import Condition
from local.cloud.parameters import Parameters
from local.cloud.store import Document

MAXIMUM = 20
"""Tags one resource may carry."""
Tags = list[dict[str, str]]
Change = Callable[[Tags], Tags]
_RESERVED = ("aliyun", "acs:")


def sent(parameters: Parameters) -> list[dict[str, str]]:
    """The tags in a call; the API documents `Tag.N`, the provider also sends `Tags.N` (§10)."""
    tags = {}
    for name in ("Tags", "Tag"):
        for item in parameters.objects(name):
            key, value = item.text("Key"), item.text("Value")
            if key:  # an empty one stands for no tags, where a call sets them all
                tags[key] = value
    return [{"Key": _checked(key), "Value": value} for key, value in tags.items()]


def fits(wanted: Sequence[Mapping[str, str]], document: Document) -> bool:
    """Whether a document has every tag of a filter; one without a value asks for the key alone."""
    tags = {tag["Key"]: tag["Value"] for tag in document.get("Tags", [])}
    return all(tag["Key"] in tags and tag["Value"] in ("", tags[tag["Key"]]) for tag in wanted)


def having(wanted: Sequence[Mapping[str, str]]) -> list[Condition]:
    """What `Store.where` asks for documents that `fits` lets pass."""
    return [("Tags", ((tag["Key"], tag["Value"]) if tag["Value"] else (tag["Key"],),)) for tag in wanted]


def having_exactly(wanted: Sequence[Mapping[str, str]]) -> list[Condition]:
    """The same, but a tag without a value asks for one whose value is empty."""
    return [("Tags", ((tag["Key"], tag["Value"]),)) for tag in wanted]


def shown(document: Document) -> list[dict[str, str]]:
    """As TagKey and TagValue, the spelling of ecs and cas."""
    return [{"TagKey": tag["Key"], "TagValue": tag["Value"]} for tag in document.get("Tags", [])]


def tag(call: Call, kinds: Mapping[str, str], most: int = MAXIMUM) -> Response:
    """TagResources: add or overwrite tags. `kinds` maps ResourceType in lower case to a kind of document."""
    more = adding(call, most)
    for kind, id, document in _targets(call, kinds):
        call.store.put(kind, id, {**document, "Tags": more(document.get("Tags", []))})
    return {}


def adding(call: Call, most: int = MAXIMUM) -> Change:
    """What TagResources makes of a resource's tags, of which it may carry so many."""
    tags = sent(call.parameters)

    def more(had: Tags) -> Tags:
        merged = {item["Key"]: item for item in [*had, *tags]}
        if len(merged) > most:
            raise refused("QuotaExceeded.Tag", f"A resource carries {most} tags at most.")
        return list(merged.values())

    return more


def untag(call: Call, kinds: Mapping[str, str]) -> Response:
    """UntagResources: remove the named keys and the named tags (ALB's `Tag.N`), or all with All=true."""
    less = removing(call)
    for kind, id, document in _targets(call, kinds):
        call.store.put(kind, id, {**document, "Tags": less(document.get("Tags", []))})
    return {}


def removing(call: Call) -> Change:
    """What UntagResources makes of a resource's tags."""
    keys, tags = set(call.parameters.texts("TagKey")), sent(call.parameters)
    everything = call.parameters.boolean("All") and not keys and not tags
    return lambda had: [one for one in had if not (everything or one["Key"] in keys or one in tags)]


def listed(call: Call, kinds: Mapping[str, str]) -> Response:
    """ListTagResources; the key TagResources is always there, the provider stops without it."""
    type_name = call.parameters.required("ResourceType")
    wanted = call.parameters.texts("ResourceId")
    rows: list[dict[str, Any]] = []
    for id, document in call.store.items(_kind(type_name, kinds)):
        if not wanted or id in wanted:
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
