"""Faults by seed: the same calls meet the same faults, each does what its name says, and the log names it."""

import json
import time

import pytest

from local.cloud import seeded_faults
from local.cloud.faults import KINDS, SEEDED
from local.cloud.request_log import entries
from tests.local.conftest import REGION, Account, forward
from tests.waiting import eventually


def logged(account: Account, action: str) -> dict:
    """The log's last entry of an action."""
    lines = account.cloud.log_path.read_text().splitlines()
    return [entry for entry in entries(lines) if entry["action"] == action][-1]


def create(account: Account, token: str = "") -> tuple[int, dict]:
    """Ask for a VPC as the provider does; once, whatever happens."""
    return account.raw(
        "vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/8", **({"ClientToken": token} if token else {})
    )


def vpcs(account: Account) -> int:
    """How many there are."""
    return len(account.cloud.store.list("vpc.vpc"))


def test_the_same_seed_and_calls_meet_the_same_faults():
    """Whatever calls of other actions come between; another seed is another life, and each kind occurs."""
    fault = seeded_faults.completed({"kind": SEEDED, "seed": 7, "rate": 0.3, "kinds": [*seeded_faults.SHARES]})
    of_vpcs = [seeded_faults.drawn(fault, "CreateVpc", number) for number in range(500)]
    assert of_vpcs == [seeded_faults.drawn(fault, "CreateVpc", number) for number in range(500)]
    assert of_vpcs != [seeded_faults.drawn(fault, "DeleteVpc", number) for number in range(500)]
    assert of_vpcs != [seeded_faults.drawn(fault | {"seed": 8}, "CreateVpc", number) for number in range(500)]
    struck = [one for one in of_vpcs if one]
    assert 100 < len(struck) < 200
    assert {one["kind"] for one in struck} == set(KINDS) & {*seeded_faults.SHARES, "error"}


def test_calls_are_counted_over_a_restart(cloud_account):
    """Each call of an action has its number, which the log shows with seed and kind where it was struck."""
    cloud_account.cloud.faults.add({"kind": SEEDED, "seed": 1, "rate": 1.0, "kinds": ["throttle"]})
    for number in (1, 2):
        assert create(cloud_account)[1]["Code"] == "Throttling.User"
        assert logged(cloud_account, "CreateVpc")["faults"] == [
            {"kind": "throttle", "action": "CreateVpc", "seed": 1, "number": number}
        ]
    assert type(cloud_account.cloud.faults)(cloud_account.cloud.folder / "faults.json").listed()[0]["calls"] == {
        "CreateVpc": 2
    }
    assert vpcs(cloud_account) == 0


@pytest.mark.parametrize(
    ("kind", "code", "made"),
    [
        ("clock", "InvalidTimeStamp.Expired", 0),
        ("full-disk", "StorageFailure.Emulator", 0),
        ("lost-request", "", 0),
        ("lost-reply", "", 1),
        ("reset", "", 1),
    ],
)
def test_each_kind_does_what_its_name_says(cloud_account, kind, code, made):
    """Before the write or after it; with the same token the next call makes nothing twice, and then all is well."""
    cloud_account.cloud.faults.add({"kind": kind, "times": 1})
    if code:
        assert create(cloud_account, "t")[1]["Code"] == code
    else:
        with pytest.raises(ConnectionError):
            create(cloud_account, "t")
    entry = eventually(lambda: logged(cloud_account, "CreateVpc"))
    assert ([fault["kind"] for fault in entry["faults"]], entry["lost"]) == ([kind], not code)
    assert vpcs(cloud_account) == made
    assert create(cloud_account, "t")[0] == 200
    assert vpcs(cloud_account) == 1
    assert "faults" not in logged(cloud_account, "CreateVpc")


def test_a_reset_is_no_quiet_end(cloud_account):
    """The caller's system reports a reset, where a lost reply is an end of file."""
    cloud_account.cloud.faults.add({"kind": "reset", "times": 1})
    with pytest.raises(ConnectionResetError):
        create(cloud_account)


def test_a_slow_reply_comes(cloud_account):
    """After its seconds, with everything done."""
    cloud_account.cloud.faults.add({"kind": "slow-reply", "times": 1, "seconds": 0.4})
    began = time.monotonic()
    assert create(cloud_account)[0] == 200
    assert time.monotonic() - began >= 0.4


def test_a_failed_job_leaves_what_was_there(cloud_account):
    """The call names a job, the job fails, and the listener is as before; a call without a job is let pass."""
    network = cloud_account.network()
    balancer = cloud_account.load_balancer(network)
    listener = cloud_account("alb", "CreateListener", LoadBalancerId=balancer, ListenerPort=80, ListenerProtocol="HTTP",
                             DefaultActions=forward(cloud_account.server_group(network["vpc"])))["ListenerId"]  # fmt: skip
    cloud_account.until("alb", "GetListenerAttribute", "ListenerStatus", "Running", ListenerId=listener)
    before = cloud_account("alb", "GetListenerAttribute", ListenerId=listener)
    cloud_account.cloud.faults.add({"kind": "failed-job", "times": 1})
    assert create(cloud_account)[0] == 200
    job = cloud_account("alb", "UpdateListenerAttribute", ListenerId=listener, IdleTimeout=33)["JobId"]
    (done,) = eventually(
        lambda: cloud_account("alb", "ListAsynJobs", JobIds=[job])["Jobs"],
        lambda jobs: jobs[0]["Status"] != "Processing",
    )
    assert done["Status"] == "Failed"
    after = cloud_account("alb", "GetListenerAttribute", ListenerId=listener)
    assert after | {"RequestId": ""} == before | {"RequestId": ""}
    assert logged(cloud_account, "UpdateListenerAttribute")["faults"] == [{"kind": "failed-job", "action": "*"}]


@pytest.mark.parametrize("wrong", [{}, {"seed": "x"}, {"seed": 1, "rate": 2}, {"seed": 1, "kinds": ["flood"]}])
def test_nonsense_is_refused(cloud_account, wrong):
    """By the control, with what is allowed, and nothing is switched on."""
    with pytest.raises(Exception, match=r"expected|allowed"):
        cloud_account.cloud.faults.add({"kind": SEEDED, **wrong})
    assert cloud_account.cloud.faults.listed() == []


def test_notes_name_each_fault(cloud_account):
    """For `python -m local status`: what is on, and how it is switched off."""
    cloud_account.cloud.faults.add({"kind": SEEDED, "seed": 7, "rate": 0.2})
    (note,) = cloud_account.cloud.faults.notes()
    assert json.dumps({"action": "*", "kind": SEEDED, "seed": 7, "rate": 0.2}) in note
    assert "--clear" in note


def test_a_clock_set_back_holds_nothing_up(cloud_account, monkeypatch):
    """A change that was to settle in a moment settles, though by the clock its time is an hour away."""
    ahead = time.time() + 3600
    monkeypatch.setattr("local.cloud.transitions.time.time", lambda: ahead)
    made = cloud_account("vpc", "CreateVpc", RegionId=REGION, CidrBlock="10.0.0.0/8")["VpcId"]
    monkeypatch.undo()
    cloud_account.until("vpc", "DescribeVpcAttribute", "Status", "Available", VpcId=made, RegionId=REGION)
