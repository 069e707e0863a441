"""This program's own resources under every behaviour of the cloud: made, quiet, changed, and gone."""

import itertools
from collections.abc import Callable, Iterator

import pytest

from local.behaviours import SWITCHES
from local.cloud import chosen_behaviours, transitions
from local.cloud.application import Cloud
from local.cloud.cas import warehouses
from mtlsedge_components.dynamic.ca_repository import CaRepositoryEntryProvider as Repositories
from mtlsedge_components.dynamic.declarations import from_answer
from mtlsedge_components.dynamic.load_balancer_zones import LoadBalancerZonesProvider as Zones
from mtlsedge_components.dynamic.provider import Provider
from mtlsedge_components.dynamic.rule_actions import RuleActionsProvider as Actions
from mtlsedge_components.dynamic.server_certificate_reference import ServerCertificateReferenceProvider as References
from mtlsedge_components.dynamic.server_group_servers import ServerGroupServersProvider as Servers
from mtlsedge_components.dynamic.uploaded_ca import UploadedCaProvider as Authorities
from mtlsedge_components.dynamic.vacant_host import VacantHostProvider as Hosts
from tests.covering import pairwise
from tests.dynamic.process import ProviderProcess
from tests.dynamic.test_uploaded_ca import root
from tests.local.conftest import REGION, Account, forward, make_certificate

pytestmark = pytest.mark.slow  # waits for what the service does later, some three hundred times
NUMBERS = itertools.count()
SLOW = "jobs"
"""Under it each change would take a minute; the waits are the same, only longer."""
SINGLE = [{one.name: answer.name} for one in SWITCHES if one.name != SLOW for answer in one.answers[1:]]
TOGETHER = pairwise({one.name: [answer.name for answer in one.answers] for one in SWITCHES if one.name != SLOW})
Inputs = dict[str, object]


def named(row: dict[str, str]) -> str:
    """A combination in the report: the answers that are not the likeliest."""
    return ",".join(f"{one.name}={row[one.name]}" for one in SWITCHES if row.get(one.name, one.default) != one.default)


@pytest.fixture(params=[{}, *SINGLE, *TOGETHER], ids=named)
def behaving(request: pytest.FixtureRequest, cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    """An account on a cloud that behaves so; what settles, settles at once, and what is listed late is late by two seconds."""
    monkeypatch.setattr(transitions, "SETTLE_SECONDS", 0.01)
    monkeypatch.setattr(warehouses, "LATE_SECONDS", 2)
    chosen_behaviours.choose(cloud.store, request.param)
    yield Account(cloud)
    chosen_behaviours.reset(cloud.store)


@pytest.fixture
def lived(connected: ProviderProcess, another: ProviderProcess) -> Callable[..., None]:
    """Create, refresh and compare; then a change if there is one; at last a deletion by the next process."""

    def live(kind: type[Provider], inputs: Inputs, change: Inputs | None = None) -> None:
        id_, outputs = connected.create(kind, inputs)
        _quiet(another, kind, id_, outputs, inputs)
        if change:
            assert another.diff(kind, outputs, inputs | change)[0] == "DIFF_SOME"
            outputs = another.update(kind, id_, outputs, inputs | change)
            _quiet(another, kind, id_, outputs, inputs | change)
        another.delete(kind, id_, outputs)

    return live


def _quiet(process: ProviderProcess, kind: type[Provider], id_: str, outputs: Inputs, inputs: Inputs) -> None:
    assert process.diff(kind, outputs, inputs) == ("DIFF_NONE", [])
    found, refreshed = process.read(kind, id_, outputs)
    assert found == id_
    assert process.diff(kind, refreshed, inputs) == ("DIFF_NONE", []), (outputs, refreshed)


def test_zones(behaving: Account, lived: Callable[..., None]) -> None:
    """A third zone comes; the addresses that ALB assigns are no difference."""
    network = behaving.network()
    balancer = behaving.load_balancer(network)
    third = behaving("vpc", "CreateVSwitch", RegionId=REGION, VpcId=network["vpc"], ZoneId=f"{REGION}c",
                     CidrBlock="192.168.9.0/24")["VSwitchId"]  # fmt: skip
    inputs = {"load_balancer_id": balancer, "zones": network["zones"]}
    lived(Zones, inputs, {"zones": {**network["zones"], f"{REGION}c": third}})


def test_servers(behaving: Account, lived: Callable[..., None]) -> None:
    """A weight changes and a server comes; addresses that nobody declared are no difference."""
    network = behaving.network()
    group = behaving.server_group(network["vpc"])
    names = ("i-a", "i-b")
    for number, name in enumerate(names):
        document = {"InstanceId": name, "VpcId": network["vpc"], "PrivateIpAddress": f"192.168.1.{number + 9}"}
        behaving.cloud.store.put("ecs.instance", name, {**document, "VSwitchId": "", "SecurityGroupIds": []})
    server = {"server_type": "Ecs", "server_ip": "", "port": 80, "weight": 100, "description": ""}
    first, second = ({**server, "server_id": name} for name in names)
    lived(Servers, {"server_group_id": group, "servers": {"a": first}},
          {"servers": {"a": {**first, "weight": 50}, "b": second}})  # fmt: skip
    for name in names:
        behaving.cloud.store.delete("ecs.instance", name)


def test_actions_of_a_rule(behaving: Account, lived: Callable[..., None]) -> None:
    """It leads to another group; a stickiness that nobody declared is no difference."""
    network = behaving.network()
    groups = [behaving.server_group(network["vpc"], name) for name in ("one", "two")]
    listener = behaving("alb", "CreateListener", LoadBalancerId=behaving.load_balancer(network), ListenerProtocol="HTTP",
                        ListenerPort=80, DefaultActions=forward(groups[0]))["ListenerId"]  # fmt: skip
    behaving.until("alb", "GetListenerAttribute", "ListenerStatus", "Running", ListenerId=listener)

    def leading(group: str) -> list[dict[str, object]]:
        tuples = [{"ServerGroupId": group, "Weight": 100}]
        return [{"Order": 1, "Type": "ForwardGroup", "ForwardGroupConfig": {"ServerGroupTuples": tuples}}]

    rule = behaving("alb", "CreateRule", ListenerId=listener, RuleName="rule", Priority=1, RuleActions=leading(groups[0]),
                    RuleConditions=[{"Type": "Path", "PathConfig": {"Values": ["/a"]}}])["RuleId"]  # fmt: skip
    behaving.settled("alb.rule", "RuleStatus", "Available")
    first, second = (from_answer(leading(group)) for group in groups)
    lived(Actions, {"rule_id": rule, "actions": first}, {"actions": second})


def test_a_repository_and_the_authority_in_it(behaving: Account, lived: Callable[..., None], connected: ProviderProcess,
                                               another: ProviderProcess) -> None:  # fmt: skip
    """Both are made and found again by the next process, whatever ids and types look like; both are gone at the end."""
    name = f"mtlsedge-local-behave-{next(NUMBERS)}"
    inputs = {"repository_name": name, "create": True, "site": "international", "owner": "mtlsedge-local"}
    id_, repository = connected.create(Repositories, inputs)
    _quiet(another, Repositories, id_, repository, inputs)
    again, found = another.create(Repositories, inputs)
    assert (again, found["warehouse_id"]) == (id_, repository["warehouse_id"])
    lived(Authorities, {
        "repository_name": name, "warehouse_id": repository["warehouse_id"], "certificate_pem": root(), "site": "international",
        "certificate_name": "mtlsedge-local-ca", "owner": "mtlsedge-local",
    })  # fmt: skip
    another.delete(Repositories, id_, repository)


def test_a_server_certificate_that_is_referred_to(behaving: Account, lived: Callable[..., None]) -> None:
    """Its facts are the same whether key, chain and newlines come back or not; it is never deleted."""
    pem, key = make_certificate()
    number = behaving("cas", "UploadUserCertificate", Name=f"server-{next(NUMBERS)}", Cert=pem, Key=key)["CertId"]
    lived(References, {"identifier": f"{number}-{REGION}", "names": ["www.example.test"], "site": "international"})
    assert behaving.cloud.store.get("cas.server_certificate", str(number))


def test_a_server_certificate_that_is_missing(
    behaving: Account, connected: ProviderProcess, refused: Callable[..., str]
) -> None:
    """Named, whatever status and message the cloud answers with."""
    inputs = {"identifier": f"999-{REGION}", "names": [], "site": "international"}
    assert "found none of that id" in refused(connected.create, References, inputs)


def test_a_host(
    behaving: Account, lived: Callable[..., None], connected: ProviderProcess, refused: Callable[..., str]
) -> None:
    """A free one is taken; beside a live record it is refused, in whatever order records are listed."""
    host = f"host-{next(NUMBERS)}"
    inputs = {"zone": "example.test", "rr": host, "expected_target": ""}
    lived(Hosts, inputs)
    for value in ("192.0.2.1", "192.0.2.2"):
        behaving("alidns", "AddDomainRecord", DomainName="example.test", RR=host, Type="A", Value=value)
    assert "found live records" in refused(connected.create, Hosts, inputs)
