"""UploadedCa through the provider process, against the local cloud."""

import itertools
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from local.cloud.application import Cloud
from mtlsedge_components.dynamic import uploaded_ca
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.dynamic.uploaded_ca import UploadedCaProvider as Provider
from mtlsedge_components.x509.building import Request, issue_root
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.dynamic.process import NOW, ProviderProcess

pytestmark = pytest.mark.slow  # waits for what the service does later

NUMBERS = itertools.count(1_000_000)
MADE = datetime.fromisoformat(NOW)


def root(name: str = "Test Root", *, days: int = 100, now: datetime = MADE) -> str:
    """A new CA certificate."""
    key = generate("ecdsa-p256")
    request = Request(Profile.ROOT, Subject(name), SubjectAlternativeNames(), days, public_pem(key))
    return issue_root(request, key, now).certificate_pem


@pytest.fixture
def warehouse(cloud: Cloud) -> dict:
    """A repository somebody else made."""
    number = next(NUMBERS)
    document = {
        "WhId": number,
        "InstanceId": f"cas-wh-{number}",
        "Name": "shared",
        "Type": "uploadCA",
        "WarehouseType": "uploadedAuthorityCertificate",
    }
    cloud.store.put("cas.warehouse", document["InstanceId"], document)
    return document


@pytest.fixture
def inputs(warehouse: dict) -> dict:
    """A CA in a shared repository, under a name that carries the stack's mark."""
    return {
        "repository_name": "shared",
        "warehouse_id": warehouse["WhId"],
        "certificate_pem": root(),
        "certificate_name": "mtlsedge-local-ca-12345678",
        "site": "international",
        "owner": "mtlsedge-local",
    }


def uploads(cloud: Cloud, inputs: dict) -> list[dict]:
    """The repository's certificates."""
    return [item for item in cloud.store.list("cas.ca_certificate") if item["WhId"] == inputs["warehouse_id"]]


@pytest.fixture
def listener(cloud: Cloud) -> Iterator[Callable[[str], str]]:
    """Puts an HTTPS listener that names a CA into the cloud, for the time of the test."""

    def put(identifier: str, **changes: object) -> str:
        document = {
            "ListenerId": "lsn-test",
            "LoadBalancerId": "alb-test",
            "ListenerProtocol": "HTTPS",
            "ListenerPort": 443,
            "ListenerStatus": "Running",
            "CaEnabled": True,
            "CaCertificates": [{"CertificateId": identifier}],
            "Certificates": [],
            "DefaultActions": [],
            "XForwardedForConfig": {"XForwardedForEnabled": True},
            **changes,
        }
        cloud.store.put("alb.listener", "lsn-test", document)
        return "lsn-test"

    yield put
    if cloud.store.get("alb.listener", "lsn-test"):
        cloud.store.delete("alb.listener", "lsn-test")


def test_a_ca_is_uploaded_and_deleted(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """The upload holds the certificate under its name; `destroy` in a later run deletes it, twice without complaint."""
    id_, outputs = connected.create(Provider, inputs)
    (found,) = uploads(cloud, inputs)
    assert id_ == outputs["identifier"] == found["Identifier"]
    assert outputs["fingerprint"] == inspect(inputs["certificate_pem"]).fingerprint
    assert outputs["adopted"] is False
    assert found["Name"] == inputs["certificate_name"]
    another.delete(Provider, id_, outputs)
    another.delete(Provider, id_, outputs)
    assert uploads(cloud, inputs) == []


def test_what_somebody_else_uploaded_is_adopted_and_never_deleted(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """The same certificate among others is found by its content."""
    for pem in (root("Other"), inputs["certificate_pem"], root("Third")):
        connected.create(Provider, {**inputs, "certificate_pem": pem, "certificate_name": "by-hand"})
    id_, outputs = another.create(Provider, {**inputs, "certificate_name": "mtlsedge-local-ca-other"})
    assert outputs["adopted"] is True
    assert len(uploads(cloud, inputs)) == 3
    connected.delete(Provider, id_, outputs)
    assert id_ in [item["Identifier"] for item in uploads(cloud, inputs)]


def test_in_a_repository_of_ours_a_run_after_a_kill_knows_its_own(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """Uploaded, then killed before state was written: the next run finds it, and may delete it later."""
    ours = {**inputs, "repository_name": "mtlsedge-local-ca-repository"}
    first, _ = connected.create(Provider, ours)
    second, outputs = another.create(Provider, ours)
    assert first == second
    assert outputs["adopted"] is False
    assert len(uploads(cloud, inputs)) == 1


class NamedUploads:
    """A service that looks for keywords in names, as its documentation says."""

    def __init__(self, **names: str) -> None:
        self._names = names

    def listed(self, _warehouse_id: int, keyword: str) -> list[dict]:
        """Identifiers of the certificates whose name holds the keyword."""
        return [{"Identifier": identifier} for identifier, name in self._names.items() if keyword in name]


def test_in_a_shared_repository_our_own_is_known_by_its_name(inputs: dict) -> None:
    """No reply holds the name, so it is asked for by keyword, and only if it carries the stack's mark."""
    service = NamedUploads(first=inputs["certificate_name"], second="by-hand")
    assert uploaded_ca._is_ours(service, inputs, "first")
    assert not uploaded_ca._is_ours(service, inputs, "second")
    assert not uploaded_ca._is_ours(service, {**inputs, "certificate_name": "by-hand"}, "second")


def test_a_lost_reply_is_made_good_in_the_same_run(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """The cloud did it and the answer never came: one upload, and it is ours."""
    cloud.faults.add({"kind": "lost-reply", "action": "UploadPCACert", "times": 1})
    id_, outputs = connected.create(Provider, inputs)
    assert [item["Identifier"] for item in uploads(cloud, inputs)] == [id_]
    assert outputs["adopted"] is False


def test_an_upload_that_was_not_done_fails(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """A 5xx may have been executed; when nothing is found, the error stands."""
    cloud.faults.add({"kind": "error", "action": "UploadPCACert", "status": 500, "code": "InternalError", "times": 1})
    assert "UploadPCACert failed: InternalError: the service failed" in refused(connected.create, Provider, inputs)
    assert uploads(cloud, inputs) == []


def test_a_private_key_is_refused_in_preview(connected: ProviderProcess, inputs: dict) -> None:
    """The key of a CA never goes to the cloud, and the message does not quote it."""
    pem = inputs["certificate_pem"] + generate("ecdsa-p256")
    failures = connected.check(Provider, {**inputs, "certificate_pem": pem})
    assert failures["certificate_pem"].startswith("found a private key; allowed certificates only")
    assert connected.check(Provider, {**inputs, "certificate_pem": UNKNOWN, "warehouse_id": UNKNOWN}) == {}


def test_a_ca_that_cannot_verify_clients_is_refused_before_the_upload(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """An expired one, for example."""
    expired = root(days=1, now=datetime(2020, 1, 1, tzinfo=UTC))
    text = refused(connected.create, Provider, {**inputs, "certificate_pem": expired})
    assert "CA certificate refused" in text
    assert uploads(cloud, inputs) == []


def test_deleting_is_refused_while_a_listener_uses_it(
    connected: ProviderProcess,
    another: ProviderProcess,
    cloud: Cloud,
    inputs: dict,
    listener: Callable[..., str],
    refused: Callable[..., str],
) -> None:
    """Even with client verification switched off; the message names the listeners. Without them it goes."""
    id_, outputs = connected.create(Provider, inputs)
    listener(id_, CaEnabled=False)
    text = refused(another.delete, Provider, id_, outputs)
    assert f"CA {id_}: found in use by listener(s) lsn-test of ap-southeast-1" in text
    assert uploads(cloud, inputs)
    listener("another-ca")
    another.delete(Provider, id_, outputs)
    assert uploads(cloud, inputs) == []


def test_a_replacement_that_finds_its_predecessor_keeps_it(
    connected: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """`pulumi up --replace` creates first, which finds the same upload, and then deletes the old one: the same."""
    id_, outputs = connected.create(Provider, inputs)
    assert connected.create(Provider, inputs)[0] == id_
    connected.delete(Provider, id_, outputs)
    assert uploads(cloud, inputs)


def test_refresh_is_quiet_about_an_unchanged_ca(connected: ProviderProcess, inputs: dict) -> None:
    """Outputs stay to the letter, and the next diff finds nothing."""
    id_, outputs = connected.create(Provider, inputs)
    assert connected.read(Provider, id_, outputs) == (id_, outputs)
    assert connected.diff(Provider, outputs, inputs) == ("DIFF_NONE", [])


def test_refresh_shows_a_swapped_ca_and_up_repairs_it(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """Another certificate under our identifier: state shows it as found, the diff replaces, a new upload follows."""
    id_, outputs = connected.create(Provider, inputs)
    foreign = root("Intruder")
    document = cloud.store.get("cas.ca_certificate", id_)
    cloud.store.put("cas.ca_certificate", id_, {**document, "Cert": foreign, "SerialNo": inspect(foreign).serial})
    same, found = connected.read(Provider, id_, outputs)
    assert same == id_
    assert found["fingerprint"] == inspect(foreign).fingerprint
    assert found["certificate_pem"] == foreign
    assert connected.diff(Provider, found, inputs) == ("DIFF_SOME", ["certificate_pem"])
    repaired, outputs = connected.create(Provider, inputs)
    assert repaired != id_
    assert outputs["fingerprint"] == inspect(inputs["certificate_pem"]).fingerprint


def test_refresh_sees_a_ca_that_is_gone(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """The engine reads an empty id as: deleted."""
    id_, outputs = connected.create(Provider, inputs)
    cloud.store.delete("cas.ca_certificate", id_)
    assert connected.read(Provider, id_, outputs) == ("", {})


def test_only_content_repository_and_site_replace(connected: ProviderProcess, inputs: dict) -> None:
    """A name or a chain after the same certificate makes no new upload: its look-up would find the old one."""
    old = {**inputs, "identifier": "x", "fingerprint": inspect(inputs["certificate_pem"]).fingerprint}
    quiet = {"certificate_name": "another", "repository_name": "renamed"}
    assert connected.diff(Provider, old, {**inputs, **quiet}) == ("DIFF_NONE", [])
    for change in (
        {"certificate_pem": root()},
        {"certificate_pem": UNKNOWN},
        {"warehouse_id": 1},
        {"warehouse_id": UNKNOWN},
        {"site": "china"},
    ):
        assert connected.diff(Provider, old, {**inputs, **change}) == ("DIFF_SOME", list(change))
