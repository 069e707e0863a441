"""How a real Envoy treats the servers of a group: shares by weight, schedulers, slow start, servers that go, kept connections, stickiness."""

import base64
import http.client
import re
import time

import pytest

from tests.local import edge_support as edge
from tests.local.controlled_edge import ControlledEdge
from tests.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Three servers and a load balancer; each test makes its groups and listener."""
    with _World(tmp_path_factory.mktemp("servers")) as made:
        yield made


class _World(ControlledEdge):
    def __init__(self, folder):
        super().__init__(folder, "alb-s", 98, servers=3, first=99)
        self.plane.start()

    def serve(self, name, weights, **changes):
        """A listener before a group of the first servers, with these weights; its place."""
        self.members(name, weights, **changes)
        self.put_listener(f"lsn-{name}", name, ListenerProtocol="HTTP")
        self.settle(name, weights)
        return edge.place(self.store, f"lsn-{name}")

    def members(self, name, weights, **changes):
        chosen = [one.as_member(weight) for one, weight in zip(self.servers, weights, strict=False)]
        if self.store.get("alb.server_group", name):
            self.store.change("alb.server_group", name, Servers=chosen)
        else:
            edge.put_group(self.store, name, chosen, **changes)

    def settle(self, name, weights):
        self.apply()
        edge.await_servers(self.plane, name, sum(weight > 0 for weight in weights))


@pytest.mark.parametrize("weights", [(100, 50, 50), (90, 10), (1, 1, 2), (100, 100), (100, 0), (0, 0, 100)])
def test_servers_share_by_weight(world, weights):
    """Of 100 requests in a row each gets its share, give or take one turn; a weight of 0 gets none."""
    name = "w-" + "-".join(map(str, weights))
    found = edge.in_a_row(world.serve(name, weights), 100)
    wanted = {f"S{number}": 100 * weight / sum(weights) for number, weight in enumerate(weights)}
    assert all(abs(found[name] - share) <= 2 for name, share in wanted.items()), (found, wanted)
    assert {name for name, share in wanted.items() if share} == set(found)


def test_a_weight_that_changes_holds_for_the_next_requests(world):
    """100 and 100, then 100 and 25; none of it makes the other servers unhealthy for a moment."""
    place = world.serve("changing", (100, 100))
    assert edge.in_a_row(place, 40) == {"S0": 20, "S1": 20}
    world.members("changing", (100, 25))
    world.plane.reconcile()
    found = eventually(lambda: edge.in_a_row(place, 50), lambda seen: seen["S1"] <= 12)
    assert abs(found["S0"] - 40) <= 2 and set(found) == {"S0", "S1"}


def test_the_server_with_the_fewest_requests_is_next(world):
    """Wlc: while one server works on a request, every other request goes to the other. Wrr goes on in turn."""
    for scheduler, expected in (("Wlc", {1}), ("Wrr", {1, 0})):
        place = world.serve(f"by-{scheduler}", (100, 100), Scheduler=scheduler)
        held = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS)
        held.request("GET", f"/held-{scheduler}")
        busy = eventually(lambda s=scheduler: [one for one in world.servers if _has_seen(one, f"/held-{s}")])[0]
        found = edge.in_a_row(place, 20)
        assert {int(name != busy.name) for name in found} == expected
        for one in world.servers:
            one.release.set()
        assert held.getresponse().status == 200
        for one in world.servers:
            one.release.clear()


def _has_seen(server, path):
    return any(seen.path == path for seen in server.seen)


@pytest.mark.parametrize("scheduler", ["Uch", "Sch"])
def test_a_parameter_chooses_the_server(world, scheduler):
    """One value, one server, wherever else the requests differ; many values reach all servers, and another parameter decides nothing."""
    source = {"Type": "QueryString", "Value": "user"}
    place = world.serve(f"by-value-{scheduler}", (100, 100, 100), Scheduler=scheduler, UchConfig=source)
    homes = {value: edge.in_a_row(place, 4, f"/a?x={value}&user={value}&y=1") for value in range(40)}
    assert all(len(found) == 1 for found in homes.values())
    assert {name for found in homes.values() for name in found} == {"S0", "S1", "S2"}
    assert all(edge.in_a_row(place, 1, f"/b?user={value}") == {next(iter(homes[value])): 1} for value in range(10))
    assert len(edge.in_a_row(place, 60, "/?other=1")) > 1


def test_an_address_chooses_the_server(world):
    """Sch: one client, one server; clients of many addresses reach all; when a server goes, most clients of the others stay where they are."""
    place = world.serve("sch", (100, 100, 100), Scheduler="Sch")
    clients = [f"127.9.{number}.1" for number in range(120)]
    homes = {client: _from(client, place) for client in clients}
    assert all(_from(client, place) == homes[client] for client in clients[:20])
    assert set(homes.values()) == {"S0", "S1", "S2"}
    world.members("sch", (100, 100))
    world.settle("sch", (100, 100))
    others = [client for client in clients if homes[client] != "S2"]
    assert sum(_from(client, place) == homes[client] for client in others) > len(others) / 2


def _from(client, place):
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS, source_address=(client, 0))
    try:
        connection.request("GET", "/")
        return edge.Answer(connection.getresponse()).server
    finally:
        connection.close()


WINDOW_SECONDS = 2
"""Shorter than the API allows: Envoy takes every server for a new one until its group is this old."""


def test_a_server_that_comes_starts_slowly_where_the_group_says_so(world):
    """Its share grows with its age, and is a whole one in the end; without the setting it is so at once."""
    slow = {"SlowStartEnabled": True, "SlowStartDuration": WINDOW_SECONDS}
    groups = {"slow": world.serve("slow", (100, 100), SlowStartConfig=slow), "quick": world.serve("quick", (100, 100))}
    began = time.monotonic()
    eventually(lambda: time.monotonic() - began > WINDOW_SECONDS)
    came = time.monotonic()
    for name in groups:
        world.members(name, (100, 100, 100))
    for name in groups:
        world.settle(name, (100, 100, 100))
    early = edge.in_a_row(groups["slow"], 60)
    share = min((time.monotonic() - came) / WINDOW_SECONDS, 1)
    assert 0 < early["S2"] <= 60 * share / (2 + share) + 3
    assert edge.in_a_row(groups["quick"], 60) == {"S0": 20, "S1": 20, "S2": 20}
    eventually(lambda: edge.in_a_row(groups["slow"], 60), lambda found: found["S2"] >= 19)


def test_a_server_that_goes_ends_what_it_works_on(world):
    """No request comes to it any more; the one that it has is answered. How long that may take is not obeyed, which is told."""
    drain = {"ConnectionDrainEnabled": True, "ConnectionDrainTimeout": 300}
    place = world.serve("going", (0, 0, 100), ConnectionDrainConfig=drain)
    assert [text for text in world.plane.problems() if "going" in text and "300 seconds" in text]
    leaving = world.servers[2]
    held = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS)
    held.request("GET", "/held-going")
    leaving.await_waiting()
    world.members("going", (100, 100))
    world.settle("going", (100, 100))
    assert set(edge.in_a_row(place, 20)) == {"S0", "S1"}
    leaving.release.set()
    answer = held.getresponse()
    assert (answer.status, answer.headers["x-served-by"]) == (200, "S2")
    leaving.release.clear()


@pytest.mark.parametrize(("kept", "connections"), [(True, 1), (False, 5)])
def test_connections_to_a_server_are_kept_where_the_group_says_so(world, kept, connections):
    """Five requests in a row arrive on one connection, or each on its own."""
    place = world.serve(f"kept-{kept}", (0, 100), UpstreamKeepaliveEnabled=kept)
    edge.in_a_row(place, 5, f"/kept-{kept}")
    arrived = [seen.connection for seen in world.servers[1].seen if seen.path == f"/kept-{kept}"]
    assert (len(arrived), len(set(arrived))) == (5, connections)


STICKY = {"StickySessionEnabled": True, "StickySessionType": "Insert", "CookieTimeout": 1234}


def test_an_inserted_cookie_says_how_long_it_lasts_and_reaches_no_other_group(world):
    """The group's time; the server stays the same; a made-up cookie for a server elsewhere finds one of the group's."""
    place = world.serve("cookie", (100, 100), StickySessionConfig=STICKY)
    first = edge.plain(place)
    (cookie,) = first.set_cookie
    assert re.search(r"(?i)\bmax-age=1234\b", cookie)
    value = cookie.partition(";")[0]
    assert edge.in_a_row(place, 10, headers={"Cookie": value}) == {first.server: 10}
    elsewhere = base64.b64encode("{}:{}".format(*world.servers[2].place).encode()).decode()
    for forged in (f'SERVERID="{elsewhere}"', "SERVERID=nonsense", "OTHER=x"):
        assert set(edge.in_a_row(place, 6, headers={"Cookie": forged})) == {"S0", "S1"}


def test_a_cookie_for_a_server_that_went_finds_another(world):
    """And a new cookie is set."""
    place = world.serve("orphaned", (100,), StickySessionConfig=STICKY)
    value = edge.plain(place).set_cookie[0].partition(";")[0]
    world.members("orphaned", (0, 100))
    world.settle("orphaned", (0, 100))
    again = edge.plain(place, headers={"Cookie": value})
    assert again.server == "S1" and again.set_cookie


OWN = {"StickySessionEnabled": True, "StickySessionType": "Server", "Cookie": "sid"}


def test_a_cookie_of_the_servers_own_leads_back_to_the_server_that_set_it(world):
    """The server sees its value as it set it, the client one with more in it; other cookies are left alone, and none is set by itself."""
    place = world.serve("own", (100, 100), StickySessionConfig=OWN)
    assert edge.plain(place).set_cookie == []
    for number in range(4):
        value = f"a=b.{number}/"
        first = edge.plain(place, f"/made?header=set-cookie:sid={value}%3B+Path=/&header=set-cookie:other=x")
        own, other = sorted(first.set_cookie, reverse=True)
        assert (
            own.startswith("sid=") and own.endswith(f"{value}; Path=/") and len(own) > len(f"sid={value}; Path=/") + 8
        )
        assert other == "other=x"
        carried = own.partition(";")[0]
        headers = {"Cookie": f"x=1; {carried}; y=2"}
        assert edge.in_a_row(place, 6, f"/own-{number}", headers=headers) == {first.server: 6}
        server = next(one for one in world.servers if one.name == first.server)
        seen = [one.headers for one in server.seen if one.path == f"/own-{number}"]
        assert {one["cookie"] for one in seen} == {f"x=1; sid={value}; y=2"}
        assert not any("mtlsedge" in name for one in seen for name in one)
        assert "x-mtlsedge-server" not in edge.plain(place, headers=headers).headers


def test_an_own_cookie_that_was_made_up_reaches_no_other_group(world):
    """Nor does Envoy's header; a value without an address, as of before, arrives as it is."""
    place = world.serve("own-forged", (100, 100), StickySessionConfig=OWN)
    elsewhere = base64.b64encode("{}:{}".format(*world.servers[2].place).encode()).decode()
    for headers in ({"Cookie": f"sid={elsewhere}~v"}, {"X-Mtlsedge-Server": elsewhere}, {"Cookie": "sid=plain"}):
        assert set(edge.in_a_row(place, 6, headers=headers)) == {"S0", "S1"}
    edge.plain(place, "/as-it-was", headers={"Cookie": "sid=plain"})
    seen = [one for server in world.servers for one in server.seen if one.path == "/as-it-was"]
    assert [one.headers["cookie"] for one in seen] == ["sid=plain"]
