"""Rendering without Envoy: purity, SNI order, placement, files."""

import json

import pytest

from local.proxy import certificates, conditions, health_checks, inventory, servers, tls_policies
from local.proxy.addresses import Placement, stand_in
from local.proxy.rendering import render
from local.proxy.scope import Unserved
from tests.local import edge_support as edge


def _certificate(folder, store, number, **options):
    issued = edge.issue(f"c{number}", None, usage="server", **options)
    identifier = edge.put_server_certificate(store, folder, number, issued)
    return certificates.load(inventory.read(store), identifier, folder, additional=number > 1)


def test_certificate_preference_for_one_name(tmp_path):
    """ECC before RSA; among RSA the additional before the default; then the longest validity."""
    store, names = edge.MemoryStore(), ["www.example.test"]
    default = _certificate(tmp_path, store, 1, names=names, key="rsa", days=900)
    short = _certificate(tmp_path, store, 2, names=names, key="rsa", days=30)
    long = _certificate(tmp_path, store, 3, names=names, key="rsa", days=60)
    elliptic = _certificate(tmp_path, store, 4, names=names, days=10)
    chains = certificates.chains(default, [short, long, elliptic])
    assert [chain.certificates for chain in chains] == [(elliptic, long), (default,)]
    assert (chains[0].names, chains[1].names) == (("www.example.test",), ())


def test_wildcard_and_exact_names_get_chains_of_their_own(tmp_path):
    """No name stands in two chains: Envoy would refuse the listener."""
    store = edge.MemoryStore()
    default = _certificate(tmp_path, store, 1, names=["www.example.test"])
    wild = _certificate(tmp_path, store, 2, names=["*.example.test", "10.0.0.1"])
    named = [name for chain in certificates.chains(default, [wild]) for name in chain.names]
    assert sorted(named) == ["*.example.test", "www.example.test"]


def test_rendering_is_pure(tmp_path):
    """The same store gives the same configuration; unused groups are left out."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb", 1)
    edge.put_group(store, "used", [edge.server(edge.put_instance(store, 1, 1), 80)])
    edge.put_group(store, "unused", [])
    edge.put_listener(store, "lsn", "alb", 80, "used", ListenerProtocol="HTTP")
    first, second = (render(inventory.read(store), Placement(), tmp_path, tmp_path / "log") for _ in range(2))
    assert json.dumps(first.clusters) == json.dumps(second.clusters)
    assert [cluster["name"] for cluster in first.clusters] == ["used"]
    assert first.listeners[0]["address"]["socket_address"] == {"address": "127.0.10.1", "port_value": 8080}


@pytest.mark.parametrize("missing", ["ListenerProtocol", "DefaultActions", "ListenerPort"])
def test_incomplete_document_is_a_problem_not_a_crash(tmp_path, missing):
    """A listener that lacks a key leaves the others served."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb", 1)
    edge.put_listener(store, "good", "alb", 80, "none", ListenerProtocol="HTTP")
    edge.put_listener(store, "bad", "alb", 81, "none", ListenerProtocol="HTTP")
    store.get("alb.listener", "bad").pop(missing)
    rendering = render(inventory.read(store), Placement(), tmp_path, tmp_path / "log")
    assert rendering.listeners[0]["name"] == "good"
    assert any("bad" in problem for problem in rendering.problems)


def test_a_listener_without_a_port_of_its_own_is_told(tmp_path):
    """8443 is served where 18443 is: the second of them is named with the first, which is served; 28443 has its own."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb", 1)
    for port in (8443, 18443, 28443):
        edge.put_listener(store, f"lsn-{port}", "alb", port, "none", ListenerProtocol="HTTP")
    rendering = render(inventory.read(store), Placement(), tmp_path, tmp_path / "log")
    assert {one["name"] for one in rendering.listeners} == {"lsn-8443", "lsn-28443"}
    assert rendering.problems == ("listener lsn-18443 is not served: listener lsn-8443 has its port of this machine",)


@pytest.mark.parametrize(
    ("status", "after", "served"),
    [
        ("Running", None, True),
        ("Stopped", None, False),
        ("Configuring", "Running", True),
        ("Configuring", "Stopped", False),
        ("Provisioning", None, True),
    ],
)
def test_stopped_listener_stays_shut_while_it_is_changed(status, after, served):
    """Configuring opens nothing that was stopped."""
    store = edge.MemoryStore()
    edge.put_load_balancer(store, "alb", 1)
    changes = {"ListenerStatus": status} | ({"StatusAfter": after} if after else {})
    edge.put_listener(store, "lsn", "alb", 80, "none", **changes)
    assert inventory.is_served(inventory.read(store), store.get("alb.listener", "lsn")) is served


@pytest.mark.parametrize(
    ("codes", "ranges"),
    [(["http_2xx", "http_3xx"], [(200, 300), (300, 400)]), (["204", "301-303"], [(204, 205), (301, 304)])],
)
def test_health_codes(codes, ranges):
    """Classes, single codes and ranges."""
    (check,) = health_checks.health_checks({"HealthCheckConfig": {"HealthCheckCodes": codes}})
    assert [(item["start"], item["end"]) for item in check["http_health_check"]["expected_statuses"]] == ranges


def test_server_defaults():
    """No weight means 100; an instance without a name is called by its id."""
    store = edge.MemoryStore()
    edge.put_instance(store, 1, 1)
    store.get("ecs.instance", "i-1").pop("InstanceName")
    (member,) = servers.members(inventory.read(store), Placement(), {"Servers": [{"ServerId": "i-1", "Port": 80}]})
    assert (member.name, member.weight) == ("i-1", 100)


@pytest.mark.parametrize("name", tls_policies.SYSTEM_POLICIES)
def test_system_policies_only_name_suites_that_boringssl_has(name):
    """Envoy refuses a listener with an unknown suite."""
    assert set(tls_policies.SYSTEM_POLICIES[name].ciphers) <= tls_policies.SUPPORTED


def test_unknown_policy_is_unserved():
    """A name nobody knows is not replaced by a weaker one."""
    with pytest.raises(Unserved, match="tls_cipher_policy_9"):
        tls_policies.find(inventory.Inventory(), "tls_cipher_policy_9")


def test_custom_policy_without_usable_suite_is_unserved():
    """An empty list would mean Envoy's own defaults."""
    policy = {"SecurityPolicyId": "tls-1", "TLSVersions": ["TLSv1.2"], "Ciphers": ["AES128-SHA256"]}
    with pytest.raises(Unserved, match="tls-1"):
        tls_policies.find(inventory.Inventory(security_policies={"tls-1": policy}), "tls-1")


@pytest.mark.parametrize("loopback_range", [True, False])
def test_443_and_8443_of_a_load_balancer_have_sockets_of_their_own(loopback_range):
    """443 is served at 8443, so 8443 is served elsewhere; ports beyond those keep their number."""
    placement = Placement(loopback_range)
    declared = range(1, 18000)
    assert len({placement.listener("127.0.10.1", port) for port in declared}) == len(declared)
    assert [placement.listener("127.0.10.1", port)[1] for port in (443, 8443, 80, 8080, 9443, 7999, 9024, 18443)] == [
        8443, 18443, 8080, 18080, 9443, 7999, 9024, 18443,
    ]  # fmt: skip


def test_single_address_placement_keeps_sockets_apart():
    """Where only 127.0.0.1 exists, load balancers and servers get ports of their own."""
    only = Placement(loopback_range=False)
    assert [only.listener(f"127.0.10.{number}", 443) for number in (1, 2)] == [("127.0.0.1", 8443), ("127.0.0.1", 9443)]
    sockets = {only.server(f"127.0.20.{number}", 80) for number in range(1, 20)}
    assert len(sockets) == 19
    with pytest.raises(ValueError, match="no place"):
        only.listener("127.0.10.99", 443)


def test_remote_addresses_get_stable_stand_ins():
    """The same address is always played at the same place; others elsewhere."""
    assert stand_in("10.0.0.1") == stand_in("10.0.0.1") != stand_in("10.0.0.2")
    assert Placement().server("10.0.0.1", 80) == (stand_in("10.0.0.1"), 8080)


@pytest.mark.parametrize(
    ("value", "expression"),
    [("/a?c/*", "/a.c/.*"), ("a.b", r"a\.b"), ("~^/x", ".*?(?:^/x).*"), ("~*y", "(?i:.*?(?:y).*)")],
)
def test_wildcards_become_expressions(value, expression):
    """`*` and `?` are wildcards, everything else is itself, `~` introduces an expression."""
    assert conditions.pattern(value) == expression
