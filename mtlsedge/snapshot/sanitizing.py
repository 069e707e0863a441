"""A deployment as the engine exports it (`--show-secrets`), made public.

Every rule here was seen to be needed (reference/engine-findings.md): empty secrets stay empty, or untouched
resources would be replaced; provider inputs are let through by name only, because the engine copies the whole
configuration into one of them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from exposure.key_shapes import holds_private_key
from mtlsedge.errors import CommandError
from mtlsedge.snapshot.digests import SHORTEST, SIGNATURE, Digester
from mtlsedge.snapshot.forms import forms
from mtlsedge.snapshot.json_text import compact, parsed

SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the engine's mark of a secret value, not one
STACK_TYPE = "pulumi:pulumi:Stack"
PROVIDER_TYPE = "pulumi:providers:"
CONNECTION = frozenset({
    "accountType", "endpoints", "protocol", "region", "skipRegionValidation",  # alicloud
    "clusterIdentifier", "context", "enablePatchForce", "enableServerSideApply", "namespace",  # kubernetes
})  # fmt: skip
"""Provider settings that decide what a preview shows and say nothing secret. Everything else is dropped."""
PROVIDER_INPUTS = CONNECTION | {"__internal", "version", "pluginDownloadURL"}
RESOURCE_FIELDS = frozenset({
    "urn", "type", "custom", "id", "parent", "provider", "inputs", "outputs", "dependencies", "propertyDependencies",
    "additionalSecretOutputs", "protect", "external", "retainOnDelete", "deletedWith", "delete", "replaceOnChanges",
    "aliases", "customTimeouts", "importID", "initErrors", "ignoreChanges", "deleteBeforeReplace", "hideDiff",
    "replaceWith", "replacementTrigger", "refreshBeforeUpdate", "viewOf", "taint", "envVarMappings",
})  # fmt: skip
"""Fields of a resource that a preview needs. Dropped: times, and source positions with paths of a machine."""
MANIFEST = ("version", "magic")
"""The engine's version and its check sum, without which it refuses the import."""
PATH = re.compile(r"[A-Za-z0-9 ._~/\\-]{1,255}|[A-Za-z]:[A-Za-z0-9 ._~/\\-]{1,253}")
"""A file's path: no line break, brace or colon (but a drive's), without which no kubeconfig can be written."""


def sanitize(deployment: Mapping[str, Any], digester: Digester) -> dict[str, Any]:
    """The deployment with every secret replaced and without what no preview needs. Raises CommandError when an
    operation is pending, when a secret is still encrypted, or when a secret also stands in the open.
    """
    if deployment.get("pending_operations"):
        raise CommandError("an update is under way or was cut off: finish it with `pulumi up`, then publish")
    resources = [_resource(one, digester) for one in deployment.get("resources") or ()]
    manifest = deployment.get("manifest") or {}
    return {"manifest": {key: manifest.get(key, "") for key in MANIFEST}, "resources": resources, "metadata": {}}


def require_clean(deployment: Mapping[str, Any], configured: Mapping[str, str], published: Mapping[str, Any]) -> None:
    """Raises CommandError, naming the place, if a secret of the deployment or the configuration is in what is published.

    A secret stack output may be made of public parts (a bundle holds certificates), so of those only private keys count.
    """
    if any(map(holds_private_key, texts(published))):
        raise CommandError("a private key stands in the open in the state; make its property a secret, then publish")
    open_text = compact(published)
    for place, secret in (*_declared(deployment), *configured.items()):
        if len(secret) >= SHORTEST and any(form in open_text for form in forms(secret)):
            raise CommandError(
                f"{place} is a secret, and its value also stands in the open in the state; not published"
            )


def _resource(resource: Mapping[str, Any], digester: Digester) -> dict[str, Any]:
    type_ = str(resource.get("type", ""))
    kept = {key: value for key, value in resource.items() if key in RESOURCE_FIELDS}
    kept |= {part: _allowed(type_, kept[part] or {}) for part in ("inputs", "outputs") if part in kept}
    if type_.startswith(PROVIDER_TYPE) and any("@" in text for text in texts(kept.get("inputs"))):
        raise CommandError(
            f"an address of the provider {type_.removeprefix(PROVIDER_TYPE)} names a user; not published"
        )
    return {key: _public(value, digester) for key, value in kept.items()}


def _allowed(type_: str, properties: Mapping[str, Any]) -> dict[str, Any]:
    if not type_.startswith(PROVIDER_TYPE):
        return dict(properties)
    return {
        key: value for key, value in properties.items() if is_public_setting(key) or _is_kubeconfig_path(key, value)
    }


def _is_kubeconfig_path(key: str, value: Any) -> bool:
    """Whether a provider's kubeconfig is the path of a file: where it lies is public, what is in it is not."""
    return key == "kubeconfig" and isinstance(value, str) and PATH.fullmatch(value) is not None


def is_public_setting(key: str) -> bool:
    """Whether a provider's input, or a configuration key such as `alicloud:region`, is let through."""
    namespace, _, name = key.rpartition(":")
    return name in (CONNECTION if namespace else PROVIDER_INPUTS)


def _public(value: Any, digester: Digester) -> Any:
    if isinstance(value, dict):
        if is_secret(value):
            return {SIGNATURE: SECRET, "plaintext": compact(digester.value(_plaintext(value)))}
        return {key: _public(entry, digester) for key, entry in value.items()}
    if isinstance(value, list):
        return [_public(entry, digester) for entry in value]
    return value


def is_secret(value: Any) -> bool:
    """Whether a value is the engine's envelope of a secret."""
    return isinstance(value, dict) and value.get(SIGNATURE) == SECRET


def _plaintext(secret: Mapping[str, Any]) -> Any:
    if "plaintext" not in secret:
        raise CommandError("the state was exported with its secrets encrypted; export it with --show-secrets")
    return parsed(secret["plaintext"])


def _declared(deployment: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Place and text of every secret of a resource that is more than a stack's output."""
    for resource in deployment.get("resources") or ():
        if resource.get("type") != STACK_TYPE:
            name = str(resource.get("urn", "")).rsplit("::", 1)[-1]
            for part in ("inputs", "outputs"):
                for key, value in (resource.get(part) or {}).items():
                    yield from ((f"{name}.{key}", text) for text in _secret_texts(value))
            for key in resource.keys() & RESOURCE_FIELDS - {"inputs", "outputs"}:
                yield from ((f"{name}.{key}", text) for text in _secret_texts(resource[key]))


def _secret_texts(value: Any, *, inside: bool = False) -> Iterator[str]:
    if is_secret(value):
        yield from _secret_texts(_plaintext(value), inside=True)
    elif isinstance(value, dict | list):
        for entry in value.values() if isinstance(value, dict) else value:
            yield from _secret_texts(entry, inside=inside)
    elif inside and isinstance(value, str | int | float) and not isinstance(value, bool):
        yield str(value)


def texts(value: Any) -> Iterator[str]:
    """Every text in a value, keys of mappings included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield key
            yield from texts(entry)
    elif isinstance(value, list):
        for entry in value:
            yield from texts(entry)
