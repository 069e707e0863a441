"""Backends on their own: what they answer, where they listen, how they are broken."""

import http.client

import pytest

from local.backends import Fleet, plan
from local.backends.plan import Backend
from local.proxy import inventory
from local.proxy.addresses import Placement
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS


@pytest.fixture
def world(tmp_path):
    """One instance in one group, its backend running."""
    made = _World(tmp_path)
    made.fleet.start()
    yield made
    made.fleet.stop()


class _World:
    def __init__(self, folder):
        self.folder, self.store, self.port = folder, edge.MemoryStore(), free_port()
        edge.put_instance(self.store, 1, 61)
        edge.put_group(self.store, "web", [edge.server("i-1", self.port)])
        self.fleet = Fleet(self.store, folder)

    def get(self, path="/", port=None, **options):
        return edge.plain(("127.0.20.61", port or self.port), path, **options)


def test_greeting_names_the_server(world):
    """Body and header say who answers."""
    answer = world.get()
    assert (answer.status, answer.text, answer.server) == (200, "Hello World ! This is ECS01.\n", "ECS01")


def test_echo_describes_the_request(world):
    """Method, path with query, and headers with repeated ones joined."""
    seen = world.get("/echo?a=1", method="POST", headers={"X-One": "1"}).echo
    assert (seen["server"], seen["method"], seen["path"], seen["headers"]["x-one"]) == (
        "ECS01",
        "POST",
        "/echo?a=1",
        "1",
    )


def test_head_and_keep_alive(world):
    """HEAD has no body; a connection serves several requests."""
    connection = http.client.HTTPConnection("127.0.20.61", world.port, timeout=PATIENCE_SECONDS)
    for method in ("HEAD", "GET", "HEAD"):
        connection.request(method, "/")
        answer = connection.getresponse()
        assert (answer.status, bool(answer.read())) == (200, method == "GET")
    connection.close()


def test_stopped_instance_closes_open_connections_too(world):
    """A load balancer's kept connections must not keep a stopped server alive."""
    connection = http.client.HTTPConnection("127.0.20.61", world.port, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/")
    connection.getresponse().read()
    world.store.change("ecs.instance", "i-1", Status="Stopped")
    world.fleet.reconcile()
    assert world.fleet.sockets() == []
    with pytest.raises((OSError, http.client.HTTPException)):
        connection.sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        if not connection.sock.recv(1):
            raise ConnectionResetError
    with pytest.raises(ConnectionRefusedError):
        world.get()


def test_switch_file_breaks_and_mends(world):
    """A name alone closes the port, a status is answered, an empty file mends."""
    switch = world.folder / "broken-backends"
    switch.write_text("ECS01\n")
    world.fleet.reconcile()
    with pytest.raises(ConnectionRefusedError):
        world.get()
    switch.write_text("ECS01 503\n")
    world.fleet.reconcile()
    assert world.get().status == 503
    switch.write_text("")
    world.fleet.reconcile()
    assert world.get().status == 200


def test_removed_server_no_longer_listens(world):
    """The last group that used a port takes the port with it."""
    world.store.change("alb.server_group", "web", Servers=[])
    world.fleet.reconcile()
    with pytest.raises(ConnectionRefusedError):
        world.get()


def test_busy_port_is_a_problem_not_an_end(world):
    """The others run; the one is retried at the next change."""
    with edge.socket.socket() as other:
        other.bind(("127.0.20.61", 0))
        other.listen()
        busy = other.getsockname()[1]
        edge.put_group(world.store, "busy", [edge.server("i-1", busy)])
        world.fleet.reconcile()
        assert any(str(busy) in problem for problem in world.fleet.problems())
        assert world.get().status == 200
    world.fleet.reconcile()
    assert world.fleet.problems() == []
    assert world.get(port=busy).status == 200


def test_plan_covers_every_port_and_leaves_the_readers_servers_alone():
    """Privileged ports move, health-check ports count, loopback IP servers are not ours."""
    store = edge.MemoryStore()
    edge.put_instance(store, 1, 61)
    check = {"HealthCheckProtocol": "HTTP", "HealthCheckConnectPort": 81}
    servers = [
        edge.server("i-1", 80),
        edge.server("127.0.0.1", 9000, kind="Ip", ip="127.0.0.1"),
        edge.server("i-gone", 80),
    ]
    edge.put_group(store, "web", servers, HealthCheckConfig=check)
    wanted = plan.wanted(inventory.read(store), Placement())
    assert wanted == {Backend("ECS01", "127.0.20.61", 8080), Backend("ECS01", "127.0.20.61", 8081)}
