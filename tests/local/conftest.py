"""A local cloud on a free port and an account in it that calls through the vendor's own Python SDKs.

Fixtures of the control plane's tests begin with `cloud_`.
"""

import http.client
import importlib
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from alibabacloud_tea_openapi.models import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from local.cloud import signatures
from local.cloud.application import Cloud
from tests.waiting import PATIENCE_SECONDS, eventually

SDKS = {
    "alb": ("alibabacloud_alb20200616", "2020-06-16"),
    "cas": ("alibabacloud_cas20200407", "2020-04-07"),
    "pca": ("alibabacloud_cas20200630", "2020-06-30"),
    "alidns": ("alibabacloud_alidns20150109", "2015-01-09"),
    "vpc": ("alibabacloud_vpc20160428", "2016-04-28"),
    "ecs": ("alibabacloud_ecs20140526", "2014-05-26"),
    "sts": ("alibabacloud_sts20150401", "2015-04-01"),
}
OTHERS = {
    "cas-names": "2018-08-13", "cas-older": "2020-06-19", "sls": "2019-10-23", "location": "2015-06-12", "bss": "2017-12-14", "kms": "2016-01-20", "ram": "2015-05-01",
    "resourcemanager": "2020-03-31", "waf": "2021-10-01",
}  # fmt: skip
"""Products that are called without an SDK: their API versions."""
REGION = "ap-southeast-1"


class Account:
    """The calls of one account on one local cloud."""

    def __init__(self, cloud: Cloud, secret: str | None = None, key: str | None = None) -> None:
        """Signs with the cloud's own credentials unless others are given."""
        self.cloud = cloud
        self.key = key or cloud.credentials.access_key_id
        self.secret = secret or cloud.credentials.access_key_secret
        self._clients: dict[str, Any] = {}

    def __call__(self, product: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Call an action through the vendor's SDK; parameters and answer in the API's own keys."""
        client = self._client(product)
        models = importlib.import_module(f"{SDKS[product][0]}.models")
        method = next(m for m in dir(client) if m.replace("_", "") == action.lower())
        request = getattr(models, f"{action}Request", None)
        if request is None:
            return getattr(client, method)().body.to_map()
        return getattr(client, method)(request().from_map(parameters)).body.to_map()

    def error(self, product: str, action: str, **parameters: Any) -> tuple[int, str]:
        """HTTP status and code of a call that must be refused."""
        with pytest.raises(Exception) as caught:
            self(product, action, **parameters)
        return caught.value.status_code, caught.value.code

    def raw(self, product: str, action: str, method: str = "POST", *, query: bool = True, **flat: str) -> Any:
        """Call as the Terraform provider does: v1 signature, query (or form) parameters; (status, JSON)."""
        version = OTHERS.get(product)
        common = {
            "Action": action,
            "Version": version or SDKS[product][1],
            "Format": "JSON",
            "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureType": "",
            "SignatureNonce": str(time.monotonic_ns()),
            "AccessKeyId": self.key,
        }
        signature = signatures.v1(method, {**common, **flat}, self.secret)
        in_query = {**common, **(flat if query else {}), "Signature": signature}
        connection = http.client.HTTPConnection(self.cloud.api_address, timeout=PATIENCE_SECONDS)
        body = None if query else urlencode(flat)
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request(method, f"/?{urlencode(in_query)}", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, json.loads(text)

    def until(self, product: str, action: str, key: str, value: str, **parameters: Any) -> dict[str, Any]:
        """Repeat a read until `key` of its answer has a value."""
        return eventually(
            lambda: self(product, action, **parameters), lambda answer: answer.get(key) == value, every=0.03
        )

    def settled(self, kind: str, key: str, value: str) -> None:
        """Wait until no document of a kind has another value under `key`."""
        eventually(
            lambda: [one[key] for one in self.cloud.store.list(kind)], lambda now: set(now) <= {value}, every=0.03
        )

    def network(self) -> dict[str, Any]:
        """A VPC with a vSwitch in each of two zones."""
        vpc = self("vpc", "CreateVpc", RegionId=REGION, CidrBlock="192.168.0.0/16")["VpcId"]
        self.until("vpc", "DescribeVpcAttribute", "Status", "Available", VpcId=vpc, RegionId=REGION)
        vswitches = [
            self("vpc", "CreateVSwitch", RegionId=REGION, VpcId=vpc, ZoneId=REGION + z, CidrBlock=f"192.168.{n}.0/24")
            for n, z in enumerate("ab", 1)
        ]
        return {"vpc": vpc, "zones": {REGION + z: v["VSwitchId"] for z, v in zip("ab", vswitches, strict=True)}}

    def load_balancer(self, network: dict[str, Any], **changes: Any) -> str:
        """An active load balancer in a network."""
        zones = [{"ZoneId": zone, "VSwitchId": vswitch} for zone, vswitch in network["zones"].items()]
        parameters = {
            "VpcId": network["vpc"],
            "AddressType": "Internet",
            "LoadBalancerEdition": "Standard",
            "LoadBalancerBillingConfig": {"PayType": "PostPay"},
            "ZoneMappings": zones,
        }
        id = self("alb", "CreateLoadBalancer", **{**parameters, **changes})["LoadBalancerId"]
        self.until("alb", "GetLoadBalancerAttribute", "LoadBalancerStatus", "Active", LoadBalancerId=id)
        return str(id)

    def server_group(self, vpc: str, name: str = "web", **changes: Any) -> str:
        """A server group."""
        parameters = {"ServerGroupName": name, "VpcId": vpc, "HealthCheckConfig": {"HealthCheckEnabled": True}}
        return str(self("alb", "CreateServerGroup", **{**parameters, **changes})["ServerGroupId"])

    def certificate(self, name: str = "server") -> str:
        """An uploaded server certificate: its id for a listener."""
        pem, key = make_certificate(name)
        id = self("cas", "UploadUserCertificate", Name=name, Cert=pem, Key=key)["CertId"]
        return f"{id}-ap-southeast-1"

    def authority(self) -> str:
        """An uploaded CA: its identifier."""
        instance = self("cas", "CreateWarehouse", Name="ca", Type="uploadedAuthorityCertificate")["WarehouseInstanceId"]
        number = self("cas", "ListCertWarehouse", InstanceId=instance)["CertWarehouseList"][0]["WhId"]
        return str(self("cas", "UploadPCACert", WarehouseId=number, Cert=make_ca()[0])["Identifier"])

    def _client(self, product: str) -> Any:
        if product not in self._clients:
            config = Config(
                access_key_id=self.key, access_key_secret=self.secret, endpoint=self.cloud.api_address, protocol="http"
            )
            self._clients[product] = importlib.import_module(f"{SDKS[product][0]}.client").Client(config)
        return self._clients[product]


def forward(group: str) -> list[dict[str, Any]]:
    """Default actions that forward to a group."""
    tuples = {"ServerGroupTuples": [{"ServerGroupId": group}]}
    return [{"Type": "ForwardGroup", "ForwardGroupConfig": tuples}]


def make_ca(name: str = "Test Root") -> tuple[str, str]:
    """A self-signed CA certificate and its key, PEM."""
    return _certificate(name, ca=True)


def make_certificate(name: str = "server") -> tuple[str, str]:
    """A self-signed server certificate and its key, PEM."""
    return _certificate(f"{name}.example.test", ca=False)


def _certificate(name: str, *, ca: bool) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("www.example.test")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    key_pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode(), key_pem.decode()


@pytest.fixture
def cloud_server(tmp_path: Path) -> Iterator[Cloud]:
    """A started local cloud in a folder of its own."""
    cloud = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0")
    cloud.start()
    yield cloud
    cloud.stop()


@pytest.fixture
def cloud_account(cloud_server: Cloud) -> Account:
    """The owner's account on it."""
    return Account(cloud_server)


@pytest.fixture(scope="module")
def cloud_shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account on a cloud that the tests of one module share, for tests that only add."""
    cloud = Cloud(tmp_path_factory.mktemp("shared") / "cloud", api_address="127.0.0.1:0")
    cloud.start()
    yield Account(cloud)
    cloud.stop()


@pytest.fixture(scope="module")
def cloud_network(cloud_shared: Account) -> dict[str, Any]:
    """A network in the shared cloud."""
    return cloud_shared.network()


@pytest.fixture(scope="module")
def cloud_balancer(cloud_shared: Account, cloud_network: dict[str, Any]) -> str:
    """A Standard load balancer in it."""
    return cloud_shared.load_balancer(cloud_network)
