"""Decisions of the providers: pure, given what the program wants and what the cloud holds.

Dicts from the cloud have the API's own keys. `reference/alibaba-cloud.md` is the source of the cloud's rules.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN, has_unknown
from mtlsedge_components.sites import SUFFIXES
from mtlsedge_components.x509.checking import covers

REPOSITORY_TYPE = "uploadedAuthorityCertificate"
"""CreateWarehouse's name for a repository of uploaded CAs, the one kind mutual TLS takes (§2.2)."""
OTHER_REPOSITORY_TYPES = frozenset({
    "uploadPCA", "aliyunPCA", "ssl", "free", "disable",
    "pcaCertificate", "uploadedCertificate", "personal", "pcaAuthorityCertificate",
})  # fmt: skip
"""What ListCertWarehouse and CreateWarehouse call repositories of other kinds. This program's kind has at least three spellings
(`uploadCA`, CreateWarehouse's own, `pcaCaCert`), so that one is refused only if it is known to be something else."""
MAXIMUM_VALIDITY_DAYS = 36_500
PROFILES = ("root", "intermediate", "bridge", "client", "server")


def is_ours(name: str, owner: str) -> bool:
    """Whether a physical name carries the mark of the stack `owner` (`<project>-<stack>`) at its start.

    The cloud keeps no other trace of who made a repository or uploaded a CA. Names the program derives start with
    the mark; one the operator chose without it counts as another owner's, and is then never deleted.
    """
    return bool(owner) and (_letters(name) + "-").startswith(_letters(owner) + "-")


def _letters(name: str) -> str:
    return re.sub("[^a-z0-9]+", "-", name.lower()).strip("-")


def the_repository(listed: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """The CA repository of exactly this name; None if there is none; raises if there are several."""
    found = [item for item in listed if item.get("Name") == name and item.get("Type") not in OTHER_REPOSITORY_TYPES]
    if len(found) > 1:
        ids = ", ".join(sorted(str(item.get("InstanceId")) for item in found))
        raise ProviderError(
            f"repository {name!r}: found {len(found)} of that name ({ids}); allowed one: rename or delete"
        )
    return found[0] if found else None


def the_created_repository(
    listed: Sequence[Mapping[str, Any]], instance_id: str, name: str
) -> Mapping[str, Any] | None:
    """The repository just created: by its instance id; by its name, should the list use another style of id."""
    by_id = [item for item in listed if item.get("InstanceId") == instance_id]
    return by_id[0] if by_id else the_repository(listed, name)


def proof_zone(zone: str, rr: str, said: str) -> str:
    """The zone in which the TXT proof of `zone` stands under the host `rr`.

    `said` is ParentDomainName of GetTxtRecordForVerify. Its page shows the top-level domain there (`com` for `example.com`),
    which is nobody's to write into: then what `rr` has after its first label is what the zone has before that other one.
    """
    if "." in said and f".{zone}".endswith(f".{said}"):
        return said
    below = rr.partition(".")[2]
    return zone.removeprefix(f"{below}.") if below else zone


def likely_first(listed: Iterable[Mapping[str, Any]], serial: str) -> list[str]:
    """Identifiers of a repository's certificates, those with this serial (hex) first; decimal serials fit as well."""
    spellings = {serial.lower().lstrip("0"), str(int(serial, 16))}

    def rank(item: Mapping[str, Any]) -> bool:
        return str(item.get("SerialNo") or "").lower().replace(":", "").lstrip("0") not in spellings

    return [str(item["Identifier"]) for item in sorted(listed, key=rank)]


def certificate_problems(news: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What is wrong with the plain inputs of a certificate, as (property, reason); unknown ones pass."""
    problems = []
    days: Any = news.get("validity_days")
    renewal = news.get("renew_before_days")
    if days != UNKNOWN and not _whole(days, 1, MAXIMUM_VALIDITY_DAYS):
        problems.append(("validity_days", f"found {days!r}; allowed a whole number 1-{MAXIMUM_VALIDITY_DAYS}"))
    elif UNKNOWN not in (days, renewal) and not _whole(renewal, 0, days - 1):
        problems.append(("renew_before_days", f"found {renewal!r}; allowed 0-{days - 1} (below validity_days)"))
    problems += unlisted(news, "profile", PROFILES)
    if news.get("profile") in PROFILES:
        problems += _key_problems(news)
    return problems


def _key_problems(news: Mapping[str, Any]) -> list[tuple[str, str]]:
    if bool(news.get("public_key_pem")) == bool(news.get("csr_pem")):
        return [("public_key_pem", "found both or neither of public_key_pem and csr_pem; allowed exactly one")]
    is_root, has_issuer = news.get("profile") == "root", bool(news.get("issuer_certificate_pem"))
    if is_root == has_issuer:
        allowed = "empty for a root" if is_root else "the certificate of the CA that issues"
        return [("issuer_certificate_pem", f"found {'a value' if has_issuer else 'nothing'}; allowed {allowed}")]
    return []


def unlisted(news: Mapping[str, Any], key: str, allowed: Sequence[str]) -> list[tuple[str, str]]:
    """The problem that a property is none of the allowed values; an unknown one passes."""
    value = news.get(key)
    return [] if value == UNKNOWN or value in allowed else [(key, f"found {value!r}; allowed {', '.join(allowed)}")]


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def immutability_problems(
    olds: Mapping[str, Any], news: Mapping[str, Any], changes: Iterable[str]
) -> list[tuple[str, str]]:
    """`changes` to something immutable, as (property, reason); none when it is new (no `olds`) or not immutable.

    An unknown value counts as a change: what it comes from is being replaced.
    """
    if not olds or not news.get("immutable"):
        return []
    remedy = "allowed no change: put this one back as it was and add a new generation instead"
    return [
        (path, f"found {_shown(new)}, it was created with {_shown(old)}; {remedy}")
        for key in changes
        for path, old, new in _leaves(key, olds.get(key), news.get(key))
    ]


def _leaves(path: str, old: Any, new: Any) -> list[tuple[str, Any, Any]]:
    """The single values in which two properties differ."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return [(path, old, new)]
    return [
        (f"{path}.{key}", old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)
    ]


def _shown(value: Any) -> str:
    if has_unknown(value):
        return "a value that will only be known in `up`, because what it comes from is being replaced"
    if isinstance(value, str) and "-----BEGIN" in value:
        return f"a PEM text ending in …{_tail(value)}"
    return "nothing" if value in (None, "", [], {}) else repr(value)


def _tail(pem: str) -> str:
    """The last characters of a PEM body: enough to tell two apart."""
    body = [line for line in pem.splitlines() if line and not line.startswith("-----")]
    return body[-1][-12:] if body else ""


def uncovered(names: Iterable[str], subject_names: Iterable[str]) -> list[str]:
    """Host names no subject alternative name matches; a wildcard stands for exactly one label (RFC 6125 §6.4.3)."""
    patterns = list(subject_names)
    return [name for name in names if not any(covers(pattern, name) for pattern in patterns)]


def identifier_problems(news: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The problem that a server certificate's identifier is not one of the site (alibaba-cloud.md §1.2)."""
    identifier, suffix = str(news.get("identifier")), SUFFIXES.get(news["site"], "")
    if UNKNOWN in (identifier, news.get("site")) or re.fullmatch(rf"[0-9]+-{re.escape(suffix)}", identifier):
        return []
    return [("identifier", f"found {identifier!r}; allowed <number>-{suffix} at this site")]


def is_sm2(detail: Mapping[str, Any]) -> bool:
    """Whether GetUserCertificateDetail tells of an SM2 certificate, which rules mutual TLS out (§1.2)."""
    return "SM2" in str(detail.get("Algorithm")).upper()


def server_certificate_facts(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs from GetUserCertificateDetail: end of validity (ISO 8601 UTC), SHA-256 if given, names."""
    names = [name.strip() for name in str(detail.get("Sans") or detail.get("Common") or "").split(",") if name.strip()]
    fingerprint = str(detail.get("Sha2") or detail.get("CertSha2") or detail.get("Fingerprint") or "")
    return {
        "not_after": _end_of_validity(detail).isoformat().replace("+00:00", "Z"),
        "fingerprint": fingerprint.lower().replace(":", ""),
        "subject_names": names,
    }


def _end_of_validity(detail: Mapping[str, Any]) -> datetime:
    """NotAfter is in milliseconds; EndDate, a day, is read as its beginning."""
    if milliseconds := detail.get("NotAfter"):
        return datetime.fromtimestamp(int(milliseconds) // 1000, UTC)
    try:
        return datetime.fromisoformat(str(detail.get("EndDate"))).replace(tzinfo=UTC)
    except ValueError:
        raise ProviderError("GetUserCertificateDetail: found neither NotAfter nor EndDate in the reply") from None


def conflicting_records(
    records: Iterable[Mapping[str, Any]], host: str, expected_target: str = ""
) -> list[Mapping[str, Any]]:
    """Live records a new CNAME on this host cannot stand beside (alibaba-cloud.md §3.2), same host and line `default`.

    At the apex NS, MX and TXT may stay. The CNAME the stack is about to adopt (`expected_target`) is no conflict.
    """
    beside = {"NS", "MX", "TXT"} if host == "@" else set()

    def conflicts(record: Mapping[str, Any]) -> bool:
        same = str(record.get("RR", "")).lower() == host.lower() and record.get("Line", "default") == "default"
        own = record.get("Type") == "CNAME" and _host(record.get("Value")) == _host(expected_target) != ""
        live = str(record.get("Status", "ENABLE")).upper() == "ENABLE"
        return same and live and not own and record.get("Type") not in beside

    return [record for record in records if conflicts(record)]


def _host(value: Any) -> str:
    return str(value or "").lower().rstrip(".")


ADDRESS_KEYS = ("IntranetAddress", "EipType")
"""What UpdateLoadBalancerZones takes of a zone's addresses (SDK: not its AllocationId)."""


def zones(mappings: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Zone id -> vSwitch id, from GetLoadBalancerAttribute's ZoneMappings; addresses are not compared."""
    return {str(one.get("ZoneId")): str(one.get("VSwitchId")) for one in mappings}


def zone_mappings(present: Iterable[Mapping[str, Any]], wanted: Mapping[str, str]) -> list[dict[str, str]]:
    """ZoneMappings for UpdateLoadBalancerZones: a zone that keeps its vSwitch keeps its addresses."""
    kept = {(one.get("ZoneId"), one.get("VSwitchId")): one.get("LoadBalancerAddresses") or [{}] for one in present}
    return [
        {"ZoneId": zone, "VSwitchId": vswitch, **_addresses(kept.get((zone, vswitch), [{}])[0])}
        for zone, vswitch in sorted(wanted.items())
    ]


def _addresses(answered: Mapping[str, Any]) -> dict[str, str]:
    return {key: str(answered[key]) for key in ADDRESS_KEYS if answered.get(key)}


@dataclass(frozen=True)
class ServerSteps:
    """What makes a group's servers the declared ones, in the API's own keys."""

    changed: list[dict[str, Any]]
    added: list[dict[str, Any]]
    removed: list[dict[str, Any]]


def server_steps(found: Sequence[Mapping[str, Any]], declared: Mapping[str, Mapping[str, Any]]) -> ServerSteps:
    """Compares ListServerGroupServers' answer with the declared servers; an address counts only where it is declared."""
    present = {name: _present(found, server) for name, server in declared.items()}
    kept = [one for one in present.values() if one]
    return ServerSteps(
        changed=[
            _identified(one) | _changeable(declared[name])
            for name, one in present.items()
            if one and _changeable(_answered(one, declared[name])) != _changeable(declared[name])
        ],
        added=[
            _identified(_sent(declared[name])) | _changeable(declared[name])
            for name, one in present.items()
            if one is None
        ],
        removed=[_identified(one) for one in found if one not in kept],
    )


def servers_as_declared(
    found: Sequence[Mapping[str, Any]], declared: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """The servers of a group under their declared names; one that is not declared is named by id and port."""
    present = {name: one for name, server in declared.items() if (one := _present(found, server))}
    kept = list(present.values())
    named = {name: _answered(one, declared[name]) for name, one in present.items()}
    others = {f"{one.get('ServerId')}:{one.get('Port')}": _answered(one, {}) for one in found if one not in kept}
    return named | others


def _present(found: Sequence[Mapping[str, Any]], declared: Mapping[str, Any]) -> Mapping[str, Any] | None:
    key = (declared["server_id"], declared["port"])
    for one in found:
        is_same_address = declared.get("server_ip", "") in ("", one.get("ServerIp"))
        if (one.get("ServerId"), one.get("Port")) == key and is_same_address:
            return one
    return None


def _answered(one: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """A server of the answer as it would be declared: what the declaration leaves open is left out here, too."""
    address, described = one.get("ServerIp") or "", one.get("Description") or ""
    return {
        "server_id": one.get("ServerId"),
        "server_type": declared.get("server_type") or one.get("ServerType"),
        "server_ip": declared.get("server_ip", address) and address,
        "port": one.get("Port"),
        "weight": one.get("Weight"),
        "description": declared.get("description", described) and described,
    }


def _sent(declared: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "ServerId": declared["server_id"],
        "ServerType": declared["server_type"],
        "ServerIp": declared.get("server_ip", ""),
        "Port": declared["port"],
    }


def _identified(server: Mapping[str, Any]) -> dict[str, Any]:
    """The keys by which calls name a server; an address that is not known is not sent."""
    return {key: server[key] for key in ("ServerId", "ServerType", "ServerIp", "Port") if server.get(key)}


def _changeable(server: Mapping[str, Any]) -> dict[str, Any]:
    """What UpdateServerGroupServersAttribute changes in place; a description has two characters or is not sent."""
    described = {"Description": server["description"]} if server.get("description") else {}
    return {"Weight": server["weight"], **described}
