"""Signatures of the vendor's clients: published vectors, the SDKs' own, and every way to be wrong."""

from datetime import UTC, datetime, timedelta

import pytest

from local.cloud import signatures
from local.cloud.access.identities import Identity
from local.cloud.credentials import Credentials
from local.cloud.errors import CloudError
from local.cloud.wire import HttpRequest
from tests.local.conftest import Account

VECTOR = {
    "AccessKeyId": "testid",
    "Action": "DescribeRegions",
    "Format": "XML",
    "SignatureMethod": "HMAC-SHA1",
    "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
    "SignatureVersion": "1.0",
    "Timestamp": "2016-02-23T12:46:24Z",
    "Version": "2014-05-26",
}
CALLER = Identity("test", "2", Credentials("testid", "testsecret"))
CALLERS = {"testid": CALLER}.get
THEN = datetime(2016, 2, 23, 12, 46, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "expected"), [("GET", "OLeaidS1JvxuMvnyHOwuJ+uX5qY="), ("POST", "MxbnVAM4w6sft9xjVpe/GCKueuk=")]
)
def test_the_published_vectors(method, expected):
    """openapi-contract.md §11.4."""
    assert signatures.v1(method, VECTOR, "testsecret") == expected


def request(**changes):
    """The vector as a request; `changes` replace parameters after it was signed."""
    from urllib.parse import urlencode

    signed = {**VECTOR, "Signature": "OLeaidS1JvxuMvnyHOwuJ+uX5qY="}
    return HttpRequest("GET", "/", urlencode({**signed, **changes}), {})


def refusal(request, now=THEN):
    """The code with which a request is refused."""
    with pytest.raises(CloudError) as caught:
        signatures.verify(request, CALLERS, now)
    return caught.value


def test_a_right_signature_passes():
    """The vector itself, at its own time."""
    assert signatures.verify(request(), CALLERS, THEN) is CALLER


def test_wrong_signatures_are_refused_with_codes_no_client_takes_for_gone():
    """Another parameter, another key, none, another time: 400, and never the text NotFound."""
    cases = [
        (refusal(request(Action="DeleteVpc")), "SignatureDoesNotMatch"),
        (refusal(request(AccessKeyId="other")), "InvalidAccessKeyId"),
        (refusal(HttpRequest("GET", "/", "Action=DescribeRegions", {})), "MissingAccessKeyId"),
        (refusal(request(), THEN + timedelta(minutes=16)), "InvalidTimeStamp.Expired"),
        (refusal(request(Timestamp="yesterday")), "InvalidTimeStamp.Format"),
        (refusal(HttpRequest("POST", "/", "", {"authorization": "Bearer x"})), "IncompleteSignature"),
    ]
    for error, code in cases:
        assert (error.code, error.status) == (code, 400)
        assert "NotFound" not in error.code + error.message


def test_the_vendors_sdk_with_a_wrong_secret_is_refused(cloud_shared):
    """ACS3, as the Python SDKs sign."""
    assert Account(cloud_shared.cloud, secret="wrong").error("sts", "GetCallerIdentity") == (
        400,
        "SignatureDoesNotMatch",
    )
    assert Account(cloud_shared.cloud, key="LTAIother").error("sts", "GetCallerIdentity") == (400, "InvalidAccessKeyId")


def test_the_vendors_sdk_is_understood(cloud_shared):
    """Query parameters with characters that need encoding are signed and arrive as they were."""
    name = "a b*c~d/é+&="
    id = cloud_shared("cas", "CreateWarehouse", Name=name, Type="personal")["WarehouseInstanceId"]
    assert cloud_shared("cas", "ListCertWarehouse", InstanceId=id)["CertWarehouseList"][0]["Name"] == name


def test_the_providers_two_styles_are_understood(cloud_shared):
    """Parameters in the query (older client) or in the form (newer one)."""
    for in_query in (True, False):
        status, body = cloud_shared.raw("vpc", "DescribeVpcs", query=in_query, RegionId="ap-southeast-1")
        assert (status, body["TotalCount"]) == (200, 0)


def test_a_nonce_is_remembered_as_long_as_its_signature_is_good():
    """Half an hour, from the first to the last moment at which its timestamp is near the clock; after that it is forgotten."""
    nonces, minute = signatures.Nonces(), timedelta(minutes=1)
    nonces.take("key", "a", THEN)
    for later in (minute, 29 * minute, 31 * minute):
        with pytest.raises(CloudError, match="SignatureNonceUsed"):
            nonces.take("key", "a", THEN + later)
        nonces.take("key", f"b{later}", THEN + later)
    nonces.take("another key", "a", THEN + minute)
    for number in (2, 3):
        nonces.take("key", f"c{number}", THEN + number * 31 * minute)
    nonces.take("key", "a", THEN + 3 * 31 * minute)
