"""Zones of the account, and the TXT proof that a zone is one's own."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from local.behaviours import TXT_PROOF
from local.cloud import tagging
from local.cloud.actions import Call, Response, action
from local.cloud.alidns import groups
from local.cloud.documents import new_id, now_text, numbered_page, require
from local.cloud.errors import refused
from local.cloud.parameters import echo
from local.cloud.products import ALIDNS
from local.cloud.store import PREEXISTING, Document, Store

KIND = "alidns.domain"
KINDS = {"domain": KIND}
NAME_SERVERS = ["vip1.alidns.com", "vip2.alidns.com"]
MINIMUM_TTL = 600
"""Seconds; of the free edition [alibaba-cloud.md §3.1]."""
MAXIMUM_TTL = 86400
VERIFICATION_HOST = "alidnscheck"
_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def seed(store: Store, zones: Iterable[str]) -> None:
    """Give a new account the zones it owns before any program runs; once, so that a deleted one stays deleted."""
    if store.get("cloud.counter", "seeded"):
        return
    with store.transaction():
        store.put("cloud.counter", "seeded", {"Next": 1})
        for zone in zones:
            store.put(KIND, zone, {**_new(zone), PREEXISTING: True})


@action(ALIDNS, "AddDomain", source="provider source", writes=True)
def add_domain(call: Call) -> Response:
    """Add a zone. A zone below another one needs the TXT proof in the zone above [assumed]."""
    name = _valid_name(call.parameters.required("DomainName"))
    if call.store.get(KIND, name):
        raise refused("InvalidDomainName.Duplicate", "The domain name is a duplicate: it is in this account already.")
    if name.count(".") > 1 and not _proof_published(call, name, "ADD_SUB_DOMAIN"):
        raise refused("SubDomainNeedVerify", "The ownership of the domain must be proven by a TXT record first.")
    document = {**_new(name), "Tags": tagging.sent(call.parameters)}
    echo(call.parameters, document, "GroupId", "ResourceGroupId")
    group = _group(call, document)
    call.store.put(KIND, name, document)
    return {**group, **{key: document[key] for key in ("DomainId", "DomainName", "PunyCode", "DnsServers")}}


@action(ALIDNS, "DescribeDomainInfo", source="provider source")
def describe_domain_info(call: Call) -> Response:
    """One zone with what its edition allows."""
    call.parameters.pass_over("NeedDetailAttributes")  # they are answered unasked
    document = find(call, call.parameters.required("DomainName"))
    return {
        **_shown(document),
        **_group(call, document),
        "RecordLines": {"RecordLine": [_LINE]},
        "RecordLineTreeJson": "",
        "LineType": "region_province",
        "RegionLines": False,
        "SlaveDns": False,
        "InBlackHole": False,
        "InClean": False,
        "SubDomain": document["DomainName"].count(".") > 1,
    }


@action(ALIDNS, "DescribeDomains", source="sdk model")
def describe_domains(call: Call) -> Response:
    """The account's zones, or those whose name holds KeyWord."""
    word = call.parameters.text("KeyWord")
    counts = Counter(record["DomainName"] for record in call.store.list("alidns.record"))
    found = [
        _listed(document, counts[document["DomainName"]])
        for document in call.store.list(KIND)
        if word in document["DomainName"]
    ]
    page, counters = numbered_page(call.parameters, found, default=20)
    return {"Domains": {"Domain": page}, **counters}


@action(ALIDNS, "UpdateDomainRemark", source="provider source", writes=True)
def update_domain_remark(call: Call) -> Response:
    """Set or clear the remark."""
    document = find(call, call.parameters.required("DomainName"))
    call.store.put(KIND, document["DomainName"], {**document, "Remark": call.parameters.text("Remark")})
    return {}


@action(ALIDNS, "ChangeDomainGroup", source="provider source", writes=True)
def change_domain_group(call: Call) -> Response:
    """Put a zone into a group."""
    document = {**find(call, call.parameters.required("DomainName")), "GroupId": call.parameters.text("GroupId")}
    group = _group(call, document)
    call.store.put(KIND, document["DomainName"], document)
    return group


def _group(call: Call, document: Document) -> Response:
    id = document.get("GroupId", "")
    return {"GroupId": id, "GroupName": groups.name_of(call, id)}


@action(ALIDNS, "DeleteDomain", source="provider source", writes=True)
def delete_domain(call: Call) -> Response:
    """Remove a zone and all its records."""
    name = find(call, call.parameters.required("DomainName"))["DomainName"]
    for id, record in call.store.items("alidns.record"):
        if record["DomainName"] == name:
            call.store.delete("alidns.record", id)
    call.store.delete(KIND, name)
    return {"DomainName": name}


@action(ALIDNS, "GetTxtRecordForVerify", source="sdk model")
def get_txt_record_for_verify(call: Call) -> Response:
    """The TXT record that proves a zone: published where the zone above is served."""
    name = _valid_name(call.parameters.required("DomainName"))
    type_ = call.parameters.choice("Type", ("ADD_SUB_DOMAIN", "RETRIEVAL"), "ADD_SUB_DOMAIN")
    host, parent = _proof_place(name)
    said = {"zone": parent, "top-level": name.rpartition(".")[2], "unsaid": ""}[call.context.behaviours.of(TXT_PROOF)]
    answer = {"DomainName": name, "RR": host, "Value": _proof_value(call, name, type_)}
    return {**answer, "ParentDomainName": said} if said else answer


@action(ALIDNS, "TagResources", source="provider source", writes=True)
def tag_resources(call: Call) -> Response:
    """Add or overwrite tags of zones."""
    return tagging.tag(call, KINDS)


@action(ALIDNS, "UntagResources", source="provider source", writes=True)
def untag_resources(call: Call) -> Response:
    """Remove tags of zones by key."""
    return tagging.untag(call, KINDS)


@action(ALIDNS, "ListTagResources", source="provider source")
def list_tag_resources(call: Call) -> Response:
    """The tags of zones."""
    return tagging.listed(call, KINDS)


def find(call: Call, name: str) -> Document:
    """The zone, or the code every client reads as "not in this account"."""
    error = refused("InvalidDomainName.NoExist", "The specified domain name does not exist in this account.")
    return require(call.store, KIND, name.lower().rstrip("."), error)


_LINE = {"FatherCode": "", "LineCode": "default", "LineName": "default", "LineDisplayName": "Default"}


def _new(name: str) -> Document:
    return {
        "DomainName": name,
        "DomainId": new_id("dom").removeprefix("dom-"),
        "PunyCode": name,
        "DnsServers": {"DnsServer": NAME_SERVERS},
        "ResourceGroupId": "rg-default",
        "VersionCode": "mianfei",
        "VersionName": "Free Edition",
        "MinTtl": MINIMUM_TTL,
        "CreateTime": now_text(),
        "Tags": [],
    }


def _shown(document: Document) -> Response:
    ttls = [str(ttl) for ttl in (600, 1800, 3600, 43200, 86400)]
    hidden = ("Tags", PREEXISTING)
    shown = {key: value for key, value in document.items() if key not in hidden}
    return {
        "DomainLoggingSwitchStatus": "CLOSE",
        "GroupId": "",
        "GroupName": "",
        **shown,
        "AliDomain": False,
        "InstanceId": "",
        "AvailableTtls": {"AvailableTtl": ttls},
    }


def _listed(document: Document, records: int) -> Document:
    made = datetime.strptime(document["CreateTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    shown = {key: value for key, value in _shown(document).items() if key not in ("AvailableTtls", "MinTtl")}
    return {
        **shown,
        "CreateTimestamp": int(made.timestamp() * 1000),
        "InstanceEndTime": "",
        "InstanceExpired": False,
        "RecordCount": records,
        "RegistrantEmail": "",
        "SlaveDnsStatus": "CLOSE",
        "Starmark": False,
        "Tags": {"Tag": document["Tags"]},
    }


def _valid_name(text: str) -> str:
    name = text.lower().rstrip(".")
    if not _NAME.fullmatch(name):
        raise refused("InvalidDomainName.Format", "The format of the domain name is not valid.")
    return name


def _proof_place(name: str) -> tuple[str, str]:
    """Host and zone of the proof: `alidnscheck` alone for a zone of two labels, below its first labels else."""
    labels = name.split(".")
    parent = ".".join(labels[-2:])
    return ".".join([VERIFICATION_HOST, *labels[:-2]]), parent


def _proof_value(call: Call, name: str, type_: str) -> str:
    """The same for the same question, as a program must be able to ask twice."""
    text = f"{call.context.account_id}/{type_}/{name}"
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _proof_published(call: Call, name: str, type_: str) -> bool:
    host, parent = _proof_place(name)
    expected = {"DomainName": parent, "RR": host, "Type": "TXT", "Value": _proof_value(call, name, type_)}
    records = call.store.list("alidns.record")
    return any(all(record.get(key) == value for key, value in expected.items()) for record in records)
