"""CAS of the local cloud: uploads, repositories, and where private keys may be."""

import json
import re
import uuid

import pytest

from local.cloud import request_log
from local.cloud.application import Cloud
from local.tail import Tail
from tests.local.conftest import make_ca, make_certificate
from tests.unit.test_x509_properties import damaged_name


@pytest.fixture
def cloud_warehouse(cloud_account):
    """A repository for CA certificates: its number."""
    answer = cloud_account("cas", "CreateWarehouse", Name="trusted", Type="uploadedAuthorityCertificate")
    rows = cloud_account("cas", "ListCertWarehouse", InstanceId=answer["WarehouseInstanceId"])["CertWarehouseList"]
    assert [(row["Name"], row["Type"]) for row in rows] == [("trusted", "uploadCA")]
    return rows[0]["WhId"]


def test_a_server_certificate_comes_back_byte_for_byte(cloud_account):
    """Certificate and key as uploaded, final newlines included; another name later; nothing after deletion."""
    pem, key = make_certificate()
    id = cloud_account("cas", "UploadUserCertificate", Name="one", Cert=pem + "\n", Key=key + "\n\n")["CertId"]
    seen = cloud_account("cas", "GetUserCertificateDetail", CertId=id)
    assert (seen["Cert"], seen["Key"]) == (pem + "\n", key + "\n\n")
    assert (seen["CertIdentifier"], seen["Sans"], seen["Expired"]) == (
        f"{id}-ap-southeast-1",
        "www.example.test",
        False,
    )
    assert cloud_account.raw("cas-names", "CreateCertificateName", CertificateId=str(id), Name="two")[0] == 200
    orders = cloud_account("cas", "ListUserCertificateOrder", OrderType="UPLOAD")["CertificateOrderList"]
    assert [(order["CertificateId"], order["Name"]) for order in orders] == [(id, "two")]
    cloud_account("cas", "DeleteUserCertificate", CertId=id)
    assert cloud_account.error("cas", "GetUserCertificateDetail", CertId=id) == (400, "NotFound")
    assert list((cloud_account.cloud.folder / "keys").iterdir()) == []


def test_uploads_that_cannot_work_are_refused(cloud_account):
    """A key of another certificate, no key, no certificate, a key inside it, a damaged name, a name that is taken."""
    (pem, key), (_, other) = make_certificate("a"), make_certificate("b")
    cloud_account("cas", "UploadUserCertificate", Name="taken", Cert=pem, Key=key)

    def code(**changes):
        return cloud_account.error("cas", "UploadUserCertificate", **{"Name": "n", "Cert": pem, "Key": key, **changes})[
            1
        ]

    assert code(Key=other) == "KeyNotMatchCert"
    assert code(Key="nonsense") == "InvalidParameter.Key"
    assert code(Cert="nonsense") == "InvalidParameter.Cert"
    assert code(Cert=pem + key) == "InvalidParameter.Cert"
    assert code(Cert=damaged_name(pem)) == "InvalidParameter.Cert"
    assert code(Name="taken") == "NameRepeat"
    assert code(Name="x" * 64) == "InvalidParameter.Name"


def test_an_uploaded_ca_is_found_again(cloud_account, cloud_warehouse):
    """By identifier and in the list, with content and serial; the identifier is a UUID, the fingerprint SHA-1."""
    pem, _ = make_ca("Acme Root")
    id = cloud_account("cas", "UploadPCACert", WarehouseId=cloud_warehouse, Cert=pem, Name="acme")["Identifier"]
    assert str(uuid.UUID(id)) == id
    seen = cloud_account("cas", "DescribeWarehouseCert", CertIdentifier=id)
    assert (seen["Content"], seen["CommonName"], seen["CertStatus"]) == (pem, "Acme Root", "issued")
    assert re.fullmatch("[0-9A-F]{40}", seen["Fingerprint"])
    rows = cloud_account("cas", "ListCert", WarehouseId=cloud_warehouse, CertType="CA")["CertList"]
    assert [(row["Identifier"], row["ExistPrivateKey"]) for row in rows] == [(id, False)]


def test_uploading_twice_makes_two(cloud_account, cloud_warehouse):
    """No action takes a token, so whoever does not look first makes a duplicate, as in the real service."""
    pem, _ = make_ca()
    ids = {cloud_account("cas", "UploadPCACert", WarehouseId=cloud_warehouse, Cert=pem)["Identifier"] for _ in range(2)}
    assert len(ids) == 2
    assert cloud_account("cas", "CreateWarehouse", Name="trusted", Type="ssl")["WarehouseInstanceId"]


def test_only_ca_certificates_go_into_a_ca_repository(cloud_account, cloud_warehouse):
    """A server certificate, nonsense, a broken chain, a text with a key, an unknown repository are refused."""
    (root, key), (stranger, _), (server, _) = make_ca("a"), make_ca("b"), make_certificate()

    def code(cert, number=cloud_warehouse):
        return cloud_account.error("cas", "UploadPCACert", WarehouseId=number, Cert=cert)[1]

    assert code(server) == "InvalidParameter.Cert"
    assert code("nonsense") == "InvalidParameter.Cert"
    assert code(root + stranger) == "InvalidParameter.Cert"
    assert code(root + key) == "InvalidParameter.Cert"
    assert code(root, 1) == "NotFound.Warehouse"


def test_a_repository_goes_when_it_is_empty(cloud_account, cloud_warehouse):
    """First the certificate, then the repository."""
    id = cloud_account("cas", "UploadPCACert", WarehouseId=cloud_warehouse, Cert=make_ca()[0])["Identifier"]
    instance = cloud_account("cas", "ListWarehouse")["Data"][0]["WarehouseInstanceId"]
    assert cloud_account.error("cas", "DeleteWarehouse", WarehouseInstanceId=instance)[1] == "WarehouseNotEmpty"
    cloud_account("cas", "DeletePCACert", Identifier=id)
    cloud_account("cas", "DeleteWarehouse", WarehouseInstanceId=instance)
    assert cloud_account.cloud.store.is_empty()


def test_a_private_key_is_in_its_file_and_nowhere_else(cloud_account, cloud_warehouse):
    """Neither an upload's key nor one sent along with a CA is in the store or the log, in any spelling."""
    (pem, key), (root, ca_key) = make_certificate(), make_ca()
    cloud_account("cas", "UploadUserCertificate", Name="one", Cert=pem, Key=key)
    cloud_account.raw(
        "cas", "UploadPCACert", query=False, WarehouseId=str(cloud_warehouse), Cert=root, PrivateKey=ca_key
    )
    folder = cloud_account.cloud.folder
    secrets = [line for text in (key, ca_key) for line in text.splitlines()[1:3]]  # the third line is the public key
    holders = [p for p in folder.rglob("*") if p.is_file() and any(s in p.read_text("latin-1") for s in secrets)]
    assert [path.relative_to(folder).parts[0] for path in holders] == ["keys"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.rglob("*"))
    entries = {entry["action"]: entry for entry in request_log.entries(Tail(cloud_account.cloud.log_path).read())}
    assert entries["UploadPCACert"]["privateKeySent"] is True
    assert entries["ListCertWarehouse"]["privateKeySent"] is False
    assert entries["UploadUserCertificate"]["parameters"]["Key"] == "<redacted>"
    assert "BEGIN" not in json.dumps(list(entries.values()))


def test_the_log_is_private_and_says_what_writes(cloud_account):
    """Mode 0600; each entry has status, code and whether the action changes anything; no signature is in it."""
    cloud_account("cas", "ListWarehouse")
    cloud_account.raw("cas", "DeletePCACert", Identifier="0" * 32)
    read, write = request_log.entries(Tail(cloud_account.cloud.log_path).read())
    assert (read["action"], read["writes"], read["status"]) == ("ListWarehouse", False, 200)
    assert (write["writes"], write["status"], write["code"]) == (True, 404, "NotFound.Cert")
    assert write["parameters"] == {"Identifier": "0" * 32}
    assert cloud_account.cloud.log_path.stat().st_mode & 0o777 == 0o600


def test_a_key_without_a_document_is_swept_at_the_next_start(tmp_path):
    """A crash between the file and its transaction leaves a file that nobody refers to."""
    first = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0")
    (tmp_path / "cloud" / "keys" / "9.key").write_text("left over")
    first.start()
    first.stop()
    assert list((tmp_path / "cloud" / "keys").iterdir()) == []


def test_one_empty_tag_clears_all_tags(cloud_account):
    """So the provider takes the last tags from a certificate; tags that are not sent stay."""
    pem, key = make_certificate()
    tags = [{"Key": "team", "Value": "edge"}]
    id = str(cloud_account("cas", "UploadUserCertificate", Name="one", Cert=pem, Key=key, Tags=tags)["CertId"])
    kept = {"TagKey": "team", "TagValue": "edge"}
    for sent, left in (({"Name": "two"}, [kept]), ({"Tags.1.Key": "", "Tags.1.Value": ""}, [])):
        assert cloud_account.raw("cas-names", "CreateCertificateName", CertificateId=id, **sent)[0] == 200
        assert cloud_account.raw("cas", "GetUserCertificateDetail", CertId=id)[1].get("Tags", []) == left


def test_a_name_is_limited_in_an_upload_only(cloud_account):
    """63 characters, as documented; renamed, a certificate has a longer one, as upstream's tests do it."""
    pem, key = make_certificate()
    refusal = cloud_account.error("cas", "UploadUserCertificate", Name="a" * 64, Cert=pem, Key=key)
    assert refusal == (400, "InvalidParameter.Name")
    id = str(cloud_account("cas", "UploadUserCertificate", Name="a" * 63, Cert=pem, Key=key)["CertId"])
    assert cloud_account.raw("cas-names", "CreateCertificateName", CertificateId=id, Name="a" * 66)[0] == 200
    assert cloud_account("cas", "GetUserCertificateDetail", CertId=id)["Name"] == "a" * 66
