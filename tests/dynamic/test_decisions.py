"""The pure decisions behind the providers."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi.output import Unknown

from mtlsedge_components.dynamic import clock, decisions
from mtlsedge_components.dynamic.cloud_clients import endpoints
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN, changed, has_unknown, plain


@pytest.mark.parametrize(
    ("name", "owner", "expected"),
    [
        ("mtlsedge-prod-ca", "mtlsedge-prod", True),
        ("mtlsedge_prod_ca", "mtlsedge-prod", True),
        ("MtlsEdge-Prod", "mtlsedge-prod", True),
        ("mtlsedge-production-ca", "mtlsedge-prod", False),
        ("shared-cas", "mtlsedge-prod", False),
        ("our-mtlsedge-prod-ca", "mtlsedge-prod", False),
        ("anything", "", False),
    ],
)
def test_a_name_is_ours_by_the_stacks_mark_at_its_start(name: str, owner: str, expected: bool) -> None:
    """Whole words only: one stack's mark may begin another's."""
    assert decisions.is_ours(name, owner) is expected


def repository(name: str, id_: str, type_: str = "uploadCA") -> dict:
    """A row of ListCertWarehouse."""
    return {"Name": name, "InstanceId": id_, "Type": type_, "WhId": 1}


def test_a_repository_is_found_by_exact_name_and_kind() -> None:
    """The service's search is fuzzy, and other kinds may have the same name."""
    listed = [repository("edge-2", "a"), repository("edge", "b", "ssl"), repository("edge", "c")]
    assert decisions.the_repository(listed, "edge") == repository("edge", "c")
    assert decisions.the_repository(listed, "edg") is None
    for spelling in ("uploadCA", decisions.REPOSITORY_TYPE, "pcaCaCert", "of-a-coming-version"):
        assert decisions.the_repository([repository("edge", "c", spelling)], "edge")
    for other in decisions.OTHER_REPOSITORY_TYPES:
        assert decisions.the_repository([repository("edge", "c", other)], "edge") is None


def test_two_repositories_of_one_name_are_an_error_that_names_them() -> None:
    """Choosing one would be a guess."""
    with pytest.raises(ProviderError, match=r"found 2 of that name \(a, b\)"):
        decisions.the_repository([repository("edge", "b"), repository("edge", "a")], "edge")


def test_a_created_repository_is_found_by_id_or_else_by_name() -> None:
    """Whether CreateWarehouse and ListCertWarehouse speak of the same id is not published."""
    listed = [repository("edge", "cas-wh-1"), repository("other", "x")]
    assert decisions.the_created_repository(listed, "cas-wh-1", "edge") == listed[0]
    assert decisions.the_created_repository(listed, "another style", "edge") == listed[0]
    assert decisions.the_created_repository([], "cas-wh-1", "edge") is None


@pytest.mark.parametrize("spelling", ["0A:0B", "0a0b", "a0b", "2571"])
def test_the_certificate_with_the_serial_is_looked_at_first(spelling: str) -> None:
    """Serials are written in several ways; the others follow, since a reply may lack them."""
    listed = [{"Identifier": "1"}, {"Identifier": "2", "SerialNo": "ff"}, {"Identifier": "3", "SerialNo": spelling}]
    assert decisions.likely_first(listed, "0a0b") == ["3", "1", "2"]


@pytest.mark.parametrize(
    ("pattern", "host", "covered"),
    [
        ("*.example.test", "www.example.test", True),
        ("*.example.test", "example.test", False),
        ("*.example.test", "a.b.example.test", False),
        ("WWW.example.test", "www.Example.test", True),
    ],
)
def test_a_wildcard_covers_one_label(pattern: str, host: str, covered: bool) -> None:
    """As RFC 6125 and browsers have it."""
    assert (decisions.uncovered([host], [pattern]) == []) is covered


def test_facts_of_a_server_certificate_prefer_sha256() -> None:
    """The service's `Fingerprint` is of another length; dates are in milliseconds."""
    detail = {"NotAfter": 1_795_000_000_000, "Sha2": "AB:CD", "Fingerprint": "ff", "Sans": "a.test, b.test"}
    assert decisions.server_certificate_facts(detail) == {
        "not_after": "2026-11-18T11:06:40Z",
        "fingerprint": "abcd",
        "subject_names": ["a.test", "b.test"],
    }


def test_the_end_of_a_server_certificate_may_be_a_day() -> None:
    """Without NotAfter the day is read as its beginning; without both the reply is refused."""
    assert decisions.server_certificate_facts({"EndDate": "2027-01-31"})["not_after"] == "2027-01-31T00:00:00Z"
    with pytest.raises(ProviderError, match="neither NotAfter nor EndDate"):
        decisions.server_certificate_facts({})


def record(**changes: str) -> dict:
    """A live record at www."""
    return {"RR": "www", "Type": "A", "Value": "192.0.2.1", "Line": "default", "Status": "ENABLE", **changes}


@pytest.mark.parametrize(
    ("found", "host", "conflict"),
    [
        (record(), "www", True),
        (record(Type="TXT"), "www", True),
        (record(RR="WWW"), "www", True),
        (record(RR="www2"), "www", False),
        (record(Status="DISABLE"), "www", False),
        (record(Line="telecom"), "www", False),
        (record(Type="CNAME", Value="elsewhere.test"), "www", True),
        (record(Type="CNAME", Value="alb.test."), "www", False),
        (record(RR="@", Type="MX"), "@", False),
        (record(RR="@", Type="AAAA"), "@", True),
    ],
)
def test_records_that_cannot_stand_beside_a_cname(found: dict, host: str, conflict: bool) -> None:
    """Same host, same line, live; at the apex NS, MX and TXT may stay, and so may the CNAME to be adopted."""
    assert bool(decisions.conflicting_records([found], host, "alb.test")) is conflict


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_floats_of_the_wire_are_read_as_the_integers_they_were(value: object) -> None:
    """The engine hands every integer over as a float; nothing else changes, and a second reading does nothing."""

    def on_the_wire(item: object) -> object:
        if isinstance(item, dict):
            return {key: on_the_wire(entry) for key, entry in item.items()}
        if isinstance(item, list):
            return [on_the_wire(entry) for entry in item]
        return float(item) if isinstance(item, int) and not isinstance(item, bool) else item

    assert plain(on_the_wire(value)) == plain(value) == plain(plain(value))


def test_unknown_values_are_seen_at_any_depth() -> None:
    """As an object or as a text; and an unknown value differs from a known one."""
    assert plain({"a": [Unknown()]}) == {"a": [UNKNOWN]}
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": ["b", 1, None]})
    assert changed({"a": 1, "b": 2}, {"a": UNKNOWN, "b": 2}, ["a", "b", "c"]) == ["a"]


@pytest.mark.parametrize(
    "value", ['[{"alb": "h:1"}, {"cas": "h:2"}]', [{"alb": "h:1", "cas": "h:2"}], {"alb": "h:1", "cas": "h:2"}]
)
def test_endpoints_arrive_in_several_shapes(value: object) -> None:
    """JSON text from the engine, a list or one map from elsewhere."""
    assert endpoints(value) == {"alb": "h:1", "cas": "h:2"}


@pytest.mark.parametrize("value", [None, "", "[]", []])
def test_no_endpoints_are_no_endpoints(value: object) -> None:
    """Then the public hosts are used."""
    assert endpoints(value) == {}


@pytest.mark.parametrize("text", ["2026-12-01T10:00:00Z", "2026-12-01T10:00:00", "2026-12-01T12:00:00+02:00"])
def test_the_clock_can_be_pinned(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """By an ISO 8601 time; without an offset it is UTC."""
    monkeypatch.setenv(clock.VARIABLE, text)
    assert clock.now() == datetime(2026, 12, 1, 10, tzinfo=UTC)


def test_the_clock_runs_unless_pinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """And a pin that is no time is refused by name."""
    monkeypatch.delenv(clock.VARIABLE, raising=False)
    assert abs((clock.now() - datetime.now(UTC)).total_seconds()) < 5
    monkeypatch.setenv(clock.VARIABLE, "tomorrow")
    with pytest.raises(ValueError, match="MTLSEDGE_NOW: found 'tomorrow'; allowed an ISO 8601 time"):
        clock.now()


def mapping(zone: str, vswitch: str, **address: str) -> dict:
    """A zone as GetLoadBalancerAttribute answers it, with or without addresses."""
    return {"ZoneId": zone, "VSwitchId": vswitch, "LoadBalancerAddresses": [address] if address else []}


def test_zones_are_compared_without_their_addresses() -> None:
    """Whatever the API answers of addresses, the zones are zone and vSwitch."""
    assert decisions.zones([mapping("a", "v1"), mapping("b", "v2", AllocationId="eip-1")]) == {"a": "v1", "b": "v2"}


def test_a_zone_that_keeps_its_vswitch_keeps_its_addresses() -> None:
    """Another vSwitch or a new zone has none yet; unknown answers are not sent back."""
    present = [
        mapping("a", "v1", AllocationId="eip-1", EipType="Common", Address="10.0.0.1"),
        mapping("b", "v2", EipType="Common"),
    ]
    assert decisions.zone_mappings(present, {"c": "v3", "b": "v9", "a": "v1"}) == [
        {"ZoneId": "a", "VSwitchId": "v1", "EipType": "Common"},
        {"ZoneId": "b", "VSwitchId": "v9"},
        {"ZoneId": "c", "VSwitchId": "v3"},
    ]


def listed(id_: str, weight: int = 100, **more: object) -> dict:
    """A server as ListServerGroupServers answers it."""
    return {"ServerId": id_, "ServerType": "Ecs", "Port": 80, "Weight": weight, "Status": "Available", **more}


def declared(id_: str, weight: int = 100, ip: str = "", port: int = 80, description: str = "") -> dict:
    """A server as the program declares it."""
    return {
        "server_id": id_,
        "server_type": "Ecs",
        "server_ip": ip,
        "port": port,
        "weight": weight,
        "description": description,
    }


@pytest.mark.parametrize("answer", [{}, {"ServerIp": "10.0.0.1"}, {"ServerIp": "", "Description": None}])
def test_an_address_that_nobody_declared_is_no_change(answer: dict) -> None:
    """Answered, answered empty or not at all: nothing to do, and the state says what was declared."""
    wanted = {"a": declared("i-a")}
    steps = decisions.server_steps([listed("i-a", **answer)], wanted)
    assert (steps.changed, steps.added, steps.removed) == ([], [], [])
    assert decisions.servers_as_declared([listed("i-a", **answer)], wanted) == wanted


def test_a_weight_changes_in_place_with_the_address_the_cloud_knows() -> None:
    """The server is named by id, port and the answered address; nothing is added or removed."""
    steps = decisions.server_steps([listed("i-a", ServerIp="10.0.0.1")], {"a": declared("i-a", 50)})
    changed = {"ServerId": "i-a", "ServerType": "Ecs", "ServerIp": "10.0.0.1", "Port": 80, "Weight": 50}
    assert (steps.changed, steps.added, steps.removed) == ([changed], [], [])


@pytest.mark.parametrize(("ip", "port"), [("10.0.0.2", 80), ("", 8080)])
def test_another_address_or_port_is_another_server(ip: str, port: int) -> None:
    """Added and removed; the order of the calls is the provider's."""
    steps = decisions.server_steps([listed("i-a", ServerIp="10.0.0.1")], {"a": declared("i-a", ip=ip, port=port)})
    assert [one["ServerId"] for one in steps.added] == [one["ServerId"] for one in steps.removed] == ["i-a"]
    assert steps.changed == []


def test_a_server_that_was_added_by_hand_is_seen_and_removed() -> None:
    """A refresh shows it by id and port; the next `up` takes it out and leaves the declared one alone."""
    found = [listed("i-a", Description="web/a"), listed("i-b", 7, ServerIp="10.0.0.9")]
    wanted = {"a": declared("i-a", description="web/a")}
    seen = decisions.servers_as_declared(found, wanted)
    assert seen["a"] == wanted["a"]
    assert (seen["i-b:80"]["server_ip"], seen["i-b:80"]["weight"]) == ("10.0.0.9", 7)
    steps = decisions.server_steps(found, wanted)
    assert (steps.changed, steps.added, [one["ServerId"] for one in steps.removed]) == ([], [], ["i-b"])


@pytest.mark.parametrize(("description", "is_changed"), [("", False), ("web/a", False), ("web/other", True)])
def test_a_description_counts_where_one_is_declared(description: str, is_changed: bool) -> None:
    """None declared: whatever is there stays, the API takes no empty one."""
    steps = decisions.server_steps(
        [listed("i-a", Description="web/a")], {"a": declared("i-a", description=description)}
    )
    assert bool(steps.changed) is is_changed


@pytest.mark.parametrize(
    ("zone", "rr", "said", "expected"),
    [
        ("shop.example.com", "alidnscheck.shop", "example.com", "example.com"),
        ("shop.example.com", "alidnscheck.shop", "com", "example.com"),
        ("shop.example.com", "alidnscheck.shop", "", "example.com"),
        ("example.com", "aliyunRetrieval", "com", "example.com"),
        ("example.com", "aliyunRetrieval", "example.com", "example.com"),
        ("shop.example.com", "alidnscheck.shop", "other.com", "example.com"),
        ("myshop.example.com", "alidnscheck.shop", "", "myshop.example.com"),
    ],
)
def test_a_proof_never_goes_into_a_top_level_domain(zone: str, rr: str, said: str, expected: str) -> None:
    """What the cloud says counts if it is a zone above this one; else the host's own labels tell the zone."""
    assert decisions.proof_zone(zone, rr, said) == expected
