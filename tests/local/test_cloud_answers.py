"""Every field that the vendor's SDK documents of an answer is in it, or stands with a reason in `answers_left_out.txt`."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from local.cloud import transitions
from local.cloud.application import Cloud
from tests.local.cloud_life import Life
from tests.local.conftest import SDKS, Account
from tests.local.sdk_models import left_out, undocumented

TABLE = Path(__file__).with_name("answers_left_out.txt")
_SYSTEM_DISK = "LaunchTemplateVersionSets.LaunchTemplateVersionSet.LaunchTemplateData.SystemDisk."
_OF_SYSTEM_DISKS = (
    "AutoSnapshotPolicyId", "BurstingEnabled", "Category", "DeleteWithInstance", "Description", "DiskName", "Encrypted", "Iops",
    "KMSKeyId", "PerformanceLevel", "ProvisionedIops", "Size",
)  # fmt: skip
_OF_SCRIPTS = ("ExtAttributeEnabled", "ExtAttributes", "Position")
BESIDE = (
    {("alb", "DisableLoadBalancerAccessLog", "JobId")}
    | {("alb", "ListAScripts", f"AScripts.{name}") for name in _OF_SCRIPTS}
    | {("ecs", "DescribeLaunchTemplateVersions", f"{_SYSTEM_DISK}{name}") for name in _OF_SYSTEM_DISKS}
)
"""In answers, though not in these models: the provider reads them, those of a system disk under keys with a dot."""
Row = tuple[str, str, str]
"""Product, action and place; patterns in the table, names in an answer."""


@pytest.fixture(scope="module")
def cloud_lived(tmp_path_factory) -> Iterator[Life]:
    """A life that is over."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(transitions, "SETTLE_SECONDS", 0.01)
        cloud = Cloud(tmp_path_factory.mktemp("lived") / "cloud", api_address="127.0.0.1:0")
        cloud.start()
        life = Life(Account(cloud))
        life.run()
        cloud.stop()
    return life


def excused() -> list[Row]:
    """The patterns of the table; each line has a reason."""
    rows = []
    for line in TABLE.read_text().splitlines():
        if line and not line.startswith("#"):
            product, action, places, reason = (cell.strip() for cell in line.split("|"))
            assert reason, line
            rows += [(product, action, place) for place in places.split()]
    return rows


def missing(life: Life) -> set[Row]:
    """What no answer of an action has."""
    answers = {key: rows for key, rows in life.answers.items() if key[0] in SDKS}
    return {
        (product, action, place)
        for (product, action), rows in answers.items()
        for place in set.intersection(*(left_out(product, action, row) for row in rows))
    }


def fits(row: Row, pattern: Row) -> bool:
    return all(fnmatchcase(name, one) for name, one in zip(row, pattern, strict=True))


def test_answers_have_what_the_sdk_documents(cloud_lived):
    """All products whose SDK is locked, every action that is offered, down to the fields of objects in lists."""
    patterns = excused()
    assert sorted(row for row in missing(cloud_lived) if not any(fits(row, one) for one in patterns)) == []


def test_the_table_excuses_nothing_in_vain(cloud_lived):
    """A line whose field is answered by now goes."""
    rows = missing(cloud_lived)
    assert [one for one in excused() if not any(fits(row, one) for row in rows)] == []


def test_answers_have_nothing_else(cloud_lived):
    """A field that the real service may not send must not be what a program leans on."""
    answers = {key: rows for key, rows in cloud_lived.answers.items() if key[0] in SDKS}
    assert BESIDE == {
        (product, action, place)
        for (product, action), rows in answers.items()
        for row in rows
        for place in undocumented(product, action, row)
    }


def test_a_field_that_is_left_out_is_seen_at_any_depth():
    """In the answer itself, in an object, in an object of a list; one of several objects with the field is enough."""
    answer = {
        "LoadBalancers": [{"LoadBalancerId": "alb-a", "Tags": [{"Key": "a"}]}, {"VpcId": "vpc-a"}],
        "TotalCount": 2,
    }
    seen = left_out("alb", "ListLoadBalancers", answer)
    assert {"NextToken", "MaxResults", "LoadBalancers.DNSName"} <= seen
    assert not {"TotalCount", "LoadBalancers.LoadBalancerId", "LoadBalancers.VpcId"} & seen
    alone = {**answer, "LoadBalancers": answer["LoadBalancers"][:1]}
    assert {"LoadBalancers.VpcId", "LoadBalancers.Tags.Value"} <= left_out("alb", "ListLoadBalancers", alone)


def test_a_field_beside_the_model_is_seen_at_any_depth():
    """In the answer itself and in one object of a list."""
    answer = {"Zzz": 1, "LoadBalancers": [{"LoadBalancerId": "alb-a"}, {"Tags": [{"Key": "a", "Yyy": "b"}]}]}
    assert undocumented("alb", "ListLoadBalancers", answer) == {"Zzz", "LoadBalancers.Tags.Yyy"}
