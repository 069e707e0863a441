"""The private CA of the local cloud: real certificates, and the order in which things may go."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from local.cloud import chosen_behaviours
from local.cloud.application import Cloud

pytest.importorskip("alibabacloud_cas20200630")
SUBJECT = {"Organization": "Acme", "OrganizationUnit": "Edge", "Locality": "Singapore", "State": "Singapore"}


@pytest.fixture
def root(cloud_account):
    """A root: its identifier."""
    return make_root(cloud_account)


@pytest.fixture
def subordinate(cloud_account, root):
    """A subordinate below it: its identifier."""
    return make_subordinate(cloud_account, root)


def test_a_client_of_the_private_ca_verifies_up_to_the_root(cloud_account, root, subordinate):
    """Root, subordinate and client are a chain of real signatures; the key and common name are the request's."""
    pem, key = request("alice")
    answer = issue(cloud_account, subordinate, pem, SanType=6, SanValue="https://alice.example.com", Immediately=2)
    leaf, below, top = (parsed(text) for text in (
        answer["X509Certificate"],
        authority(cloud_account, subordinate)["X509Certificate"],
        authority(cloud_account, root)["X509Certificate"],
    ))  # fmt: skip
    leaf.verify_directly_issued_by(below)
    below.verify_directly_issued_by(top)
    top.verify_directly_issued_by(top)
    assert leaf.public_key() == key.public_key()
    assert leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value == "alice"
    assert leaf.not_valid_after_utc - datetime.now(UTC) < timedelta(days=31)
    assert answer["CertificateChain"].count("BEGIN CERTIFICATE") == 2


def test_what_is_not_sent_gets_the_services_own_company(cloud_account, subordinate):
    """As documented: an absent organization becomes Alibaba Inc., which is why the program sends them all."""
    answer = issue(cloud_account, subordinate, request("alice")[0], Immediately=1)
    assert "Alibaba Inc." in parsed(answer["X509Certificate"]).subject.rfc4514_string()


def test_only_revoked_clients_are_deleted_and_leaves_go_first(cloud_account, root, subordinate):
    """A client is revoked, then deleted; a CA with clients in force is neither revoked nor deleted; then nothing is left."""
    client = issue(cloud_account, subordinate, request("alice")[0])["Identifier"]
    assert cloud_account.error("pca", "DeleteClientCertificate", Identifier=client) == (400, "CertificateStatusError")
    refusal = cloud_account.error("pca", "UpdateCACertificateStatus", Identifier=subordinate, Status="REVOKE")
    assert refusal == (400, "CertificateInUse")
    assert cloud_account.error("pca", "DeleteClientCertificate", Identifier=root)[0] == 400
    cloud_account("pca", "CreateRevokeClientCertificate", Identifier=client)
    cloud_account("pca", "DeleteClientCertificate", Identifier=client)
    for ca in (subordinate, root):
        cloud_account("pca", "UpdateCACertificateStatus", Identifier=ca, Status="REVOKE")
        cloud_account("pca", "DeleteClientCertificate", Identifier=ca)
    assert cloud_account.error("pca", "DescribeCACertificate", Identifier=root) == (404, "NotFound")
    assert cloud_account.cloud.store.list("cas.pca_authority") == []
    assert list((cloud_account.cloud.folder / "keys").iterdir()) == []


def test_a_ca_in_force_is_deleted_unless_the_service_is_said_to_refuse_it(cloud_account, root):
    """As upstream's acceptance tests do it; under `revoked-authority=revoked` it is revoked first."""
    chosen_behaviours.choose(cloud_account.cloud.store, {"revoked-authority": "revoked"})
    assert cloud_account.error("pca", "DeleteClientCertificate", Identifier=root) == (400, "CertificateStatusError")
    chosen_behaviours.choose(cloud_account.cloud.store, {"revoked-authority": "deleted"})
    cloud_account("pca", "DeleteClientCertificate", Identifier=root)
    assert cloud_account.cloud.store.list("cas.pca_authority") == []


def test_a_subordinate_is_limited_as_it_was_asked(cloud_account, root):
    """Levels below it and what its certificates may be for stand in the certificate; an unknown purpose is refused."""
    order = {"CommonName": "Acme Issuing", "Years": 5, "Algorithm": "ECC_256", "ParentIdentifier": root, **SUBJECT}
    limits = {"PathLenConstraint": 1, "ExtendedKeyUsages": ["serverAuth"], "EnableCrl": True, "CrlDay": 2}
    below = authority(cloud_account, cloud_account("pca", "CreateSubCACertificate", **order, **limits)["Identifier"])
    extensions = parsed(below["X509Certificate"]).extensions
    assert extensions.get_extension_for_class(x509.BasicConstraints).value.path_length == 1
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert list(purposes) == [ExtendedKeyUsageOID.SERVER_AUTH]
    assert below["CrlDay"] == 2
    for wrong in ({"ExtendedKeyUsages": ["tea"]}, {"CrlDay": 366}, {"Algorithm": "RSA_2048"}):
        with pytest.raises(Exception, match="is invalid"):
            cloud_account("pca", "CreateSubCACertificate", **{**order, **wrong})


def test_a_client_without_a_request_gets_a_key_of_the_cas_kind(cloud_account, subordinate):
    """Place and algorithm are the CA's, and the time is all the CA has left; what was not sent is not read back."""
    made = cloud_account("pca", "CreateClientCertificate", ParentIdentifier=subordinate, Immediately=2)
    leaf = parsed(made["X509Certificate"])
    leaf.verify_directly_issued_by(parsed(authority(cloud_account, subordinate)["X509Certificate"]))
    assert "Singapore" in leaf.subject.rfc4514_string()
    assert leaf.not_valid_after_utc - datetime.now(UTC) > timedelta(days=5 * 365 - 2)
    shown = cloud_account("pca", "DescribeClientCertificate", Identifier=made["Identifier"])["Certificate"]
    told = [shown.get(name, "") for name in ("CommonName", "CountryCode", "Locality", "Organization")]
    assert told == [""] * 4
    assert (shown["FullAlgorithm"], shown["Days"], shown["UploadFlag"]) == ("ECC_256", 5 * 365 - 1, 0)


@pytest.mark.parametrize(
    ("sent", "days"),
    [
        ({"Days": 1, "Years": 1, "Months": 1}, 1),
        ({"BeforeTime": 1767948807, "AfterTime": 1768035207, "Years": 1}, 1),
        ({"Years": 1, "Months": 1}, 395),
    ],
)
def test_days_win_over_times_and_times_over_months(cloud_account, subordinate, sent, days):
    """The order that the SDK documents."""
    made = cloud_account("pca", "CreateClientCertificate", ParentIdentifier=subordinate, **sent)
    shown = cloud_account("pca", "DescribeClientCertificate", Identifier=made["Identifier"])["Certificate"]
    assert shown["Days"] == days


@pytest.mark.parametrize("sent", [{"BeforeTime": 1767948807}, {"Algorithm": "RSA_2048"}, {"Years": 6}])
def test_clients_that_cannot_be_made_are_refused(cloud_account, subordinate, sent):
    """One time without the other, a key of another kind than the CA's, and more time than the CA has."""
    refusal = cloud_account.error("pca", "CreateClientCertificate", ParentIdentifier=subordinate, **sent)
    assert refusal[0] == 400
    assert cloud_account.cloud.store.list("cas.pca_client") == []


def test_a_certificate_of_the_private_ca_moves_and_is_uploaded(cloud_account, root, subordinate):
    """Both kinds move; the flag of an upload is read back; another type or an unknown one is refused."""
    client = issue(cloud_account, subordinate, request("alice")[0])["Identifier"]
    for id in (root, client):
        move = {"ResourceType": "PcaCertificate", "ResourceId": id, "ResourceGroupId": "rg-edge"}
        cloud_account("pca", "MoveResourceGroup", **move)
    cloud_account("pca", "UploadPcaCertToCas", Ids=client)
    shown = cloud_account("pca", "DescribeClientCertificate", Identifier=client)["Certificate"]
    assert (shown["ResourceGroupId"], shown["UploadFlag"]) == ("rg-edge", 1)
    assert authority(cloud_account, root)["ResourceGroupId"] == "rg-edge"
    assert cloud_account.error("pca", "MoveResourceGroup", **{**move, "ResourceType": "instance"})[0] == 400
    assert cloud_account.error("pca", "MoveResourceGroup", **{**move, "ResourceId": "nowhere"}) == (404, "NotFound")
    assert cloud_account.error("pca", "UploadPcaCertToCas", Ids=f"{client},nowhere") == (404, "NotFound")


def test_a_revoked_ca_signs_nothing(cloud_account, root, subordinate):
    """Revocation is for good."""
    cloud_account("pca", "UpdateCACertificateStatus", Identifier=subordinate, Status="REVOKE")
    with pytest.raises(Exception, match="revoked"):
        issue(cloud_account, subordinate, request("alice")[0])
    status = cloud_account.error("pca", "UpdateCACertificateStatus", Identifier=subordinate, Status="REVOKE")
    assert status == (400, "CertificateStatusError")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"Days": 2000}, "validity period"),
        ({"Csr": "rubbish"}, "cannot be read"),
        ({"ParentIdentifier": "nowhere"}, "does not exist"),
        ({"Days": 0}, "allowed are"),
        ({"SanType": 9}, "allowed are"),
    ],
)
def test_orders_that_cannot_be_filled_are_refused(cloud_account, subordinate, changes, message):
    """Validity beyond the CA's, a broken request, no such CA, no such kind of name."""
    order = {"ParentIdentifier": subordinate, "Csr": request("alice")[0], "Days": 30, **changes}
    with pytest.raises(Exception, match=message):
        cloud_account("pca", "CreateClientCertificateWithCsr", **order)


def test_a_root_signs_no_client(cloud_account, root):
    """Three levels: root, subordinate, client."""
    with pytest.raises(Exception, match="subordinate CA is expected"):
        issue(cloud_account, root, request("alice")[0])


def test_a_custom_identifier_is_unique_among_certificates_in_force(cloud_account, subordinate):
    """A second order with it is refused, until the first is revoked; the list shows it."""
    first = issue(cloud_account, subordinate, request("alice")[0], CustomIdentifier="one")["Identifier"]
    with pytest.raises(Exception, match="custom identifier"):
        issue(cloud_account, subordinate, request("alice")[0], CustomIdentifier="one")
    rows = cloud_account("pca", "ListClientCertificate", CurrentPage=1, ShowSize=50)["CertificateList"]
    assert [(row["Identifier"], row["CustomIdentifier"]) for row in rows] == [(first, "one")]
    cloud_account("pca", "CreateRevokeClientCertificate", Identifier=first)
    issue(cloud_account, subordinate, request("alice")[0], CustomIdentifier="one")


def test_keys_of_private_cas_are_in_no_answer_and_no_log_and_survive_a_restart(tmp_path):
    """The key is a 0600 file; a cloud started again on the same folder still signs with it."""
    from tests.local.conftest import Account

    folder = tmp_path / "cloud"
    cloud = Cloud(folder, api_address="127.0.0.1:0")
    cloud.start()
    account = Account(cloud)
    top = make_root(account)
    below = make_subordinate(account, top)
    cloud.stop()
    cloud = Cloud(folder, api_address="127.0.0.1:0")
    cloud.start()
    try:
        again = Account(cloud)
        assert "X509Certificate" in issue(again, below, request("alice")[0], Immediately=1)
        assert "PRIVATE KEY" not in json.dumps(authority(again, top))
        assert "PRIVATE KEY" not in (folder / "requests.jsonl").read_text()
        assert {path.stat().st_mode & 0o777 for path in (folder / "keys").iterdir()} == {0o600}
    finally:
        cloud.stop()


def make_root(account):
    """A root's identifier."""
    order = {"CommonName": "Acme Root", "CountryCode": "SG", "Years": 10, "Algorithm": "ECC_256", **SUBJECT}
    return account("pca", "CreateRootCACertificate", **order)["Identifier"]


def make_subordinate(account, root):
    """A subordinate's identifier."""
    order = {"CommonName": "Acme Issuing", "Years": 5, "Algorithm": "ECC_256", "ParentIdentifier": root, **SUBJECT}
    return account("pca", "CreateSubCACertificate", **order)["Identifier"]


def issue(account, parent, csr, **more):
    """The answer to an order of 30 days."""
    return account("pca", "CreateClientCertificateWithCsr", ParentIdentifier=parent, Csr=csr, Days=30, **more)


def authority(account, identifier):
    """What DescribeCACertificate says."""
    return account("pca", "DescribeCACertificate", Identifier=identifier)["Certificate"]


def request(name):
    """A signing request (PEM) and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    return csr.public_bytes(serialization.Encoding.PEM).decode(), key


def parsed(pem):
    """The certificate."""
    return x509.load_pem_x509_certificate(pem.encode())
