"""AlbConfig as the controller reads it: typed, unknown keys passed over, a wrong JSON type refused with Go's own words."""

from dataclasses import dataclass, field
from typing import Any

from local.kubernetes.controller.names import LISTENER_DESCRIPTION

Json = dict[str, Any]
_TYPES = {str: "string", bool: "bool", int: "int", list: "[]", dict: "struct"}
_FOUND = {str: "string", bool: "bool", int: "number", float: "number", list: "array", dict: "object"}


class BuildError(Exception):
    """The objects cannot be turned into a model; the text is the event's message."""


@dataclass(frozen=True)
class Listener:
    """One entry of `spec.listeners`; None is what was not given."""

    port: int
    protocol: str
    description: str
    certificates: tuple[str, ...] = ()
    """The default one first."""
    ca_enabled: bool = False
    ca_certificates: tuple[str, ...] = ()
    settings: Json = field(default_factory=dict)
    """Further parameters of CreateListener, in the API's own keys."""
    acl: Json | None = None

    @property
    def key(self) -> str:
        """`443/HTTPS`, as the status writes it."""
        return f"{self.port}/{self.protocol}"


@dataclass(frozen=True)
class AlbConfig:
    """One AlbConfig."""

    name: str
    config: Json
    listeners: tuple[Listener, ...]
    ignored: tuple[str, ...] = ()
    """Key paths that were given and that the local controller does not act on."""

    @property
    def reused(self) -> str:
        """Id of the ALB that is reused; empty when the controller makes its own."""
        return str(self.config.get("id") or "")


_UNSUPPORTED = ("logConfig", "defaultActions", "defaultCertificate", "loadBalancerId")
_UNSUPPORTED_CONFIG = ("ipv6AddressType", "billingConfig")


def parse(document: Json) -> AlbConfig:
    """The typed AlbConfig. Raises BuildError."""
    spec = _field(document, "spec", dict, "AlbConfig") or {}
    config = _config(_field(spec, "config", dict, "AlbConfigSpec.spec") or {})
    items = _field(spec, "listeners", list, "AlbConfigSpec.spec") or []
    if not all(isinstance(item, dict) for item in items):
        raise BuildError(
            "json: cannot unmarshal array element into Go struct field AlbConfigSpec.spec.listeners of type ListenerSpec"
        )
    listeners = tuple(_listener(item) for item in items)
    keys = [listener.key for listener in listeners]
    if len(set(keys)) != len(keys):
        raise BuildError(
            f"listeners: port and protocol are given twice: {', '.join(sorted({k for k in keys if keys.count(k) > 1}))}"
        )
    ignored = [f"spec.config.{name}" for name in _UNSUPPORTED_CONFIG if name in config]
    ignored += [
        f"spec.listeners[{i}].{name}" for i, item in enumerate(items) for name in _UNSUPPORTED if item.get(name)
    ]
    return AlbConfig(str(document["metadata"]["name"]), config, listeners, tuple(ignored))


def _config(config: Json) -> Json:
    where = "AlbConfigSpec.spec.config"
    for name in ("id", "name", "addressType", "addressAllocatedMode", "addressIpVersion", "edition", "resourceGroupId"):
        _field(config, name, str, where)
    for name in ("forceOverride", "listenerForceOverride", "deletionProtectionEnabled"):
        _field(config, name, bool, where)
    zones = _field(config, "zoneMappings", list, where) or []
    tags = _field(config, "tags", list, where) or []
    if not all(isinstance(item, dict) for item in (*zones, *tags)):
        raise BuildError(f"json: cannot unmarshal array element into Go struct field {where}")
    return config


def _listener(item: Json) -> Listener:
    where = "ListenerSpec.spec.listeners"
    port, protocol = item.get("port"), _field(item, "protocol", str, where) or ""
    if isinstance(port, bool) or not str(port).isdecimal() or not 1 <= int(str(port)) <= 65535:
        raise BuildError(f"listeners: invalid port {port!r}")
    if protocol not in ("HTTP", "HTTPS", "QUIC"):
        raise BuildError(f"listeners: invalid protocol {protocol!r} of port {port}")
    return Listener(
        port=int(str(port)),
        protocol=protocol,
        description=_field(item, "description", str, where) or f"{LISTENER_DESCRIPTION}{port}",
        certificates=_certificates(item, where),
        ca_enabled=bool(_field(item, "caEnabled", bool, where)),
        ca_certificates=tuple(_ids(item, "caCertificates", where)),
        settings=_settings(item, protocol, where),
        acl=_field(item, "aclConfig", dict, where) or None,
    )


def _certificates(item: Json, where: str) -> tuple[str, ...]:
    """Ids with the default one first; several without IsDefault: the first is taken."""
    entries = [entry for entry in _field(item, "certificates", list, where) or [] if isinstance(entry, dict)]
    for entry in entries:
        _field(entry, "IsDefault", bool, f"{where}.certificates")
    ordered = sorted(entries, key=lambda entry: not entry.get("IsDefault"))
    ids = [str(entry.get("CertificateId") or "") for entry in ordered]
    return tuple(dict.fromkeys(identifier for identifier in ids if identifier))


def _ids(item: Json, name: str, where: str) -> list[str]:
    entries = _field(item, name, list, where) or []
    return [str(entry["CertificateId"]) for entry in entries if isinstance(entry, dict) and entry.get("CertificateId")]


def _settings(item: Json, protocol: str, where: str) -> Json:
    """Only what this protocol has: the API refuses a TLS policy on HTTP."""
    settings: Json = {}
    for name, key in (("idleTimeout", "IdleTimeout"), ("requestTimeout", "RequestTimeout")):
        if (value := _field(item, name, int, where)) is not None:
            settings[key] = value
    if (value := _field(item, "gzipEnabled", bool, where)) is not None:
        settings["GzipEnabled"] = value
    forwarded = _field(item, "xForwardedForConfig", dict, where) or {}
    chosen = {
        key: value for key, value in forwarded.items() if key.startswith("XForwardedFor") and value not in ("", None)
    }
    if chosen:
        settings["XForwardedForConfig"] = chosen
    if protocol != "HTTPS":
        return settings
    settings["SecurityPolicyId"] = _field(item, "securityPolicyId", str, where) or "tls_cipher_policy_1_0"
    if (value := _field(item, "http2Enabled", bool, where)) is not None:
        settings["Http2Enabled"] = value
    if quic := _field(item, "quicConfig", dict, where):
        names = (("quicUpgradeEnabled", "QuicUpgradeEnabled"), ("quicListenerId", "QuicListenerId"))
        settings["QuicConfig"] = {key: quic[name] for name, key in names if quic.get(name) is not None}
    return settings


def _field(document: Json, name: str, kind: type, where: str) -> Any:
    """A field of a type; None when it is absent or null. Raises BuildError in the words of Go's decoder."""
    value = document.get(name)
    if value is None:
        return None
    fits = isinstance(value, kind) and not (kind is int and isinstance(value, bool))
    if not fits:
        found = _FOUND.get(type(value), type(value).__name__)
        raise BuildError(f"json: cannot unmarshal {found} into Go struct field {where}.{name} of type {_TYPES[kind]}")
    return value
