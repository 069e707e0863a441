"""The port of the local cloud: HTTP and HTTPS on one, errors in the clients' form, faults, idempotency, restart."""

import http.client
import json
import os
import re
import ssl
import stat
import subprocess
import sys
import threading
import time
import urllib.request
from types import SimpleNamespace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from local.cloud import tls
from local.cloud.application import Cloud
from local.cloud.credentials import load_or_create
from local.cloud.transitions import SETTLE_SECONDS
from tests.local.conftest import Account
from tests.waiting import PATIENCE_SECONDS


def control(cloud, body=None, content_type="application/json"):
    """Status and answer of /-/faults."""
    connection = http.client.HTTPConnection(cloud.api_address, timeout=PATIENCE_SECONDS)
    data = None if body is None else json.dumps(body)
    connection.request("POST" if body is not None else "GET", "/-/faults", data, {"Content-Type": content_type})
    answer = connection.getresponse()
    return answer.status, json.loads(answer.read())


def test_tls_is_spoken_on_the_same_port(cloud_shared):
    """With a certificate for 127.0.0.1 that the API's own CA vouches for."""
    cloud = cloud_shared.cloud
    trust = ssl.create_default_context(cafile=str(cloud.api_ca))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    with urllib.request.urlopen(
        f"https://{cloud.api_address}/-/ready", context=trust, timeout=PATIENCE_SECONDS
    ) as answer:
        assert json.loads(answer.read()) == {"Ready": True}
    with urllib.request.urlopen(f"http://{cloud.api_address}/-/ready", timeout=PATIENCE_SECONDS) as answer:
        assert json.loads(answer.read()) == {"Ready": True}


def test_the_key_of_the_apis_ca_is_kept_nowhere(tmp_path):
    """The one key on the disk is the server's, in a file of mode 0600: that CA vouches for nothing else, ever."""
    authority = x509.load_pem_x509_certificate(tls.ensure(tmp_path).read_bytes())
    (holder,) = (path for path in tmp_path.rglob("*") if "PRIVATE KEY" in path.read_text())
    assert (holder.name, stat.S_IMODE(holder.stat().st_mode)) == ("api-server.pem", 0o600)
    (key,) = re.findall(r"-----BEGIN PRIVATE KEY-----.*?-----END PRIVATE KEY-----", holder.read_text(), re.DOTALL)
    served = serialization.load_pem_private_key(key.encode(), None).public_key()
    assert served != authority.public_key()
    assert served == x509.load_pem_x509_certificate(holder.read_bytes()).public_key()


def test_a_connection_serves_many_calls(cloud_shared):
    """Keep-alive with Content-Length, also after an error; chunked bodies are read."""
    connection = http.client.HTTPConnection(cloud_shared.cloud.api_address, timeout=PATIENCE_SECONDS)
    for _ in range(3):
        connection.request("POST", "/?Action=Nothing&Version=2016-04-28", iter([b"A=1"]), encode_chunked=True)
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["Code"]) == (400, "MissingAccessKeyId")


def test_garbage_does_not_stop_the_server(cloud_shared):
    """A connection that is nonsense ends; the next one is served."""
    connection = http.client.HTTPConnection(cloud_shared.cloud.api_address, timeout=PATIENCE_SECONDS)
    connection.connect()
    connection.sock.sendall(b"\x16\x03\x01nonsense")
    connection.sock.recv(100)
    assert cloud_shared("sts", "GetCallerIdentity")["AccountId"] == "1234567890123456"


def test_an_unknown_action_is_named_and_not_taken_for_gone(cloud_shared):
    """400 with the action's name; 404 or the text NotFound would let a delete pass."""
    status, body = cloud_shared.raw("vpc", "CreateNatGateway")
    assert (status, body["Code"]) == (400, "UnsupportedOperation.Emulator")
    assert "CreateNatGateway" in body["Message"]
    assert "NotFound" not in json.dumps(body)


def test_error_bodies_have_strings_only_and_ids_of_letters(cloud_shared):
    """Both client stacks assert strings, and match codes against every character of the answer."""
    status, body = cloud_shared.raw("vpc", "DescribeVpcAttribute", VpcId="vpc-none")
    assert (status, body["Code"]) == (404, "InvalidVpcID.NotFound")
    assert all(isinstance(value, str) for value in body.values())
    assert {"RequestId", "HostId", "Code", "Message", "Recommend"} <= body.keys()
    assert body["RequestId"].isalpha()


def test_action_names_match_in_any_case(cloud_shared):
    """UnTagResources and UntagResources are one action."""
    assert cloud_shared.raw("ecs", "UnTagResources", ResourceType="instance")[0] == 200


def test_the_providers_helper_services(cloud_shared):
    """Location points at this port; billing tells an international account by its code."""
    _, body = cloud_shared.raw("location", "DescribeEndpoints", ServiceCode="alb", Id="ap-southeast-1")
    assert body["Endpoints"]["Endpoint"][0]["Endpoint"] == cloud_shared.cloud.api_address
    assert cloud_shared.raw("bss", "QueryAvailableInstances")[1]["Code"] == "NotApplicable"


def test_a_repeated_token_gives_the_same_answer(cloud_shared):
    """One object however often the call is repeated; other parameters under the same token are refused."""
    first = cloud_shared("vpc", "CreateVpc", RegionId="ap-southeast-1", ClientToken="t1", VpcName="once")
    again = cloud_shared("vpc", "CreateVpc", RegionId="ap-southeast-1", ClientToken="t1", VpcName="once")
    assert first["VpcId"] == again["VpcId"]
    refusal = cloud_shared.error("vpc", "CreateVpc", RegionId="ap-southeast-1", ClientToken="t1", VpcName="twice")
    assert refusal == (400, "IdempotentParameterMismatch")


def test_a_dry_run_changes_nothing(cloud_shared):
    """It ends in the code DryRunOperation."""
    before = len(cloud_shared.cloud.store.list("vpc.vpc"))
    assert cloud_shared.raw("vpc", "CreateVpc", DryRun="true")[1]["Code"] == "DryRunOperation"
    assert len(cloud_shared.cloud.store.list("vpc.vpc")) == before


def test_parallel_calls_do_not_collide(cloud_shared):
    """Each of twenty load balancer names, numbers and addresses is given out once."""
    ids = []
    threads = [
        threading.Thread(
            target=lambda n=n: ids.append(cloud_shared.raw("cas", "CreateWarehouse", Name=f"w{n}", Type="ssl")[1])
        )
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = [document["WhId"] for document in cloud_shared.cloud.store.list("cas.warehouse")]
    assert len(ids) == 20
    assert len(set(numbers)) == len(numbers)


FAULTS = {
    "throttle": ({}, (503, "Throttling.User")),
    "configuring": ({}, (400, "IncorrectStatus.Listener")),
    "error": ({"code": "Forbidden.RAM", "status": 403}, (403, "Forbidden.RAM")),
}


@pytest.mark.parametrize("kind", FAULTS)
def test_a_fault_strikes_as_often_as_it_was_asked_to(cloud_shared, kind):
    """Twice for one action, then not; another action is not touched."""
    details, expected = FAULTS[kind]
    control(cloud_shared.cloud, {"kind": kind, "action": "DescribeVpcs", "times": 2, **details})
    answers = [cloud_shared.raw("vpc", "DescribeVpcs") for _ in range(3)]
    assert [(status, body.get("Code")) for status, body in answers] == [expected, expected, (200, None)]
    assert control(cloud_shared.cloud)[1] == {"Faults": []}


def test_a_lost_reply_is_a_call_that_was_done(cloud_account):
    """The connection ends without an answer; the object is there, and the log says so."""
    control(cloud_account.cloud, {"kind": "lost-reply", "action": "CreateVpc", "times": 1})
    with pytest.raises(http.client.RemoteDisconnected):
        cloud_account.raw("vpc", "CreateVpc", VpcName="lost")
    assert [vpc["VpcName"] for vpc in cloud_account("vpc", "DescribeVpcs")["Vpcs"]["Vpc"]] == ["lost"]
    assert '"lost": true' in cloud_account.cloud.log_path.read_text()


def test_slow_states_settle_later(cloud_account):
    """A network stays Pending as long as the fault says."""
    control(cloud_account.cloud, {"kind": "slow", "seconds": 30})
    id = cloud_account("vpc", "CreateVpc", RegionId="ap-southeast-1")["VpcId"]
    time.sleep(2 * SETTLE_SECONDS)
    assert cloud_account("vpc", "DescribeVpcAttribute", VpcId=id)["Status"] == "Pending"


def test_a_fault_lets_pass_what_it_is_asked_to(cloud_account):
    """The first call is done, the second fails, and after that the fault is used up."""
    control(cloud_account.cloud, {"kind": "throttle", "action": "CreateVpc", "after": 1, "times": 1})
    assert cloud_account("vpc", "CreateVpc", RegionId="ap-southeast-1")["VpcId"]
    assert cloud_account.error("vpc", "CreateVpc", RegionId="ap-southeast-1")[0] == 503
    assert cloud_account("vpc", "CreateVpc", RegionId="ap-southeast-1")["VpcId"]


def test_faults_are_switched_by_json_only(cloud_shared):
    """A web page cannot send that across origins; nonsense is refused; clear switches all off."""
    assert control(cloud_shared.cloud, {"kind": "throttle"}, "text/plain")[0] == 400
    assert control(cloud_shared.cloud, {"kind": "earthquake"})[0] == 400
    assert control(cloud_shared.cloud, {"kind": "slow", "seconds": 1})[0] == 200
    assert control(cloud_shared.cloud, {"clear": True}) == (200, {"Faults": []})


def test_a_restarted_cloud_knows_everything(tmp_path):
    """Credentials, CA, objects, tokens, faults and states that were still settling."""
    first = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0")
    first.start()
    token = {"RegionId": "ap-southeast-1", "ClientToken": "t"}
    id = Account(first)("vpc", "CreateVpc", **token)["VpcId"]
    control(first, {"kind": "slow", "seconds": 0})
    authority = first.api_ca.read_text()
    first.stop()
    second = Cloud(tmp_path / "cloud", api_address=first.api_address)
    second.start()
    account = Account(second)
    assert account.key == Account(first).key
    assert account("vpc", "CreateVpc", **token)["VpcId"] == id
    account.until("vpc", "DescribeVpcAttribute", "Status", "Available", VpcId=id)
    assert second.api_ca.read_text() == authority
    assert control(second)[1]["Faults"][0]["kind"] == "slow"
    second.stop()


def test_a_taken_port_is_an_os_error(cloud_shared, tmp_path):
    """Whoever starts a second cloud there is told by the system's own error."""
    second = Cloud(tmp_path / "other", api_address=cloud_shared.cloud.api_address)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()


def test_a_full_disk_is_said_plainly_and_leaves_no_half_object(cloud_account):
    """400 with the reason, at once; when there is room again, calls work again."""
    connection = cloud_account.cloud.store._connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count={pages}")
    name = "x" * 20_000
    status, body = cloud_account.raw("cas", "CreateWarehouse", query=False, Name=name, Type="ssl")
    assert (status, body["Code"]) == (400, "StorageFailure.Emulator")
    assert "full" in body["Message"]
    connection.execute("PRAGMA max_page_count=100000")
    assert cloud_account.cloud.store.is_empty()
    assert cloud_account.raw("cas", "CreateWarehouse", query=False, Name=name, Type="ssl")[0] == 200


def test_what_was_answered_survives_kill_9(tmp_path):
    """A whole control plane, killed between calls: every object it has answered for is there afterwards."""
    script = (
        "import sys, time; from pathlib import Path; from local.cloud.application import Cloud;"
        "c = Cloud(Path(sys.argv[1]), api_address='127.0.0.1:0'); c.start(); print(c.api_address, flush=True); time.sleep(60)"
    )
    folder = tmp_path / "cloud"
    environment = {**os.environ, "PYTHONPATH": "."}
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True, env=environment
    )
    remote = SimpleNamespace(credentials=None, api_address=process.stdout.readline().strip())
    remote.credentials = load_or_create(folder / "credentials.json")
    account = Account(remote)
    ids = [account.raw("vpc", "CreateVpc", ClientToken=f"t{n}")[1]["VpcId"] for n in range(10)]
    process.kill()
    process.wait()
    cloud = Cloud(folder, api_address="127.0.0.1:0")
    cloud.start()
    assert [document["VpcId"] for document in cloud.store.list("vpc.vpc")] == ids
    assert Account(cloud).raw("vpc", "CreateVpc", ClientToken="t3")[1]["VpcId"] == ids[3]
    Account(cloud).settled("vpc.vpc", "Status", "Available")
    cloud.stop()
