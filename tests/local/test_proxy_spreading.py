"""How a real Envoy spreads requests over servers: weights, stickiness, hashing, TLS to the servers."""

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two servers and a load balancer; each test adds its group and listener."""
    made = _World(tmp_path_factory.mktemp("spreading"))
    made.fleet.start()
    made.plane.start()
    yield made
    made.plane.stop()
    made.fleet.stop()


class _World:
    def __init__(self, folder):
        self.store, self.port = edge.MemoryStore(), free_port()
        self.fleet = Fleet(self.store, folder)
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        self.instances = [edge.put_instance(self.store, number, 90 + number) for number in (1, 2)]
        edge.put_load_balancer(self.store, "alb-w", 91)

    def group(self, name, instances, weights=(100, 100), **changes):
        servers = [edge.server(item, self.port, weight) for item, weight in zip(instances, weights, strict=True)]
        return edge.put_group(self.store, name, servers, **changes)

    def listener(self, name, group):
        edge.put_listener(self.store, name, "alb-w", free_port("127.0.10.91"), group, ListenerProtocol="HTTP")

    def get(self, listener, path="/", **options):
        return edge.plain(edge.place(self.store, listener), path, **options)

    def apply(self):
        self.fleet.reconcile()
        self.plane.reconcile()
        assert self.plane.await_applied()
        edge.await_checked(self.plane, self.store)


def test_weight_zero_takes_no_traffic(world):
    """The server is still checked, and reported as unused."""
    world.group("drained", world.instances[:2], weights=(0, 100))
    world.listener("draining", "drained")
    world.apply()
    assert {world.get("draining").server for _ in range(6)} == {"ECS02"}
    assert world.plane.health("drained") == {
        ("192.168.1.1", world.port): "Unused",
        ("192.168.1.2", world.port): "Normal",
    }


def test_group_without_servers_answers_503(world):
    """Nobody is there to answer."""
    edge.put_group(world.store, "empty", [])
    world.listener("nobody", "empty")
    world.apply()
    assert world.get("nobody").status == 503


def test_inserted_cookie_keeps_the_server(world):
    """With the cookie the same server answers; without it they alternate."""
    sticky = {"StickySessionEnabled": True, "StickySessionType": "Insert", "CookieTimeout": 100}
    world.group("sticky", world.instances[:2], StickySessionConfig=sticky)
    world.listener("sticking", "sticky")
    world.apply()
    first = world.get("sticking")
    cookie = first.set_cookie[0].partition(";")[0]
    assert {world.get("sticking", headers={"Cookie": cookie}).server for _ in range(5)} == {first.server}
    assert len({world.get("sticking").server for _ in range(4)}) == 2


def test_https_group_is_reached_over_tls(world):
    """Traffic and checks of an HTTPS group use TLS to the servers."""
    port = free_port()
    check = {"HealthCheckProtocol": "HTTPS", "HealthCheckInterval": 1}
    servers = [edge.server(world.instances[0], port)]
    edge.put_group(world.store, "tls-group", servers, Protocol="HTTPS", HealthCheckConfig=check)
    world.listener("to-tls", "tls-group")
    world.apply()
    assert eventually(lambda: world.get("to-tls").status, lambda status: status == 200) == 200
