"""What a quiet or small `up` does to people who are being served: nothing. The cloud answers every address it assigns."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from mtlsedge.verify.connecting import SERVED_BY, Attempt, Endpoint, Request, handshake
from mtlsedge.verify.identity import Identity
from tests.engine.cloud_calls import ALB, call
from tests.engine.rotating import HOST, Rotation
from tests.engine.sandbox import Sandbox
from tests.verifiers import Shown
from tests.waiting import eventually

pytestmark = pytest.mark.engine
GROUPS, LISTENER, NETWORK = "mtlsedge:serverGroups", "mtlsedge:listener", "mtlsedge:network"
BALANCER, OK = "mtlsedge:loadBalancer", 200
ACTIONS = "load-balancer-https-rule-api-actions"


def alice(stack: Sandbox) -> Shown:
    """A client that is let in."""
    bundle = stack.outputs()["clients"]["alice"]
    return Shown(bundle["certificate"], bundle["chain"], bundle["privateKey"])


def writes(stack: Sandbox, since: int) -> list[str]:
    """Actions that changed something since then."""
    return [entry["action"] for entry in stack.requests()[since:] if entry["writes"]]


def zones(stack: Sandbox) -> dict[str, dict[str, Any]]:
    """The load balancer's zones as the cloud has them."""
    id_ = stack.outputs()["loadBalancer"]["id"]
    found = call(stack, ALB, "GetLoadBalancerAttribute", LoadBalancerId=id_)["ZoneMappings"]
    return {zone["ZoneId"]: zone["LoadBalancerAddresses"][0] for zone in found}


def weighted(stack: Sandbox, **weights: int) -> dict[str, Any]:
    """The stack file's groups with weights."""
    groups = stack.read_config()["config"][GROUPS]
    groups["web"]["servers"] |= {name: {"id": name, "weight": weight} for name, weight in weights.items()}
    return {GROUPS: groups}


def test_a_quiet_up_writes_nothing_and_interrupts_nobody(stack: Sandbox) -> None:
    """Addresses that the cloud assigned and nobody declared are no change: not in `up`, not in a refreshing preview."""
    assert all(address["AllocationId"] for address in zones(stack).values())
    since = len(stack.requests())
    with Rotation(stack).hammered(alice(stack)):
        stack.up()
        stack.up("--refresh")
        stack.preview("--refresh", "--expect-no-changes")
    assert writes(stack, since) == []


def test_a_weight_changes_in_place(stack: Sandbox) -> None:
    """Both servers at once: one call, no server is removed, every request is answered."""
    since = len(stack.requests())
    with stack.changed(weighted(stack, ECS01=50, ECS02=20)), Rotation(stack).hammered(alice(stack)):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
    assert writes(stack, since) == ["UpdateServerGroupServersAttribute"]
    stack.up()


def ruled(stack: Sandbox, group: str) -> dict[str, Any]:
    """The stack file's listener with one rule, and a second group to forward to."""
    config = stack.read_config()["config"]
    rule = {"serverGroup": group, "priority": 10, "paths": ["/api/*"]}
    return {
        LISTENER: config.get(LISTENER, {}) | {"rules": {"api": rule}},
        GROUPS: config[GROUPS] | {"api": config[GROUPS]["web"]},
    }


def test_a_rule_is_quiet_and_leads_elsewhere_in_one_call(stack: Sandbox) -> None:
    """Whether or not ALB answers a session stickiness that nobody declared: no change. Another group is one update."""
    with stack.changed(ruled(stack, "web")):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        stack.python("-m", "local", "behave", "rule-stickiness=present")
        shown = stack.preview("--refresh", "--expect-no-changes", check=False)
        stack.python("-m", "local", "behave", "rule-stickiness=absent")
        assert shown.returncode == 0, shown.stdout
    with stack.changed(ruled(stack, "api")), Rotation(stack).hammered(alice(stack)):
        assert stack.steps() == {ACTIONS: "update"}
        since = len(stack.requests())
        stack.up()
        assert writes(stack, since) == ["UpdateRuleAttribute"]
        stack.preview("--refresh", "--expect-no-changes")
    stack.up()


def servers(stack: Sandbox, queries: list[str]) -> set[str]:
    """The servers that answered requests with these query strings."""
    endpoint, shown = Rotation(stack).endpoint(), alice(stack)
    return {name for query in queries for name in served(endpoint, shown, Request(HOST, f"/?{query}"))}


def asked(stack: Sandbox, path: str, headers: dict[str, str] | None = None) -> Attempt:
    """A good client's request."""
    shown = alice(stack)
    return handshake(
        Rotation(stack).endpoint(),
        Request(HOST, path, headers or {}),
        Identity(shown.certificate + shown.chain, shown.key),
    )


def answered(stack: Sandbox, path: str, headers: dict[str, str]) -> set[str]:
    """The servers that answered a request made twice."""
    endpoint, shown = Rotation(stack).endpoint(), alice(stack)
    return {name for _ in range(2) for name in served(endpoint, shown, Request(HOST, path, headers))}


def echoed(stack: Sandbox, path: str, headers: dict[str, str]) -> dict[str, Any]:
    """What a server was asked, as it tells it; empty where it tells nothing."""
    shown = alice(stack)
    identity = Identity(shown.certificate + shown.chain, shown.key)
    attempt = handshake(Rotation(stack).endpoint(), Request(HOST, path, headers), identity)
    return json.loads(attempt.body) if attempt.status == OK and attempt.body.startswith(b"{") else {}


def served(endpoint: Endpoint, shown: Shown, request: Request) -> Iterator[str]:
    """Who answered one request; nobody where it was not answered well."""
    attempt = handshake(endpoint, request, Identity(shown.certificate + shown.chain, shown.key))
    if attempt.status == OK:
        yield attempt.headers[SERVED_BY]


def test_a_group_hashes_a_query_parameter_and_drains(stack: Sandbox) -> None:
    """One update, quiet when refreshed, no interruption; then one value of the parameter has one server, others have both."""
    groups = stack.read_config()["config"][GROUPS]
    spread = {"scheduler": "Uch", "hashKey": "user", "connectionDrain": {"enabled": True, "timeout": 20}}
    groups["web"] |= {**spread, "slowStart": {"enabled": False}, "upstreamKeepaliveEnabled": True}
    with stack.changed({GROUPS: groups}), Rotation(stack).hammered(alice(stack)):
        assert stack.steps() == {"server-groups-web": "update"}
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        assert len(eventually(lambda: servers(stack, ["user=alice"] * 20), lambda found: len(found) == 1)) == 1
        assert len(servers(stack, [f"user={number}" for number in range(20)])) == 2
    quiet = groups | {"web": groups["web"] | {"scheduler": "Wrr", "upstreamKeepaliveEnabled": False}}
    quiet["web"]["connectionDrain"] = {"enabled": False}
    del quiet["web"]["hashKey"]
    with stack.changed({GROUPS: quiet}):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
    stack.up()


def test_console_protection_and_a_resource_group_come_and_go(stack: Sandbox) -> None:
    """Each is one update of its resource, quiet when refreshed, and off again when the file says so."""
    config = stack.read_config()["config"]
    group = {GROUPS: {"web": config[GROUPS]["web"] | {"resourceGroupId": "rg-edge"}}}
    protection = {"enabled": True, "reason": "managed-by-pulumi"}
    with stack.changed({BALANCER: config[BALANCER] | {"modificationProtection": protection}, **group}):
        assert stack.steps() == {"load-balancer-instance": "update", "server-groups-web": "update"}
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
    with stack.changed({BALANCER: config[BALANCER] | {"modificationProtection": {"enabled": False}}, **group}):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
    stack.up()


MEETS = {"x-tenant": "acme-1", "cookie": "a=b; channel=beta"}
"""Headers of a request that meets the conditions below, with `?version=2`."""
NEAR_MISSES = [
    ("/?version=3", MEETS), ("/", MEETS), ("/?version=2", MEETS | {"x-tenant": "other"}),
    ("/?version=2", MEETS | {"cookie": "channel=alpha"}), ("/?version=2", {"cookie": MEETS["cookie"]}),
]  # fmt: skip


def test_a_rule_asks_for_header_cookie_parameter_method_and_address(stack: Sandbox) -> None:
    """Quiet when refreshed; a request that meets all conditions goes to its group, one that misses any to the default."""
    config = stack.read_config()["config"]
    asks = {
        "methods": ["GET"],
        "headers": {"x-tenant": ["acme*"]},
        "cookies": {"channel": ["beta"]},
        "query": {"version": ["2"]},
    }
    rule = {"serverGroup": "one", "priority": 10, "sourceIps": ["127.0.0.0/8"], **asks}
    one = config[GROUPS]["web"] | {"servers": {"ECS01": "ECS01"}}
    two = config[GROUPS]["web"] | {"servers": {"ECS02": "ECS02"}}
    changes = {LISTENER: config.get(LISTENER, {}) | {"rules": {"beta": rule}}, GROUPS: {"web": two, "one": one}}
    with stack.changed(changes):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        eventually(lambda: answered(stack, "/?version=2", MEETS), lambda found: found == {"ECS01"})
        assert answered(stack, "/?version=2", MEETS) == {"ECS01"}
        for path, headers in NEAR_MISSES:
            assert answered(stack, path, headers) == {"ECS02"}, (path, headers)
    stack.up()


def test_a_rule_shares_requests_by_weight(stack: Sandbox) -> None:
    """A group of weight 0 gets none; another weight is one update, quiet when refreshed, and then both answer."""
    web = stack.read_config()["config"][GROUPS]["web"]
    groups = {"web": web, "one": web | {"servers": {"ECS01": "ECS01"}}, "two": web | {"servers": {"ECS02": "ECS02"}}}
    shared = {"serverGroups": {"one": 0, "two": 100}, "priority": 10, "paths": ["/new"]}
    listener = stack.read_config()["config"].get(LISTENER, {})
    changes = {LISTENER: listener | {"rules": {"new": shared}}, GROUPS: groups}
    with stack.changed(changes):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        eventually(lambda: answered(stack, "/new", {}), lambda found: found == {"ECS02"})
        assert {name for _ in range(8) for name in answered(stack, "/new", {})} == {"ECS02"}
    shared["serverGroups"]["one"] = 50
    with stack.changed(changes):
        assert stack.steps() == {"load-balancer-https-rule-new-actions": "update"}
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        found: set[str] = set()
        eventually(lambda: found.update(answered(stack, "/new", {})) or found, lambda both: len(both) == 2)
    stack.up()


def test_a_rule_changes_requests_before_they_reach_servers(stack: Sandbox) -> None:
    """Quiet when refreshed; servers see the new path and headers, and of other paths what the client sent."""
    rule = {
        "serverGroup": "web", "priority": 10, "paths": ["/shop*"], "rewrite": {"path": "/echo"},
        "insertHeaders": {"x-edge": {"value": "50% dev"}, "x-was": {"value": "x-sent", "valueType": "ReferenceHeader"}},
        "removeHeaders": ["x-debug"],
    }  # fmt: skip
    sent = {"x-edge": "forged", "x-sent": "a", "x-debug": "1"}
    listener = stack.read_config()["config"].get(LISTENER, {})
    with stack.changed({LISTENER: listener | {"rules": {"shop": rule}}}):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        eventually(lambda: echoed(stack, "/shop?a=b", sent), bool)
        told = echoed(stack, "/shop?a=b", sent)
        assert told["path"] == "/echo?a=b", told
        assert (told["headers"]["x-edge"], told["headers"]["x-was"]) == ("50% dev", "a")
        assert "x-debug" not in told["headers"]
        near = echoed(stack, "/echo?a=b", sent)
        assert {name: near["headers"][name] for name in sent} == sent
        assert "x-was" not in near["headers"]
        del rule["removeHeaders"]
        with stack.changed({LISTENER: listener | {"rules": {"shop": rule}}}):
            assert stack.steps() == {"load-balancer-https-rule-shop-actions": "update"}
            stack.up()
            eventually(lambda: echoed(stack, "/shop", sent), lambda found: "x-debug" in found.get("headers", {}))
            stack.preview("--refresh", "--expect-no-changes")
    stack.up()


def test_a_rule_limits_requests_and_lets_other_sites_ask(stack: Sandbox) -> None:
    """Quiet when refreshed; the second request of a second is refused, and a site that is not named gets no permission."""
    rule = {
        "serverGroup": "web", "priority": 10, "paths": ["/pages"], "trafficLimit": {"perIpQps": 1},
        "cors": {"allowOrigins": ["https://a.example.test"], "allowMethods": ["GET"], "allowCredentials": True},
    }  # fmt: skip
    listener = stack.read_config()["config"].get(LISTENER, {})
    named, other = {"origin": "https://a.example.test"}, {"origin": "https://b.example.test"}
    with stack.changed({LISTENER: listener | {"rules": {"pages": rule}}}):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        assert eventually(lambda: asked(stack, "/pages").status, lambda status: status == 503) == 503
        assert asked(stack, "/").status == OK
        told = eventually(lambda: asked(stack, "/pages", named), lambda attempt: attempt.status == OK)
        assert told.headers["access-control-allow-origin"] == named["origin"]
        assert told.headers["access-control-allow-credentials"] == "true"
        near = eventually(lambda: asked(stack, "/pages", other), lambda attempt: attempt.status == OK)
        assert "access-control-allow-origin" not in near.headers
    rule["trafficLimit"] = {"qps": 50000, "perIpQps": 40000}
    with stack.changed({LISTENER: listener | {"rules": {"pages": rule}}}):
        assert stack.steps() == {"load-balancer-https-rule-pages-actions": "update"}
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
    stack.up()


def test_a_rule_redirects_or_answers_without_a_server(stack: Sandbox) -> None:
    """Quiet when refreshed; another answer is one call; a client without a certificate gets neither."""
    config = stack.read_config()["config"]
    moved = {"priority": 10, "paths": ["/old"], "redirect": {"path": "/new", "code": 308}}
    closed = {"priority": 20, "paths": ["/admin/*"], "fixedResponse": {"code": 403, "content": "closed"}}
    rules = {LISTENER: config.get(LISTENER, {}) | {"rules": {"moved": moved, "closed": closed}}}
    with stack.changed(rules):
        stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        assert eventually(lambda: asked(stack, "/old").status, lambda status: status == 308) == 308
        assert asked(stack, "/old").headers["location"].endswith("/new")
        assert (asked(stack, "/admin/x").status, asked(stack, "/admin/x").body) == (403, b"closed")
        assert SERVED_BY not in asked(stack, "/admin/x").headers and asked(stack, "/").headers[SERVED_BY]
        assert handshake(Rotation(stack).endpoint(), Request(HOST, "/old"), None).refused
    closed["fixedResponse"]["code"] = 451
    with stack.changed(rules):
        assert stack.steps() == {"load-balancer-https-rule-closed-actions": "update"}
        stack.up()
        assert eventually(lambda: asked(stack, "/admin/x").status, lambda status: status == 451) == 451
    stack.up()


def test_another_zone_shows_and_the_others_keep_their_addresses(stack: Sandbox) -> None:
    """One update, of the zones; then quiet, refreshed or not, and back again."""
    before = zones(stack)
    network = stack.read_config()["config"][NETWORK]
    network["create"]["zones"]["ap-southeast-1c"] = "192.168.30.0/24"
    with stack.changed({NETWORK: network}):
        assert stack.steps() == {"network-ap-southeast-1c": "create", "load-balancer-zones": "update"}
        with Rotation(stack).hammered(alice(stack)):
            stack.up()
        stack.preview("--refresh", "--expect-no-changes")
        after = zones(stack)
    assert {zone: after[zone] for zone in before} == before  # the addresses are still theirs
    assert set(after) == {*before, "ap-southeast-1c"}
    stack.up()
    assert zones(stack) == before


def test_a_stack_from_before_gets_the_two_records_and_the_cloud_no_write(stack: Sandbox) -> None:
    """The one line of the changelog: `up` creates what manages zones and servers, finds both as declared, and is quiet."""
    urns = [one["urn"] for one in json.loads(stack.pulumi("stack", "export").stdout)["deployment"]["resources"]]
    ours = [urn for urn in urns if urn.endswith(("::load-balancer-zones", "::server-groups-web-servers"))]
    assert len(ours) == 2
    for urn in ours:
        stack.pulumi("state", "delete", urn, "--yes")
    since = len(stack.requests())
    assert stack.steps() == {"load-balancer-zones": "create", "server-groups-web-servers": "create"}
    stack.up()
    assert writes(stack, since) == []
    stack.preview("--refresh", "--expect-no-changes")
