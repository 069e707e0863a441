"""PrivateCa, PcaClient and ImportedRoot through the provider process, against the local cloud."""

from datetime import datetime, timedelta

import pytest

from local.cloud.application import Cloud
from mtlsedge_components.dynamic.imported_root import ImportedRootProvider
from mtlsedge_components.dynamic.pca_client import PcaClientProvider as Clients
from mtlsedge_components.dynamic.private_ca import PrivateCaProvider as Authorities
from mtlsedge_components.dynamic.properties import UNKNOWN
from mtlsedge_components.x509.checking import key_matches
from mtlsedge_components.x509.custody import encrypted
from mtlsedge_components.x509.facts import inspect
from mtlsedge_components.x509.keys import generate, public_pem
from tests.dynamic.process import NOW
from tests.local.conftest import Account
from tests.local.test_cloud_pca import make_root as order_root
from tests.local.test_cloud_pca import make_subordinate
from tests.unit.test_x509_family import make_root

pytest.importorskip("alibabacloud_cas20200630")
TIME = datetime.fromisoformat(NOW)


@pytest.fixture
def subordinate(cloud: Cloud) -> str:
    """A subordinate CA in the service: its identifier."""
    account = Account(cloud)
    return make_subordinate(account, order_root(account))


@pytest.fixture
def order(subordinate: str) -> dict:
    """A client of it whose key the stack made."""
    key = generate()
    return {
        "parent_identifier": subordinate,
        "issuer_not_after": "2031-11-22T00:00:00Z",
        "service_end": "",
        "subject": {"common_name": "alice", "organization": "Acme", "unit": "Edge"},
        "names": {"dns": [], "email": [], "uri": ["https://alice.example.com/"]},
        "algorithm": "ecdsa-p256",
        "validity_days": 30,
        "renew_before_days": 10,
        "site": "international",
        "public_key_pem": public_pem(key),
        "private_key_pem": key,
        "csr_pem": "",
        "owner": "mtlsedge-local",
    }


def below(cloud: Cloud, order: dict) -> list[dict]:
    """The service's certificates of the order's CA."""
    return [one for one in cloud.store.list("cas.pca_client") if one["ParentIdentifier"] == order["parent_identifier"]]


def test_a_client_is_ordered_found_again_and_revoked(connected, another, cloud, order):
    """The certificate is for the stack's key, which is no output; a second run finds it; deletion revokes first."""
    id_, outputs = connected.create(Clients, order)
    assert key_matches(outputs["certificate_pem"], order["private_key_pem"])
    assert inspect(outputs["certificate_pem"]).subject == "CN=alice,OU=Edge,O=Acme,C=CN"
    assert "PRIVATE KEY" not in str(outputs)
    assert another.create(Clients, order)[0] == id_
    assert len(below(cloud, order)) == 1
    another.delete(Clients, id_, outputs)
    assert len(below(cloud, order)) == 1, "what this process handed out is not deleted by it: a replacement found it"


def test_what_was_bought_is_counted_before_it_is_used_up(connected, cloud, order, refused):
    """The last certificate is ordered; without one left nothing is sent, and the error says what to buy."""
    authority = cloud.store.get("cas.pca_authority", order["parent_identifier"])
    cloud.store.put("cas.pca_authority", order["parent_identifier"], {**authority, "Total": 1})
    connected.create(Clients, order)
    text = refused(connected.create, Clients, {**order, "subject": {**order["subject"], "common_name": "bob"}})
    assert "no certificate left of those bought" in text and "buy more" in text
    assert len(below(cloud, order)) == 1


def test_deletion_revokes_and_leaves_nothing(connected, spawn, config, cloud, order):
    """A later run deletes: revoke, then delete; what is gone already is no error."""
    id_, outputs = connected.create(Clients, order)
    later = spawn(config=config)
    later.delete(Clients, id_, outputs)
    later.delete(Clients, id_, outputs)
    assert below(cloud, order) == []


def test_a_lost_reply_makes_no_second_certificate(connected, cloud, order):
    """Done in the cloud, the reply lost: the same run finds what it ordered."""
    cloud.faults.add({"kind": "lost-reply", "action": "CreateClientCertificateWithCsr", "times": 1})
    id_, _ = connected.create(Clients, order)
    assert [one["Identifier"] for one in below(cloud, order)] == [id_]


def test_what_somebody_revoked_is_ordered_anew(connected, cloud, order):
    """Refresh shows a revoked certificate as gone."""
    id_, outputs = connected.create(Clients, order)
    assert connected.read(Clients, id_, outputs)[0] == id_
    Account(cloud)("pca", "CreateRevokeClientCertificate", Identifier=id_)
    assert connected.read(Clients, id_, outputs)[0] == ""


def test_a_client_is_renewed_in_its_window_only(connected, order):
    """Inside the window the next one is ordered, before it nothing happens; a changed subject is another certificate."""

    def olds(days: int) -> dict:
        return {**order, "not_after": (TIME + timedelta(days=days)).isoformat(), "serial": "1"}

    assert connected.diff(Clients, olds(11), order) == ("DIFF_NONE", [])
    assert connected.diff(Clients, olds(9), order) == ("DIFF_SOME", ["not_after"])
    assert connected.diff(Clients, olds(11), {**order, "subject": {"common_name": "bob"}}) == ("DIFF_SOME", ["subject"])
    assert connected.diff(Clients, olds(11), {**order, "parent_identifier": UNKNOWN})[1] == ["parent_identifier"]
    ending = {**order, "issuer_not_after": (TIME + timedelta(days=9)).isoformat()}
    assert connected.diff(Clients, olds(9), ending) == ("DIFF_NONE", []), "the next one could not last longer"


def test_validity_ends_with_the_ca_and_with_the_service(connected, order, refused):
    """Days are cut to what is left of both; with less than a day left nothing is ordered."""
    over = {**order, "service_end": (TIME + timedelta(hours=5)).isoformat()}
    assert "no whole day left" in refused(connected.create, Clients, over)
    short = {**order, "service_end": (TIME + timedelta(days=12, hours=5)).isoformat()}
    _, outputs = connected.create(Clients, short)
    left = datetime.fromisoformat(outputs["not_after"]) - datetime.fromisoformat(outputs["not_before"])
    assert left < timedelta(days=13)


def test_a_ca_is_read_and_revoked(connected, spawn, config, cloud, subordinate, order):
    """Its certificate and the service's end are outputs; deletion revokes, and is refused while clients are in force."""
    id_, outputs = connected.create(Authorities, {"identifier": subordinate, "site": "international"})
    assert inspect(outputs["certificate_pem"]).common_name == "Acme Issuing"
    assert outputs["service_end"]
    assert connected.diff(Authorities, outputs, {"identifier": subordinate, "site": "international"}) == (
        "DIFF_NONE",
        [],
    )
    client, facts = connected.create(Clients, order)
    later = spawn(config=config)
    with pytest.raises(Exception, match="CertificateInUse"):
        later.delete(Authorities, id_, outputs)
    later.delete(Clients, client, facts)
    later.delete(Authorities, id_, outputs)
    assert cloud.store.get("cas.pca_authority", subordinate)["Status"] == "REVOKE"


def test_a_root_is_imported_once(provider, refused):
    """The key is opened in create only; no key or another certificate is refused; the passphrase is no output."""
    root, passphrase = make_root(now=TIME), "correct horse battery"
    inputs = {
        "certificate_pem": root.certificate_pem,
        "key": encrypted(root.private_key_pem, passphrase),
        "passphrase": passphrase,
        "signs_intermediate": True,
    }
    assert provider.check(ImportedRootProvider, inputs) == {}
    assert provider.check(ImportedRootProvider, {**inputs, "key": "a digest"}) == {}, "a preview looks at no key"
    _, outputs = provider.create(ImportedRootProvider, inputs)
    assert outputs["private_key_pem"] == root.private_key_pem
    assert passphrase not in str(outputs)
    without = {**inputs, "key": "", "passphrase": ""}
    assert "key" in provider.check(ImportedRootProvider, without)
    assert provider.check(ImportedRootProvider, without, outputs) == {}
    assert provider.diff(ImportedRootProvider, outputs, without) == ("DIFF_NONE", [])
    other = {**inputs, "certificate_pem": make_root(now=TIME).certificate_pem}
    assert "add a new generation" in provider.check(ImportedRootProvider, other, outputs)["certificate_pem"]
    assert "does not open it" in refused(provider.create, ImportedRootProvider, {**inputs, "passphrase": "wrong one"})
    assert "belongs to another" in refused(provider.create, ImportedRootProvider, other)
