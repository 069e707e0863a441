"""Connections that are open while the configuration changes: those that a change does not concern go on."""

import http.client
import ssl

import pytest

from tests.local import edge_support as edge
from tests.local.controlled_edge import ControlledEdge
from tests.waiting import eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Two listeners that verify clients, in front of one group."""
    with _World(tmp_path_factory.mktemp("open")) as made:
        yield made


class _World(ControlledEdge):
    def __init__(self, folder):
        super().__init__(folder, "alb-o", 93, servers=3, first=94)
        self.roots = [edge.issue(f"Root {number}", ca=True) for number in range(3)]
        for number, root in enumerate(self.roots):
            self.store.put("cas.ca_certificate", f"ca-{number}", {"Identifier": f"ca-{number}", "Cert": root.pem})
        web = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
        self.certificate = edge.put_server_certificate(self.store, folder, 1, web)
        self.group = edge.put_group(self.store, "sgp-o", [one.as_member() for one in self.servers[:2]])
        for number in (0, 1):
            self.listener(f"lsn-{number}", f"ca-{number}")
        self.plane.start()
        self.settle()

    def listener(self, name, authority):
        self.put_listener(
            name, self.group, CaEnabled=True, IdleTimeout=600,
            Certificates=[{"CertificateId": self.certificate}], CaCertificates=[{"CertificateId": authority}],
        )  # fmt: skip

    def settle(self):
        self.apply()
        edge.await_checked(self.plane, self.store)

    def open(self, listener, root, path):
        """A connection on which one request was made."""
        client = edge.issue("alice", self.roots[root]).write(self.folder, f"alice-{root}")
        connection = edge.Connection(
            *edge.place(self.store, listener), "www.example.test", edge.tls_context(client=client)
        )
        connection.request("GET", path)
        return connection


def _again(connection):
    """Another request on the same connection; it is not opened anew."""
    connection.auto_open = 0
    connection.request("GET", "/again")
    answer = connection.getresponse()
    answer.read()
    assert answer.headers.get("connection") != "close"
    return answer.status


def _first(connection):
    answer = connection.getresponse()
    answer.read()
    return answer.status


def test_a_change_ends_only_the_connections_it_concerns(world):
    """Rules, headers, servers, groups, other listeners and their CAs change; a connection and a download of the first listener go on.

    Those of the listener whose CA changed end within Envoy's time of draining, which also shows that this time is over.
    """
    idle, download = world.open("lsn-0", 0, "/"), world.open("lsn-0", 0, "/trickle")
    concerned = world.open("lsn-1", 1, "/")
    assert (_first(idle), _first(concerned)) == (200, 200)
    body = download.getresponse()
    server = next(one for one in world.servers if one.name == body.headers["x-served-by"])
    server.chunks.put(b"before")
    assert body.read(6) == b"before"
    for change in CHANGES:
        change(world)
        world.settle()
    eventually(lambda: edge.is_closed(concerned))
    assert _again(idle) == 200
    server.chunks.put(b"after")
    server.chunks.put(None)
    assert body.read() == b"after"


def _rules(world):
    limit = {"Type": "TrafficLimit", "Order": 1, "TrafficLimitConfig": {"PerIpQps": 1000}}
    cors = {"Type": "Cors", "Order": 2, "CorsConfig": {"AllowOrigin": ["*"]}}
    address = {"Type": "SourceIp", "SourceIpConfig": {"Values": ["10.0.0.0/8"]}}
    edge.put_rule(
        world.store, "rule-1", "lsn-0", 1, [address], [limit, cors, edge.forward((world.group, 100)) | {"Order": 3}]
    )


def _stickiness(world):
    sticky = {"StickySessionEnabled": True, "StickySessionType": "Insert"}
    edge.put_group(world.store, "sgp-new", [world.servers[2].as_member()], StickySessionConfig=sticky)
    edge.put_rule(
        world.store, "rule-2", "lsn-0", 2, [{"Type": "Path", "PathConfig": {"Values": ["/new"]}}],
        [edge.forward(("sgp-new", 100))],
    )  # fmt: skip


def _headers(world):
    world.store.change("alb.listener", "lsn-0", XForwardedForConfig={"XForwardedForClientCertSubjectDNEnabled": True})


def _more_servers(world):
    world.store.change("alb.server_group", world.group, Servers=[one.as_member() for one in world.servers])


def _weights(world):
    world.store.change("alb.server_group", world.group, Servers=[one.as_member(7) for one in world.servers])


def _checks(world):
    config = world.store.get("alb.server_group", world.group)["HealthCheckConfig"]
    world.store.change("alb.server_group", world.group, HealthCheckConfig=config | {"HealthCheckInterval": 2})


def _another_listener(world):
    world.listener("lsn-2", "ca-2")


def _authority_of_another(world):
    world.store.change("alb.listener", "lsn-1", CaCertificates=[{"CertificateId": "ca-2"}])


CHANGES = (_rules, _stickiness, _headers, _more_servers, _weights, _checks, _another_listener, _authority_of_another)


def test_a_change_of_the_ca_list_holds_for_new_handshakes_at_once(world):
    """And the connections of those who are trusted no more end."""
    world.listener("lsn-3", "ca-0")
    world.settle()
    before = world.open("lsn-3", 0, "/")
    assert _first(before) == 200
    world.store.change("alb.listener", "lsn-3", CaCertificates=[{"CertificateId": "ca-1"}])
    world.settle()
    eventually(lambda: _first(world.open("lsn-3", 1, "/")), lambda status: status == 200)
    with pytest.raises((ssl.SSLError, ConnectionError, http.client.HTTPException)):
        _first(world.open("lsn-3", 0, "/"))
    eventually(lambda: edge.is_closed(before))


def test_a_listener_that_stops_and_starts_again_takes_new_rules(world):
    """Also while connections of before are still being ended, and again after that."""
    world.listener("lsn-4", "ca-0")
    world.settle()
    before = world.open("lsn-4", 0, "/")
    assert _first(before) == 200
    world.store.change("alb.listener", "lsn-4", ListenerStatus="Stopped")
    world.plane.reconcile()
    eventually(lambda: "lsn-4" not in world.plane.listening())
    world.store.change("alb.listener", "lsn-4", ListenerStatus="Running")
    world.settle()
    for code in ("418", "451"):
        fixed = {"Type": "FixedResponse", "Order": 1, "FixedResponseConfig": {"HttpCode": code}}
        edge.put_rule(world.store, "rule-4", "lsn-4", 1, [{"Type": "Path", "PathConfig": {"Values": ["/*"]}}], [fixed])
        world.settle()
        assert _first(world.open("lsn-4", 0, "/")) == int(code)
        eventually(lambda: edge.is_closed(before))
