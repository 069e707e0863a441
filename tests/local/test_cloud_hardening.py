"""The local API against a web page, another name, nonsense lengths, and what a signature does not cover."""

import http.client
import json
import socket
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest

from local.cloud import signatures
from tests.waiting import PATIENCE_SECONDS


def signed(cloud_shared, action, nonce, **parameters):
    """A query that the account's own key signed, the oldest clients' way."""
    credentials = cloud_shared.cloud.credentials
    flat = {
        "Action": action, "Version": "2016-04-28", "RegionId": "ap-southeast-1", "Format": "JSON",
        "AccessKeyId": credentials.access_key_id, "SignatureMethod": "HMAC-SHA1", "SignatureVersion": "1.0",
        "SignatureNonce": nonce, "Timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}", **parameters,
    }  # fmt: skip
    return flat | {"Signature": signatures.v1("POST", flat, credentials.access_key_secret)}


def post(cloud_shared, flat, body=b"", **headers):
    """Status and answer of a POST with everything in the query."""
    connection = http.client.HTTPConnection(cloud_shared.cloud.api_address, timeout=PATIENCE_SECONDS)
    connection.request("POST", f"/?{urlencode(flat)}", body, headers)
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def raw(cloud_shared, text):
    """The first line of the answer to bytes as they are."""
    host, port = cloud_shared.cloud.api_address.split(":")
    with socket.create_connection((host, int(port)), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(text.encode())
        return connection.recv(65536).split(b"\r\n")[0].decode()


def vpcs(cloud_shared):
    """How many VPCs there are."""
    return len(cloud_shared("vpc", "DescribeVpcs")["Vpcs"]["Vpc"])


def test_what_the_signature_does_not_cover_is_not_acted_on(cloud_shared):
    """A signed reading call with an unsigned JSON body, or header, that asks for a write: it reads, and writes nothing."""
    before = vpcs(cloud_shared)
    body = json.dumps({"Action": "CreateVpc", "CidrBlock": "10.0.0.0/8"}).encode()
    flat = signed(cloud_shared, "DescribeVpcs", "a")
    status, answer = post(cloud_shared, flat, body, **{"Content-Type": "application/json", "x-acs-action": "CreateVpc"})
    assert (status, "Vpcs" in answer) == (200, True)
    assert vpcs(cloud_shared) == before
    without = {key: value for key, value in signed(cloud_shared, "", "b").items() if key != "Action"}
    assert post(cloud_shared, without, body, **{"x-acs-action": "CreateVpc"})[0] == 400
    assert vpcs(cloud_shared) == before


def test_a_request_is_taken_once(cloud_shared):
    """The same bytes again are refused, with another nonce they are taken."""
    flat = signed(cloud_shared, "DescribeVpcs", "once")
    assert post(cloud_shared, flat)[0] == 200
    status, answer = post(cloud_shared, flat)
    assert (status, answer["Code"]) == (400, "SignatureNonceUsed")
    assert post(cloud_shared, signed(cloud_shared, "DescribeVpcs", "twice"))[0] == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:4600", "10.0.0.1", ""])
def test_another_name_is_not_answered(cloud_shared, host):
    """A name that a page's own name server points at this machine reaches nothing, be the path what it may."""
    for path in ("/-/ready", "/-/faults", "/?Action=DescribeVpcs"):
        assert "403" in raw(cloud_shared, f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:4600", "[::1]:4600", "127.0.10.1"])
def test_this_machines_own_names_are_answered(cloud_shared, host):
    """With a port and without."""
    assert "200" in raw(cloud_shared, f"GET /-/ready HTTP/1.1\r\nHost: {host}\r\n\r\n")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain;charset=json"}, 400),
        ({"Content-Type": "text/plain"}, 400),
        ({"Content-Type": "application/json", "Origin": "https://evil.example"}, 403),
        ({"Content-Type": "application/json", "Origin": "null"}, 403),
        ({"Content-Type": "application/json; charset=utf-8"}, 200),
        ({"Content-Type": "application/json", "Origin": "http://127.0.0.1:4600"}, 200),
    ],
)
def test_a_page_of_another_site_stores_no_fault(cloud_shared, headers, status):
    """Only JSON, named exactly, and no foreign origin."""
    connection = http.client.HTTPConnection(cloud_shared.cloud.api_address, timeout=PATIENCE_SECONDS)
    connection.request("POST", "/-/faults", json.dumps({"clear": True}), headers)
    assert connection.getresponse().status == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ("Content-Length: -1", "400"),
        ("Content-Length: x", "400"),
        ("Content-Length: 1\r\nContent-Length: 2", "400"),
        ("Content-Length: 3\r\nTransfer-Encoding: chunked", "400"),
        ("Transfer-Encoding: gzip", "400"),
        ("Content-Length: 99999999999999999999", "413"),
        (f"Content-Length: {'0' * 20}99999999", "413"),
    ],
)
def test_a_length_that_makes_no_sense_is_answered_at_once(cloud_shared, headers, status):
    """No thread waits for a body that will not come."""
    assert status in raw(cloud_shared, f"POST /-/faults HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n\r\n")


def test_a_length_of_noughts_is_none(cloud_shared):
    """However many there are."""
    assert "400" in raw(cloud_shared, f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {'0' * 5000}\r\n\r\n")


@pytest.mark.parametrize("chunk", ["x", "-1", "fffffffff", "200000"])
def test_a_chunk_that_makes_no_sense_ends_the_connection(cloud_shared, chunk):
    """Without an answer, and the next connection is served."""
    head = "POST /-/faults HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raw(cloud_shared, f"{head}{chunk}\r\nabc\r\n") == ""
    assert vpcs(cloud_shared) >= 0
