"""Which server certificates a listener gets: AlbConfig's, a Secret's, or found in the account, in that order (§4.6).

AlbConfig's own switch the search off for their listener; Secrets come in addition; a Secret beats the search for its hosts.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from local.kubernetes.controller import names
from local.kubernetes.controller.albconfig import BuildError

Json = dict[str, Any]


@dataclass(frozen=True)
class Uploaded:
    """A Secret's certificate as it goes to Certificate Management Service; the name says whose it is and what it holds."""

    name: str
    certificate: str
    key: str

    def __repr__(self) -> str:
        return f"Uploaded({self.name})"


def secrets_of(ingresses: Iterable[Json]) -> list[tuple[str, str]]:
    """Namespace and name of every Secret that the Ingresses name, each once. A Secret counts in its own namespace only."""
    pairs = [
        (ingress["metadata"]["namespace"], str(entry["secretName"]))
        for ingress in ingresses
        for entry in (ingress.get("spec") or {}).get("tls") or []
        if entry.get("secretName")
    ]
    return list(dict.fromkeys(pairs))


def searched_hosts(ingresses: Iterable[Json]) -> list[str]:
    """Hosts whose certificates have to be found: those under `tls` without a Secret; without `tls`, the rules' hosts."""
    hosts: list[str] = []
    covered: set[str] = set()
    for ingress in ingresses:
        spec = ingress.get("spec") or {}
        entries = spec.get("tls") or [{"hosts": [rule["host"] for rule in spec.get("rules") or [] if rule.get("host")]}]
        for entry in entries:
            (covered.update if entry.get("secretName") else hosts.extend)(entry.get("hosts") or [])
    return [host for host in dict.fromkeys(hosts) if host not in covered]


def mark(cluster: str, alb_config: str) -> str:
    """Six digits in the names of the certificates that were uploaded for an AlbConfig."""
    return names.digest(cluster, alb_config)[:6]


def is_marked(name: str, sign: str) -> bool:
    """Whether a certificate of this name was uploaded under that mark."""
    return re.search(rf"-{sign}[0-9a-f]{{{names.HASH_LENGTH}}}$", name) is not None


def read_secret(sign: str, namespace: str, name: str, secrets: Mapping[str, Json]) -> Uploaded:
    """The certificate of a `kubernetes.io/tls` Secret, to be uploaded under the mark `sign`. Raises BuildError without a word of its content."""
    key = f"{namespace}/{name}"
    secret = secrets.get(key)
    if secret is None:
        raise BuildError(f'Secret "{name}" not found')
    data = secret.get("data") or {}
    try:
        certificate, private = (base64.b64decode(data[part], validate=True).decode() for part in ("tls.crt", "tls.key"))
    except (KeyError, ValueError, binascii.Error):
        raise BuildError(f"secret {key} has no usable tls.crt and tls.key") from None
    return Uploaded(f"{namespace}-{name}"[:40] + f"-{sign}{names.digest(certificate, private)}", certificate, private)


def find(hosts: Iterable[str], certificates: Iterable[Json]) -> tuple[list[str], list[str]]:
    """Ids of every certificate that covers one of the hosts, sorted, and the hosts that have none.

    `certificates` are rows of ListUserCertificateOrder. SM2 and expired ones are passed over.
    """
    usable = [row for row in certificates if not row.get("Expired") and "SM2" not in str(row.get("Algorithm")).upper()]
    found, missing = set(), []
    for host in hosts:
        covering = {str(row["InstanceId"]) for row in usable if any(matches(name, host) for name in _names(row))}
        found |= covering
        missing += [] if covering else [host]
    return sorted(found), missing


def matches(name: str, host: str) -> bool:
    """Whether a certificate's name covers a host; a wildcard stands for exactly one label."""
    name, host = name.lower().strip(), host.lower()
    if not name.startswith("*."):
        return name == host
    label, _, rest = host.partition(".")
    return bool(label) and rest == name[2:]


def _names(row: Json) -> list[str]:
    return [part for part in re.split(r"[,\s]+", f"{row.get('CommonName') or ''},{row.get('Sans') or ''}") if part]
