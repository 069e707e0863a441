"""The cloud's public names through the API's port: an HTTPS proxy and a CA are all that a client has to be told."""

import base64
import http.client
import json
import ssl
from datetime import UTC, datetime
from urllib.parse import urlencode, urlsplit

import pytest
from cryptography import x509

from local.cloud import signatures
from local.cloud.application import Cloud
from local.cloud.request_log import entries
from local.cloud.server import Page
from local.cloud.tunnel import Tunnel
from tests.waiting import PATIENCE_SECONDS


class Client:
    """Another owner's account: its key is unknown here, and it is told a proxy and a file of CAs."""

    def __init__(self, cloud, folder, key="LTAIsomebodyelse", secret="unknown"):
        self.cloud, self.key, self.secret = cloud, key, secret
        self.authority = folder / "authority.crt"
        self.authority.write_text(cloud.tunnel.authority_pem)

    def connection(self, name, password=None, port=443):
        """An open tunnel to a name."""
        proxy = urlsplit(self.cloud.tunnel.proxy(self.cloud.api_address))
        shown = f"{proxy.username}:{proxy.password if password is None else password}".encode()
        context = ssl.create_default_context(cafile=self.authority)
        opened = http.client.HTTPSConnection(proxy.hostname, proxy.port, timeout=PATIENCE_SECONDS, context=context)
        opened.set_tunnel(name, port, {"Proxy-Authorization": f"Basic {base64.b64encode(shown).decode()}"})
        opened.connect()
        return opened

    def call(self, opened, action, version, nonce="1", **parameters):
        """Status and JSON of a signed call over an open tunnel."""
        flat = {
            "Action": action, "Version": version, "Format": "JSON", "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "SignatureNonce": nonce, "AccessKeyId": self.key,
            **parameters,
        }  # fmt: skip
        signed = {**flat, "Signature": signatures.v1("GET", flat, self.secret)}
        opened.request("GET", f"/?{urlencode(signed)}")
        answer = opened.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture
def cloud_stranger(cloud_shared, tmp_path):
    """A client with a key of another account."""
    return Client(cloud_shared.cloud, tmp_path)


def whoami(client, opened, **parameters):
    return client.call(opened, "GetCallerIdentity", "2015-04-01", **parameters)


@pytest.mark.parametrize(
    "name", ["sts.aliyuncs.com", "vpc.cn-hangzhou.aliyuncs.com", "ecs-cn-hangzhou.aliyuncs.com", "a.b.c.d.aliyuncs.com"]
)
def test_a_key_of_another_account_is_the_owner_in_a_tunnel(cloud_stranger, name):
    """The certificate fits each name, whatever its depth; several calls go over one tunnel, and the cloud's own account answers."""
    opened = cloud_stranger.connection(name)
    for _ in range(2):
        status, answer = whoami(cloud_stranger, opened)
        assert (status, answer["AccountId"]) == (200, "1234567890123456")
    opened.close()


def test_outside_of_a_tunnel_that_key_is_refused(cloud_shared, cloud_stranger):
    """The near miss: the same call at the API's own address."""
    opened = http.client.HTTPConnection(cloud_shared.cloud.api_address, timeout=PATIENCE_SECONDS)
    assert whoami(cloud_stranger, opened)[1]["Code"] == "InvalidAccessKeyId"
    opened.close()


def test_a_key_that_is_known_is_checked_in_a_tunnel_too(cloud_shared, tmp_path):
    """A RAM user of this cloud stays who it is: a wrong signature, or none, is refused."""
    known = Client(cloud_shared.cloud, tmp_path, key=cloud_shared.key, secret="wrong")
    opened = known.connection("sts.aliyuncs.com")
    assert whoami(known, opened)[1]["Code"] == "SignatureDoesNotMatch"
    opened.request("GET", "/?Action=GetCallerIdentity&Version=2015-04-01")
    assert json.loads(opened.getresponse().read())["Code"] == "MissingAccessKeyId"
    opened.close()


@pytest.mark.parametrize(
    ("name", "port", "password", "status"),
    [
        ("registry.example.test", 443, None, 403),
        ("aliyuncs.com.example.test", 443, None, 403),
        ("aliyuncs.com", 443, None, 403),
        ("evilaliyuncs.com", 443, None, 403),
        ("127.0.0.1", 443, None, 403),
        ("sts.aliyuncs.com", 80, None, 403),
        ("sts.aliyuncs.com", 443, "", 407),
        ("sts.aliyuncs.com", 443, "wrong", 407),
    ],
)
def test_other_names_and_other_people_get_no_tunnel(cloud_stranger, name, port, password, status):
    """Nothing leaves this machine, and who cannot read the owner's files does not act as the owner."""
    with pytest.raises(OSError, match=f"{status} "):
        cloud_stranger.connection(name, password, port)


def test_a_tunnel_has_the_api_alone_under_its_own_name(tmp_path):
    """No pages, no faults to switch, no other host, no tunnel within it; beside it there are all of them."""
    cloud = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0", pages=lambda *_: Page(299, {}, iter(()), 0))
    cloud.start()
    beside = http.client.HTTPConnection(cloud.api_address, timeout=PATIENCE_SECONDS)
    beside.request("GET", "/console/")
    assert beside.getresponse().status == 299
    beside.close()
    stranger = Client(cloud, tmp_path)
    for method, path, headers, status in (
        ("GET", "/-/faults", {}, 404),
        ("GET", "/console/", {}, 400),
        ("GET", "/", {"Host": "vpc.aliyuncs.com"}, 403),
        ("GET", "/", {"Host": "127.0.0.1"}, 403),
        ("CONNECT", "sts.aliyuncs.com:443", {}, 405),
    ):
        opened = stranger.connection("sts.aliyuncs.com")
        opened.request(method, path, headers=headers)
        assert opened.getresponse().status == status, path
        opened.close()
    cloud.stop()


def test_a_product_is_located_at_its_public_name_by_who_calls_public_names(cloud_shared, cloud_stranger):
    """A client that asks for an endpoint stays in the tunnel; one that called this cloud's address gets that."""
    opened = cloud_stranger.connection("location.aliyuncs.com")
    asked = {"ServiceCode": "alb", "Id": "cn-hangzhou"}
    _, answer = cloud_stranger.call(opened, "DescribeEndpoints", "2015-06-12", **asked)
    assert answer["Endpoints"]["Endpoint"][0]["Endpoint"] == "alb.cn-hangzhou.aliyuncs.com"
    opened.close()
    _, direct = cloud_shared.raw("location", "DescribeEndpoints", **asked)
    assert direct["Endpoints"]["Endpoint"][0]["Endpoint"] == cloud_shared.cloud.api_address


def test_a_product_that_is_not_offered_says_so(cloud_stranger):
    """And not that something is gone, which a provider would take for success."""
    opened = cloud_stranger.connection("oss-cn-hangzhou.aliyuncs.com")
    status, answer = cloud_stranger.call(opened, "PutBucket", "2019-05-17")
    assert (status, answer["Code"]) == (400, "UnsupportedOperation.Emulator")
    opened.close()


def test_the_authority_vouches_for_names_of_the_cloud_alone(cloud_shared):
    """A client that trusts it is not open to other sites' names."""
    authority = x509.load_pem_x509_certificate(cloud_shared.cloud.tunnel.authority_pem.encode())
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert constraints.value.permitted_subtrees == [x509.DNSName("aliyuncs.com")]
    assert not constraints.value.excluded_subtrees


def test_the_authoritys_key_is_on_no_disk(tmp_path, monkeypatch):
    """Nor is the names' own, once a certificate was read: another process has another CA."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    tunnel = Tunnel("secret")
    tunnel.context("sts.aliyuncs.com")
    assert not list(tmp_path.iterdir())
    assert Tunnel("secret").authority_pem != tunnel.authority_pem


def test_neither_the_password_nor_the_strangers_key_is_in_the_log(cloud_shared, cloud_stranger):
    """What is logged is the call."""
    opened = cloud_stranger.connection("sts.aliyuncs.com")
    whoami(cloud_stranger, opened)
    opened.close()
    text = cloud_shared.cloud.log_path.read_text()
    assert any(entry["action"] == "GetCallerIdentity" for entry in entries(text.splitlines()))
    password = urlsplit(cloud_shared.cloud.tunnel.proxy("a:1")).password
    assert cloud_stranger.key not in text
    assert password not in text
    assert password not in cloud_shared.cloud.credentials.access_key_secret
