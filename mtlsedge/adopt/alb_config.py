"""The HTTPS listener of an AlbConfig: looked after by a stack from now on, and left as it is."""

from typing import Any

from mtlsedge.adopt.draft import Document, Draft, key_for, without
from mtlsedge.adopt.https import HEADERS, PREFIX
from mtlsedge_components.alb_limits import POLICIES_BELOW_12
from mtlsedge_components.kubernetes.adoption import DEFAULTS
from mtlsedge_components.kubernetes.alb_config_schema import OWN_FIELDS
from settings.listener import ACCEPT_OLD_TLS, OFF_FOR_MIGRATION


def draft(document: Document, cluster: dict[str, str], names: dict[str, str]) -> Draft:
    """The draft for an AlbConfig; `cluster` is how a stack file says where it is, `names` those of certificates."""
    made, name = Draft(), str(document["metadata"]["name"])
    listeners = list((document.get("spec") or {}).get("listeners") or [])
    chosen = _choose(made, name, listeners)
    made.outside += [
        f"AlbConfig {name}, listener {one.get('port')}/{one.get('protocol')}" for one in listeners if one is not chosen
    ]
    made.outside.append(f"AlbConfig {name}: its IngressClass, its Ingresses, and all else it says")
    if chosen is None:
        return made
    _add_certificates(made, chosen, names)
    made.settings["kubernetes"] = {
        **cluster,
        "albConfig": {"adopt": name, "takeOver": [f"{chosen['port']}/HTTPS"]},
        "listener": _listener(chosen),
    }
    return made


def _choose(made: Draft, name: str, listeners: list[Document]) -> Document | None:
    """The listener that verifies clients, or the only HTTPS one."""
    secure = [one for one in listeners if one.get("protocol") == "HTTPS"]
    for choice in (secure, [one for one in secure if one.get("caEnabled")]):
        if len(choice) == 1:
            return _checked(made, name, choice[0])
    made.refused.append(f"AlbConfig {name}: found {len(secure)} HTTPS listeners; allowed one that verifies clients")
    return None


def _checked(made: Draft, name: str, listener: Document) -> Document:
    label = f"AlbConfig {name}, listener {listener.get('port')}/HTTPS"
    if len(listener.get("caCertificates") or []) != 1:
        made.refused.append(f"{label}: found {len(listener.get('caCertificates') or [])} CA certificates; "
                            "allowed exactly one")  # fmt: skip
    if not listener.get("certificates"):
        made.refused.append(f"{label}: found no certificate of its own; allowed one: a stack file always says it")
    if (listener.get("quicConfig") or {}).get("quicUpgradeEnabled"):
        made.refused.append(f"{label}: found the QUIC upgrade on; allowed off: QUIC has no client certificates")
    return listener


def identifiers(document: Document) -> list[str]:
    """The server certificates of all its HTTPS listeners."""
    listeners = (document.get("spec") or {}).get("listeners") or []
    return [str(one["CertificateId"]) for listener in listeners for one in listener.get("certificates") or []]


def _add_certificates(made: Draft, listener: Document, names: dict[str, str]) -> None:
    shown = list(listener.get("certificates") or [])
    default = next((one for one in shown if one.get("IsDefault")), shown[0] if shown else None)
    if default is None:
        return
    additional: dict[str, Any] = {}
    for one in shown:
        if one is not default:
            key = key_for(names.get(str(one["CertificateId"]), ""), "certificate", additional)
            additional[key] = {"id": one["CertificateId"]}
    made.settings["serverCertificate"] = {
        "id": default["CertificateId"],
        **({"additional": additional} if additional else {}),
    }
    made.settings["authority"] = {"identifier": (listener.get("caCertificates") or [{}])[0].get("CertificateId", "")}


def _listener(listener: Document) -> dict[str, Any]:
    said = {**DEFAULTS, **listener}
    policy, headers = said["securityPolicyId"], dict(listener.get("xForwardedForConfig") or {})
    found: dict[str, Any] = {"port": said["port"], "tlsPolicy": policy, "redirectHttp": False}
    if policy in POLICIES_BELOW_12:
        found["tlsPolicyBelow12"] = ACCEPT_OLD_TLS
    if not said["caEnabled"]:
        found["clientVerification"] = OFF_FOR_MIGRATION
    found |= without({key: said[key] for key in ("idleTimeout", "requestTimeout")}, DEFAULTS)
    if named := {ours: headers.get(f"{PREFIX}{theirs}Alias", "") for theirs, ours in HEADERS.items()
                 if headers.get(f"{PREFIX}{theirs}Enabled")}:  # fmt: skip
        found["forwardClientCertificate"] = named
    if entries := (listener.get("aclConfig") or {}).get("aclEntries"):
        found["allowFrom"] = sorted(entries)
    fields = {key: value for key, value in listener.items() if key not in (*OWN_FIELDS, "xForwardedForConfig")}
    if others := {key: value for key, value in headers.items() if not key.startswith(PREFIX) and value}:
        fields["xForwardedForConfig"] = others
    return {**found, **({"fields": fields} if fields else {})}
