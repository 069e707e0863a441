"""Container Service is called by path, in the signatures of two clients of the vendor."""

import base64
import hashlib
import hmac
import http.client
import json
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from alibabacloud_tea_openapi.client import Client
from alibabacloud_tea_openapi.models import Config, OpenApiRequest, Params
from alibabacloud_tea_util.models import RuntimeOptions

from local.cloud.products import CS
from tests.local.conftest import Account

CLUSTER = "/clusters/c0123"
OF_A_CLUSTER = (CLUSTER, f"{CLUSTER}/nodes", f"{CLUSTER}/endpoints", "/k8s/c0123/user_config")


def asked(account: Account, path: str, *, secret: str = "", nonce: str = "", **headers: str) -> tuple[int, object]:
    """As the client of the provider's clusters signs: HMAC-SHA1 over headers and path."""
    sent = {
        "Accept": "application/json",
        "Date": format_datetime(datetime.now(UTC), usegmt=True),
        "x-acs-signature-method": "HMAC-SHA1",
        "x-acs-signature-nonce": nonce or str(datetime.now(UTC).timestamp()),
        "x-acs-signature-version": "1.0",
        "x-acs-version": CS,
    }
    own = "".join(f"{name}:{sent[name]}\n" for name in sorted(sent) if name.startswith("x-acs-"))
    text = f"GET\n{sent['Accept']}\n\n\n{sent['Date']}\n{own}{path}"
    digest = hmac.new((secret or account.secret).encode(), text.encode(), hashlib.sha1).digest()
    sent["Authorization"] = f"acs {account.key}:{base64.b64encode(digest).decode()}"
    connection = http.client.HTTPConnection(account.cloud.api_address, timeout=20)
    connection.request("GET", path, headers=sent | headers)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, json.loads(text)


def by_sdk(account: Account, path: str) -> object:
    """As the vendor's newer SDKs sign."""
    config = Config(
        access_key_id=account.key,
        access_key_secret=account.secret,
        endpoint=account.cloud.api_address,
        protocol="HTTP",
    )
    params = Params(
        action="Any", version=CS, protocol="HTTP", pathname=path, method="GET", auth_type="AK", style="ROA",
        body_type="array", req_body_type="json",
    )  # fmt: skip
    return Client(config).call_api(params, OpenApiRequest(), RuntimeOptions())["body"]


def test_the_account_has_no_managed_clusters(cloud_shared: Account) -> None:
    """A list and no object, to both clients, with a filter and without."""
    assert asked(cloud_shared, "/clusters?name=edge") == (200, [])
    assert by_sdk(cloud_shared, "/clusters") == []


@pytest.mark.parametrize("path", OF_A_CLUSTER)
def test_a_cluster_is_not_there(cloud_shared: Account, path: str) -> None:
    """Neither it nor its nodes, endpoints and access: gone, which the provider understands."""
    status, body = asked(cloud_shared, f"{path}?PrivateIpAddress=false")
    assert (status, body["Code"]) == (404, "ErrorClusterNotFound")


def test_another_path_is_named(cloud_shared: Account) -> None:
    """Not 404, which would be taken for gone."""
    status, body = asked(cloud_shared, "/triggers")
    assert (status, body["Code"]) == (400, "UnsupportedOperation.Emulator")
    assert "GET·/triggers" in body["Message"]


def test_an_unknown_filter_is_refused(cloud_shared: Account) -> None:
    """As everywhere."""
    assert asked(cloud_shared, "/clusters?nam=edge")[1]["Code"] == "InvalidParameter.Emulator"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"secret": "another"}, "SignatureDoesNotMatch"),
        ({"Date": "Sun, 06 Nov 1994 08:49:37 GMT"}, "InvalidTimeStamp.Expired"),
        ({"Date": "yesterday"}, "InvalidTimeStamp.Format"),
        ({"Authorization": "acs nobody:sig"}, "InvalidAccessKeyId"),
        ({"Authorization": "acs nobody"}, "IncompleteSignature"),
    ],
)
def test_a_wrong_signature_is_refused(cloud_shared: Account, wrong: dict[str, str], code: str) -> None:
    """Another key, another time, another caller, a torn header."""
    status, body = asked(cloud_shared, "/clusters", **wrong)
    assert (status, body["Code"]) == (400, code)


def test_a_nonce_is_taken_once(cloud_shared: Account) -> None:
    """A call that is repeated as it was is refused."""
    assert asked(cloud_shared, "/clusters", nonce="once")[0] == 200
    assert asked(cloud_shared, "/clusters", nonce="once")[1]["Code"] == "SignatureNonceUsed"
