"""Health checks by a real Envoy: what the API reports, and where traffic goes."""

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow  # waits for health checks


@pytest.fixture
def world(tmp_path):
    """Two servers behind a plain listener, checked every second."""
    made = _World(tmp_path)
    made.fleet.start()
    made.plane.start()
    assert made.plane.await_applied()
    yield made
    made.plane.stop()
    made.fleet.stop()


class _World:
    def __init__(self, folder):
        self.folder, self.store, self.port = folder, edge.MemoryStore(), free_port()
        self.fleet = Fleet(self.store, folder)
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        self.instances = [edge.put_instance(self.store, number, 50 + number) for number in (1, 2)]
        edge.put_group(self.store, "web", [edge.server(item, self.port) for item in self.instances])
        edge.put_load_balancer(self.store, "alb-h", 51)
        edge.put_listener(self.store, "lsn-h", "alb-h", free_port("127.0.10.51"), "web", ListenerProtocol="HTTP")

    def get(self):
        return edge.plain(edge.place(self.store, "lsn-h"))

    def health(self):
        return {ip: word for (ip, _), word in self.plane.health("web").items()}

    def apply(self):
        self.fleet.reconcile()
        self.plane.reconcile()

    def await_health(self, wanted):
        eventually(self.health, lambda found: found == wanted)


BOTH = {"192.168.1.1": "Normal", "192.168.1.2": "Normal"}
FIRST = {"192.168.1.1": "Normal", "192.168.1.2": "Abnormal"}


@pytest.mark.parametrize("line", ["ECS02\n", "ECS02 500\n"])
def test_broken_server_is_abnormal_and_gets_no_traffic_until_it_recovers(world, line):
    """A server that is down, and one that answers errors, are both found out; recovery is found out too."""
    world.await_health(BOTH)
    (world.folder / "broken-backends").write_text(line)
    world.apply()
    world.await_health(FIRST)
    assert {world.get().server for _ in range(6)} == {"ECS01"}
    assert _not_normal(world) == [("i-2", "Unhealthy")]
    (world.folder / "broken-backends").unlink()
    world.apply()
    world.await_health(BOTH)
    assert {world.get().server for _ in range(4)} == {"ECS01", "ECS02"}
    assert _not_normal(world) == []


def _not_normal(world):
    (report,) = world.plane.listener_health("lsn-h")
    assert (report["ServerGroupId"], report["ServerCount"]) == ("web", 2)
    return [(server["ServerId"], server["Status"]) for server in report["NonNormalServers"]]


def test_all_servers_down_gives_503(world):
    """There is no panic mode that would try servers known to be down."""
    world.await_health(BOTH)
    (world.folder / "broken-backends").write_text("ECS01 500\nECS02 500\n")
    world.apply()
    world.await_health(dict.fromkeys(BOTH, "Abnormal"))
    assert (world.get().status, world.get().server) == (503, "")


def test_stopped_instance_is_abnormal(world):
    """An instance that the store calls Stopped does not listen."""
    world.store.change("ecs.instance", "i-2", Status="Stopped")
    world.apply()
    world.await_health(FIRST)


def test_added_server_is_used_at_once(world):
    """The first check comes at once: no waiting for an interval."""
    identifier = edge.put_instance(world.store, 3, 53)
    group = world.store.get("alb.server_group", "web")
    world.store.change("alb.server_group", "web", Servers=[*group["Servers"], edge.server(identifier, world.port)])
    world.apply()
    world.await_health(BOTH | {"192.168.1.3": "Normal"})
    assert {world.get().server for _ in range(6)} == {"ECS01", "ECS02", "ECS03"}


def test_ip_servers(world):
    """A remote address is played by a backend named by it; an own loopback server is used as it is."""
    own = Fleet(edge.MemoryStore(), world.folder)
    servers = [
        edge.server("10.1.2.3", world.port, kind="Ip", ip="10.1.2.3"),
        edge.server("127.0.20.51", world.port, kind="Ip", ip="127.0.20.51"),
    ]
    edge.put_group(world.store, "ip", servers, ServerGroupType="Ip")
    world.store.change("alb.listener", "lsn-h", DefaultActions=[edge.forward(("ip", 100))])
    world.apply()
    eventually(lambda: {world.get().server for _ in range(4)}, lambda found: found == {"10.1.2.3", "ECS01"})
    assert own.sockets() == []


def test_unused_group_and_switched_off_checks_are_not_called_normal(world):
    """Unused: no listener forwards to the group, or nobody checks."""
    edge.put_group(world.store, "idle", [edge.server("i-1", world.port)])
    assert set(world.plane.health("idle").values()) == {"Unused"}
    world.store.change("alb.server_group", "web", HealthCheckConfig={"HealthCheckEnabled": False})
    world.apply()
    world.await_health(dict.fromkeys(BOTH, "Unused"))
    assert _not_normal(world) == [("i-1", "Unavailable"), ("i-2", "Unavailable")]


def test_tcp_check_on_another_port(world):
    """A TCP check may ask a port of its own, where the backend listens too."""
    check = {
        "HealthCheckEnabled": True,
        "HealthCheckProtocol": "TCP",
        "HealthCheckConnectPort": free_port(),
        "HealthCheckInterval": 1,
    }
    world.store.change("alb.server_group", "web", HealthCheckConfig=check)
    world.apply()
    world.await_health(BOTH)


def test_envoy_is_revived(world):
    """After Envoy has died, `revive` brings the same listeners back."""
    world.plane.envoy.process.kill()
    world.plane.envoy.process.wait()
    assert world.health() == dict.fromkeys(BOTH, "Unused")
    assert world.plane.revive()
    assert world.plane.await_applied()
    assert world.get().status == 200


def test_busy_port_is_reported_and_others_serve(world):
    """A listener whose port somebody else has is named; the others go on."""
    with edge.socket.socket() as other:
        other.bind(("127.0.10.51", 0))
        other.listen()
        edge.put_listener(world.store, "lsn-busy", "alb-h", other.getsockname()[1], "web", ListenerProtocol="HTTP")
        world.apply()
        assert world.plane.await_applied()
        assert any("lsn-busy" in problem for problem in world.plane.problems())
        assert world.get().status == 200
