"""Where only 127.0.0.1 exists: the same topology on ports of its own, with a real Envoy."""

from local.backends import Fleet
from local.proxy import DataPlane
from local.proxy.addresses import Placement
from tests.local import edge_support as edge
from tests.ports import free_port, is_free

ONLY = Placement(loopback_range=False)


def test_two_load_balancers_share_one_address(tmp_path):
    """Listeners and servers are told apart by their ports; health finds its servers."""
    store, port = edge.MemoryStore(), free_port(where=lambda port: is_free("127.0.0.1", port + 1000))
    server_port = free_port(where=lambda port: all(is_free(*ONLY.server(f"127.0.20.{80 + n}", port)) for n in (1, 2)))
    edge.put_group(store, "web", [edge.server(edge.put_instance(store, n, 80 + n), server_port) for n in (1, 2)])
    for number in (1, 2):
        edge.put_load_balancer(store, f"alb-{number}", number)
        edge.put_listener(store, f"lsn-{number}", f"alb-{number}", port, "web", ListenerProtocol="HTTP")
    fleet = Fleet(store, tmp_path, ONLY)
    plane = DataPlane(store, tmp_path / "envoy", store_folder=tmp_path, placement=ONLY)
    fleet.start()
    plane.start()
    try:
        assert fleet.problems() == []
        assert plane.await_applied()
        edge.await_checked(plane, store)
        for number in (1, 2):
            at = edge.place(store, f"lsn-{number}", ONLY)
            assert at == ("127.0.0.1", port + 1000 * (number - 1))
            assert {edge.plain(at).server for _ in range(2)} == {"ECS01", "ECS02"}
        assert set(plane.health("web").values()) == {"Normal"}
    finally:
        plane.stop()
        fleet.stop()
