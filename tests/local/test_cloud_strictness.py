"""A parameter that no code of an action reads: refused with nothing done, or logged where strictness is off."""

import pytest

from local.cloud import catalogue, products, transitions
from local.cloud.application import Cloud
from local.cloud.parameters import Parameters
from local.places import strict_parameters
from tests.local.cloud_life import Life, called
from tests.local.conftest import REGION, Account

CODE = "InvalidParameter.Emulator"


def test_no_action_takes_a_parameter_that_it_does_not_know(cloud_account, monkeypatch):
    """Every action of a whole life, each with `Zzz` first: refused by name, and the store is as it was."""
    monkeypatch.setattr(transitions, "SETTLE_SECONDS", 0.01)
    store, wrong = cloud_account.cloud.store, []

    def with_one_more(product, action, sent):
        revision = store.revision
        status, body = cloud_account.raw(product, action, **sent, Zzz="1")
        told = f"{action} does not know the parameter Zzz." in body.get("Message", "")
        if (status, body.get("Code"), told, store.revision) != (400, CODE, True, revision):
            wrong.append((product, action, status, body))

    life = Life(cloud_account, with_one_more)
    life.run()
    assert wrong == []
    offered = {(version, action.name) for (version, _), action in catalogue.TABLE.items()}
    assert offered - set(called(life)) == UNPLAYED


UNPLAYED = {
    ("2017-12-14", "QueryAvailableInstances"),
    *((version, action.name) for (version, _), action in catalogue.TABLE.items() if version == products.CS),
}
"""Refused to an international account whatever is sent; called by path, which `test_cloud_paths` does."""


NEAR_MISSES = (
    ("vpc", "DescribeVpcs", {"VpcName": "edge"}, {"VpcNames": "edge"}, "VpcNames"),
    ("alb", "ListAcls", {"AclNames.1": "offices"}, {"AclName.1": "offices"}, "AclName"),
    ("alb", "ListRules", {"ListenerIds.1": "lsn-none"}, {"ListenerIDs.1": "lsn-none"}, "ListenerIDs"),
    ("alidns", "DescribeDomainRecords", {"DomainName": "example.test", "RRKeyWord": "www"},
     {"DomainName": "example.test", "RRKeyword": "www"}, "RRKeyword"),
    ("ecs", "DescribeInstances", {"Tag.1.Key": "team"}, {"Tag.1.Name": "team"}, "Tag.1.Name"),
)  # fmt: skip


@pytest.mark.parametrize(("product", "action", "right", "wrong", "named"), NEAR_MISSES)
def test_a_misspelt_filter_is_no_filter_that_everything_passes(cloud_shared, product, action, right, wrong, named):
    """Also while there is nothing to filter; the right spelling is answered."""
    status, body = cloud_shared.raw(product, action, RegionId=REGION, **wrong)
    assert (status, body["Code"]) == (400, CODE)
    assert body["Message"].endswith(f" {named}.")
    assert cloud_shared.raw(product, action, RegionId=REGION, **right)[0] == 200


def test_a_setting_deep_in_a_call_is_told_by_its_place(cloud_shared, cloud_network):
    """The third level of a rule, the second object of a list; nothing of the call is on disk."""
    store = cloud_shared.cloud.store
    group = {"VpcId": cloud_network["vpc"], "ServerGroupName": "web"}
    before = store.list("alb.server_group"), store.items("cloud.job"), store.items("cloud.token")
    wrong = {"HealthCheckConfig.HealthCheckPort": "80", "Tag.1.Key": "a", "Tag.2.Key": "b", "Tag.2.Vaule": "c"}
    status, body = cloud_shared.raw("alb", "CreateServerGroup", **group, **wrong, ClientToken="once")
    assert (status, body["Code"]) == (400, CODE)
    assert body["Message"].endswith(" HealthCheckConfig.HealthCheckPort, Tag.2.Vaule.")
    assert (store.list("alb.server_group"), store.items("cloud.job"), store.items("cloud.token")) == before
    assert cloud_shared.raw("alb", "CreateServerGroup", **group, ClientToken="once")[0] == 200


def test_what_every_call_may_carry_is_known(cloud_shared):
    """Region in both spellings, idempotency, the accounts of the older calls, language."""
    common = {
        "RegionId": REGION,
        "regionId": REGION,
        "ClientToken": "carried",
        "OwnerId": "1",
        "ResourceOwnerAccount": "a",
        "Lang": "en",
    }
    assert cloud_shared.raw("alb", "CreateAcl", AclName="carried", **common)[0] == 200


def test_a_refusal_names_no_value(cloud_shared):
    """What was sent may be a secret under a misspelt name."""
    body = cloud_shared.raw("cas", "ListWarehouse", Passwort="open sesame")[1]
    assert "Passwort" in body["Message"]
    assert "sesame" not in str(body)


def test_without_strictness_it_is_one_line_of_the_log(tmp_path, capfd):
    """The call is done, the parameter named beside the action; a call that is known throughout says nothing."""
    cloud = Cloud(tmp_path / "cloud", api_address="127.0.0.1:0", strict=False)
    cloud.start()
    try:
        account = Account(cloud)
        assert account.raw("alb", "CreateAcl", AclName="offices", Zzz="1")[0] == 200
        assert account.raw("alb", "ListAcls")[1]["TotalCount"] == 1
    finally:
        cloud.stop()
    assert capfd.readouterr().err == "The local cloud's CreateAcl does not know the parameter Zzz.\n"


@pytest.mark.parametrize(("value", "strict"), [(None, True), ("1", True), ("", True), ("0", False)])
def test_a_variable_turns_strictness_off(monkeypatch, value, strict):
    """`MTLSEDGE_LOCAL_STRICT=0` and nothing else, so that a slip leaves it on."""
    monkeypatch.delenv("MTLSEDGE_LOCAL_STRICT", raising=False)
    if value is not None:
        monkeypatch.setenv("MTLSEDGE_LOCAL_STRICT", value)
    assert strict_parameters() is strict


def test_only_what_is_read_counts_as_read():
    """Looking at an object reads nothing in it; a list of plain values is read at once; passing over takes all below."""
    call = Parameters(
        {"A": {"B": "1", "C": "2"}, "D": ["1", "2"], "E": [{"F": "1"}, {"F": "2"}], "G": {"H": {"I": "1"}}}
    )
    assert call.unread() == ["A.B", "A.C", "D", "E.1.F", "E.2.F", "G.H.I"]
    assert "A" in call
    call.mapping("A").text("B")
    call.texts("D")
    [item.text("F") for item in call.objects("E")]
    assert call.unread() == ["A.C", "G.H.I"]
    call.pass_over("G")
    assert call.unread("A") == []
    assert call.unread() == ["A.C"]
