"""Requests that no client sends do nothing to the local cloud; `make hostile` sends a hundred thousand."""

import pytest

from tests.local.conftest import REGION
from tests.local.hostile import FLAT_BYTES, Hostility, attack
from tests.local.test_cloud_hardening import post, signed


@pytest.mark.slow  # some thousand connections
def test_hostile_requests_do_nothing(tmp_path):
    """It lives, its store is byte for byte what it was, memory and open files are flat, and no answer admits a defect."""
    found = attack(tmp_path / "cloud", 2_000, seed=1)
    assert list(found.problems()) == []
    assert {"200", "400", "403", "closed"} <= set(found.answers), "every kind of end was met"


def test_what_happened_is_told():
    """Each of the things that must not be is a problem of its own."""
    well = {
        "requests": 1,
        "answers": {},
        "defects": [],
        "changed": False,
        "said": "",
        "alive": True,
        "grown": 0,
        "left_open": 0,
    }
    assert list(Hostility(**well).problems()) == []
    ill = {
        "defects": ["x"],
        "changed": True,
        "said": "Traceback",
        "alive": False,
        "grown": FLAT_BYTES + 1,
        "left_open": 1,
    }
    for key, value in ill.items():
        assert len(list(Hostility(**well | {key: value}).problems())) == 1, key


def test_what_is_nested_too_deep_is_refused(cloud_shared):
    """In a parameter's name, in JSON within a parameter, and in a body for the control: by 400, as what was sent is wrong."""
    deep = signed(cloud_shared, "DescribeVpcs", "deep", **{"A." * 2000 + "A": "x"})
    assert post(cloud_shared, deep)[1]["Code"] == "InvalidParameter"
    status, answer = cloud_shared.raw("ecs", "DescribeInstances", RegionId=REGION, InstanceIds="[" * 3000)
    assert (status, answer["Code"]) == (400, "InvalidParameter.InstanceIds")


def test_a_token_that_no_list_gave_out_is_refused(cloud_shared):
    """A number too long for any, too."""
    for token in ("9" * 5000, "x", "-1"):
        status, answer = cloud_shared.raw("alb", "ListServerGroups", NextToken=token)
        assert (status, answer["Code"]) == (400, "InvalidParameter.NextToken"), token[:10]
