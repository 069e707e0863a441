"""CaRepositoryEntry through the provider process, against the local cloud."""

import itertools
import json
from collections.abc import Callable

import pytest

from local.cloud import chosen_behaviours
from local.cloud.application import Cloud
from mtlsedge_components.dynamic.ca_repository import CaRepositoryEntryProvider as Provider
from mtlsedge_components.dynamic.properties import UNKNOWN
from tests.dynamic.process import ProviderProcess

pytestmark = pytest.mark.slow  # waits for what the service does later

NUMBERS = itertools.count(1)


@pytest.fixture
def inputs() -> dict:
    """A repository of this test's own, named as the program would name it."""
    name = f"mtlsedge-local-{next(NUMBERS)}"
    return {"repository_name": name, "create": True, "site": "international", "owner": "mtlsedge-local"}


def repositories(cloud: Cloud, name: str) -> list[dict]:
    """What the cloud holds under a name."""
    return [item for item in cloud.store.list("cas.warehouse") if item["Name"] == name]


def foreign(cloud: Cloud, name: str, id_: str, type_: str = "uploadCA") -> dict:
    """A repository that somebody else made."""
    document = {"WhId": next(NUMBERS), "InstanceId": id_, "Name": name, "Type": type_}
    document["WarehouseType"] = "uploadedAuthorityCertificate" if type_ == "uploadCA" else "ssl"
    cloud.store.put("cas.warehouse", id_, document)
    return document


def test_a_repository_is_created_and_deleted(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """Outputs are the cloud's ids; what this stack created, a later `destroy` deletes."""
    id_, outputs = connected.create(Provider, inputs)
    (found,) = repositories(cloud, inputs["repository_name"])
    assert id_ == outputs["instance_id"] == found["InstanceId"]
    assert outputs["warehouse_id"] == found["WhId"]
    assert outputs["adopted"] is False
    another.delete(Provider, id_, outputs)
    assert repositories(cloud, inputs["repository_name"]) == []


def test_it_is_deleted_by_the_id_of_its_creation(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """Where the list shows another id than CreateWarehouse gave, DeleteWarehouse gets the one of the creation."""
    chosen_behaviours.choose(cloud.store, {"repository-id": "other"})
    id_, outputs = connected.create(Provider, inputs)
    (found,) = repositories(cloud, inputs["repository_name"])
    assert (id_, outputs["instance_id"]) == (found["SoldId"], found["InstanceId"]) and id_ != outputs["instance_id"]
    assert connected.read(Provider, id_, outputs)[0] == id_
    another.delete(Provider, id_, outputs)
    chosen_behaviours.reset(cloud.store)
    assert repositories(cloud, inputs["repository_name"]) == []


def test_one_that_stays_after_its_deletion_is_told(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """An id that DeleteWarehouse does not know counts as gone, unless the repository is still listed."""
    id_, outputs = connected.create(Provider, inputs)
    text = refused(another.delete, Provider, id_, {**outputs, "instance_id": "14dcc8af"})
    assert "still listed after DeleteWarehouse of 14dcc8af" in text
    assert repositories(cloud, inputs["repository_name"])


def test_an_existing_repository_is_adopted_and_never_deleted(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """Found by its exact name and kind, whatever else has a similar one; one of a name that is not ours stays."""
    name = "shared-by-many"
    mine = foreign(cloud, name, "cas-wh-shared")
    foreign(cloud, name + "-too", "cas-wh-similar")
    foreign(cloud, name, "cas-wh-other-kind", "ssl")
    for create in (True, False):
        id_, outputs = connected.create(Provider, {**inputs, "repository_name": name, "create": create})
        assert (id_, outputs["warehouse_id"], outputs["adopted"]) == (mine["InstanceId"], mine["WhId"], True)
    another.delete(Provider, id_, outputs)
    assert mine in repositories(cloud, name)


def test_two_of_one_name_are_refused(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """The message names both."""
    for id_ in ("cas-wh-one", "cas-wh-two"):
        foreign(cloud, "ambiguous", id_)
    text = refused(connected.create, Provider, {**inputs, "repository_name": "ambiguous"})
    assert "found 2 of that name (cas-wh-one, cas-wh-two)" in text


def test_a_missing_one_is_refused_unless_it_may_be_created(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """With `create: false` nothing is made."""
    text = refused(connected.create, Provider, {**inputs, "create": False})
    assert "found none of that name" in text
    assert repositories(cloud, inputs["repository_name"]) == []


def test_a_run_after_a_kill_makes_no_second_one_and_knows_its_own(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """Created, then killed before state was written: the next run finds it, and it is ours by its name."""
    first, _ = connected.create(Provider, inputs)
    second, outputs = another.create(Provider, inputs)
    assert first == second
    assert outputs["adopted"] is False
    assert len(repositories(cloud, inputs["repository_name"])) == 1


def test_a_lost_reply_is_made_good_in_the_same_run(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """The cloud did it and the answer never came: it is looked for before giving up."""
    cloud.faults.add({"kind": "lost-reply", "action": "CreateWarehouse", "times": 1})
    id_, outputs = connected.create(Provider, inputs)
    assert [item["InstanceId"] for item in repositories(cloud, inputs["repository_name"])] == [id_]
    assert outputs["adopted"] is False


def test_throttling_is_waited_out(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """A throttled create was not executed, so it may be repeated."""
    cloud.faults.add({"kind": "throttle", "action": "CreateWarehouse", "times": 1})
    connected.create(Provider, inputs)
    assert len(repositories(cloud, inputs["repository_name"])) == 1


@pytest.mark.parametrize("action", ["CreateWarehouse", "ListCertWarehouse"])
def test_a_time_that_is_refused_once_is_given_again(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, action: str
) -> None:
    """The call was not executed, and the next one has another time: even a create may be repeated."""
    cloud.faults.add({"kind": "clock", "action": action, "times": 1})
    connected.create(Provider, inputs)
    assert len(repositories(cloud, inputs["repository_name"])) == 1


def test_a_clock_that_stays_wrong_is_told(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """After one call more."""
    cloud.faults.add({"kind": "clock", "action": "ListCertWarehouse", "times": 2})
    assert "this machine's clock and the service's differ" in refused(connected.create, Provider, inputs)
    assert repositories(cloud, inputs["repository_name"]) == []


UNWELL = {"kind": "error", "action": "ListCertWarehouse", "status": 503, "code": "ServiceUnavailable", "times": 3}


def test_a_read_that_fails_by_chance_is_repeated(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """As the vendor's provider repeats its own: three failures in a row, or lost replies, end no `up`."""
    cloud.faults.add(UNWELL)
    connected.create(Provider, inputs)
    assert len(repositories(cloud, inputs["repository_name"])) == 1


def test_a_read_that_keeps_failing_is_told_with_its_request(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """By the id that the cloud's log has it under."""
    cloud.faults.add(UNWELL | {"times": 4})
    text = refused(connected.create, Provider, inputs)
    last = json.loads(cloud.log_path.read_text().splitlines()[-1])
    assert f"ServiceUnavailable: the service is unavailable; try again later (request {last['requestId']})" in text


def test_a_create_that_failed_is_not_told_as_done(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """After a 5xx it is looked for, since it may have been done; where it was not, the service's own refusal is told."""
    cloud.faults.add(UNWELL | {"action": "CreateWarehouse", "times": 1})
    assert "CreateWarehouse failed: ServiceUnavailable" in refused(connected.create, Provider, inputs)
    assert repositories(cloud, inputs["repository_name"]) == []


def test_a_repository_with_certificates_is_not_deleted(
    connected: ProviderProcess, another: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """The message names what is in it, and how to leave it."""
    id_, outputs = connected.create(Provider, inputs)
    row = dict.fromkeys(("Name", "CommonName", "Issuer", "Sans", "SerialNo", "Algorithm", "SignAlgorithm"), "x")
    document = {**row, "Identifier": "theirs", "WhId": outputs["warehouse_id"], "WhInstanceId": id_, "NotBefore": 0}
    cloud.store.put("cas.ca_certificate", "theirs", {**document, "NotAfter": 0})
    text = refused(another.delete, Provider, id_, outputs)
    assert "found 1 certificate(s) in it (theirs)" in text
    assert "certificateRepository.create" in text
    assert repositories(cloud, inputs["repository_name"])


def test_a_replacement_that_finds_its_predecessor_keeps_it(
    connected: ProviderProcess, cloud: Cloud, inputs: dict
) -> None:
    """`pulumi up --replace` creates first, which finds the same repository, and then deletes the old one: the same."""
    id_, outputs = connected.create(Provider, inputs)
    connected.create(Provider, inputs)
    connected.delete(Provider, id_, outputs)
    assert repositories(cloud, inputs["repository_name"])


def test_handing_a_repository_over_ends_ownership(connected: ProviderProcess, inputs: dict) -> None:
    """With `create` now false it is an update, after which nothing deletes it; it does not come back by `true`."""
    id_, outputs = connected.create(Provider, inputs)
    released = {**inputs, "create": False}
    assert connected.diff(Provider, outputs, released) == ("DIFF_SOME", [])
    updated = connected.update(Provider, id_, outputs, released)
    assert updated == {**outputs, "create": False, "adopted": True}
    assert connected.update(Provider, id_, updated, inputs)["adopted"] is True


def test_refresh_sees_a_repository_that_is_gone(connected: ProviderProcess, cloud: Cloud, inputs: dict) -> None:
    """The engine reads an empty id as: deleted."""
    id_, outputs = connected.create(Provider, inputs)
    assert connected.read(Provider, id_, outputs) == (id_, outputs)
    cloud.store.delete("cas.warehouse", id_)
    assert connected.read(Provider, id_, outputs) == ("", {})
    connected.delete(Provider, id_, outputs)


@pytest.mark.parametrize("change", [{"repository_name": "b"}, {"site": "china"}, {"repository_name": UNKNOWN}])
def test_another_name_or_site_is_another_repository(connected: ProviderProcess, inputs: dict, change: dict) -> None:
    """Replaced, and created before the old one is deleted."""
    assert connected.diff(Provider, inputs, {**inputs, **change}) == ("DIFF_SOME", list(change))
    assert connected.diff(Provider, inputs, inputs) == ("DIFF_NONE", [])


def test_a_service_error_is_told_without_its_text(
    connected: ProviderProcess, cloud: Cloud, inputs: dict, refused: Callable[..., str]
) -> None:
    """A message planted by the service reaches neither the error nor standard error."""
    cloud.faults.add({"kind": "error", "action": "ListCertWarehouse", "status": 403, "code": "Forbidden.RAM",
                      "message": "planted-secret", "times": 1})  # fmt: skip
    text = refused(connected.create, Provider, inputs)
    assert "ListCertWarehouse failed: Forbidden.RAM: the credentials lack the permission" in text
    assert "planted-secret" not in text + connected.printed


def test_an_unknown_site_is_refused_in_preview(connected: ProviderProcess, inputs: dict) -> None:
    """The failure names what is allowed; an unknown value passes."""
    assert "allowed international, china" in connected.check(Provider, {**inputs, "site": "mars"})["site"]
    assert connected.check(Provider, {**inputs, "site": UNKNOWN}) == {}
