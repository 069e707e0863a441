"""Two hundred clients at once: what they were answered and what the store holds then could have come of one after the other."""

import itertools
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.local.conftest import REGION, Account
from tests.local.histories import Done, unserial_takes, unserial_values

CLIENTS, CALLS = 200, 6
BLOCKS = [f"192.168.{number}.0/24" for number in range(8)]
TAGS = ("owner", "stage")


class Client:
    """One of many, with its own calls of one seed."""

    def __init__(self, account: Account, vpc: str, number: int, start: threading.Barrier) -> None:
        self.account, self.vpc, self.number, self.start = account, vpc, number, start
        self.chance = random.Random(number)
        self.history: list[Done] = []
        self.mine: list[tuple[str, str]] = []
        self.groups: list[str] = []

    def run(self) -> None:
        """Its calls, after all others are ready too."""
        self.start.wait()
        self.group()
        for turn in range(CALLS):
            self.chance.choice((self.rename, self.tag, self.untag, self.look, self.take, self.free))(
                f"{self.number}-{turn}"
            )

    def call(self, product: str, action: str, **parameters: str) -> tuple[int, dict, float, float]:
        """Status and answer, and the interval."""
        began = time.monotonic()
        status, answer = self.account.raw(product, action, RegionId=REGION, **parameters)
        return status, answer, began, time.monotonic()

    def note(self, cell: str, what: str, value: str, began: float, ended: float) -> None:
        self.history.append(Done(cell, what, value, began, ended))

    def group(self) -> None:
        """One server group for every ten clients, asked for by all ten with one token."""
        status, answer, *_ = self.call("alb", "CreateServerGroup", ServerGroupName=f"g{self.number // 10}", VpcId=self.vpc,
                                       **{"HealthCheckConfig.HealthCheckEnabled": "false"}, ClientToken=f"t{self.number // 10}")  # fmt: skip
        assert status == 200, answer
        self.groups.append(answer["ServerGroupId"])

    def rename(self, text: str) -> None:
        status, answer, *interval = self.call("vpc", "ModifyVpcAttribute", VpcId=self.vpc, VpcName=f"n{text}")
        assert status == 200, answer
        self.note("name", "write", f"n{text}", *interval)

    def tag(self, text: str) -> None:
        key = self.chance.choice(TAGS)
        status, answer, *interval = self.call(
            "vpc",
            "TagResources",
            ResourceType="VPC",
            **{"ResourceId.1": self.vpc, "Tag.1.Key": key, "Tag.1.Value": text},
        )
        assert status == 200, answer
        self.note(f"tag {key}", "write", text, *interval)

    def untag(self, _text: str) -> None:
        key = self.chance.choice(TAGS)
        status, answer, *interval = self.call(
            "vpc", "UnTagResources", ResourceType="VPC", **{"ResourceId.1": self.vpc, "TagKey.1": key}
        )
        assert status == 200, answer
        self.note(f"tag {key}", "write", "", *interval)

    def look(self, _text: str) -> None:
        status, answer, *interval = self.call("vpc", "DescribeVpcAttribute", VpcId=self.vpc)
        assert status == 200, answer
        self.note("name", "read", answer["VpcName"], *interval)
        tags = {tag["Key"]: tag["Value"] for tag in answer["Tags"]["Tag"]}
        for key in TAGS:
            self.note(f"tag {key}", "read", tags.get(key, ""), *interval)

    def take(self, _text: str) -> None:
        block = self.chance.choice(BLOCKS)
        status, answer, *interval = self.call(
            "vpc", "CreateVSwitch", VpcId=self.vpc, ZoneId=f"{REGION}a", CidrBlock=block
        )
        if status == 200:
            self.mine.append((block, answer["VSwitchId"]))
            self.note(block, "take", answer["VSwitchId"], *interval)
        else:
            assert answer["Code"] == "InvalidCidrBlock.Overlapped", answer
            self.note(block, "refused", "", *interval)

    def free(self, _text: str) -> None:
        if not self.mine:
            return
        block, id_ = self.mine.pop()
        status, answer, *interval = self.call("vpc", "DeleteVSwitch", VSwitchId=id_)
        assert status == 200, answer
        self.note(block, "free", id_, *interval)


@pytest.mark.slow  # over a thousand calls
def test_two_hundred_clients_end_in_some_serial_order(cloud_account):
    """No lost update, no value out of order, no block of addresses given twice, no id twice, one object for one token."""
    vpc = cloud_account.network()["vpc"]
    for vswitch in cloud_account.cloud.store.list("vpc.vswitch"):
        cloud_account("vpc", "DeleteVSwitch", VSwitchId=vswitch["VSwitchId"], RegionId=REGION)
    cloud_account.settled("vpc.vswitch", "Status", "none")
    start = threading.Barrier(CLIENTS)
    clients = [Client(cloud_account, vpc, number, start) for number in range(CLIENTS)]
    with ThreadPoolExecutor(CLIENTS) as pool:
        for running in [pool.submit(client.run) for client in clients]:
            running.result()
    history = list(itertools.chain.from_iterable(client.history for client in clients))
    (found,) = cloud_account("vpc", "DescribeVpcs", RegionId=REGION, VpcId=vpc)["Vpcs"]["Vpc"]
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", {}).get("Tag", [])}
    ends = {"name": found["VpcName"], **{f"tag {key}": tags.get(key, "") for key in TAGS}}
    assert list(unserial_values([one for one in history if one.cell in ends], ends)) == []
    held = {
        one["CidrBlock"]: one["VSwitchId"]
        for one in cloud_account.cloud.store.list("vpc.vswitch")
        if one["Status"] != "Deleting"
    }
    blocks = {block: held.get(block, "") for block in BLOCKS}
    assert list(unserial_takes([one for one in history if one.cell in blocks], blocks)) == []
    assert {one.what for one in history} == {"write", "read", "take", "free", "refused"}
    by_token = [{client.groups[0] for client in clients[first : first + 10]} for first in range(0, CLIENTS, 10)]
    assert [len(groups) for groups in by_token] == [1] * (CLIENTS // 10)
    assert {one["ServerGroupId"] for one in cloud_account.cloud.store.list("alb.server_group")} == set().union(
        *by_token
    )


def test_histories_that_no_order_explains_are_seen():
    """A lost update, a stale read, a block given twice, a vanished one, and a refusal for nothing."""

    def write(value: str, began: float, ended: float) -> Done:
        return Done("c", "write", value, began, ended)

    def take(value: str, began: float, ended: float, what: str = "take") -> Done:
        return Done("c", what, value, began, ended)

    one_after_the_other, at_once = [write("a", 0, 1), write("b", 2, 3)], [write("a", 0, 3), write("b", 2, 3)]
    assert list(unserial_values(one_after_the_other, {"c": "b"})) == []
    assert list(unserial_values(at_once, {"c": "a"})) == []
    assert list(unserial_values(one_after_the_other, {"c": "a"}))
    assert list(unserial_values([*one_after_the_other, Done("c", "read", "a", 4, 5)], {"c": "b"}))
    assert list(unserial_values([*one_after_the_other, Done("c", "read", "", 4, 5)], {"c": "b"}))
    assert list(unserial_takes([take("x", 0, 1), take("x", 2, 3, "free"), take("y", 2, 4)], {"c": "y"})) == []
    assert list(unserial_takes([take("x", 0, 1), take("", 2, 3, "refused")], {"c": "x"})) == []
    assert list(unserial_takes([take("x", 0, 1), take("y", 2, 3), take("x", 4, 5, "free")], {"c": "y"}))
    assert list(unserial_takes([take("x", 0, 1)], {"c": ""}))
    assert list(unserial_takes([take("", 0, 1, "refused")], {"c": ""}))
    assert list(unserial_takes([take("x", 0, 1), take("x", 2, 3, "free"), take("", 4, 5, "refused")], {"c": ""}))
