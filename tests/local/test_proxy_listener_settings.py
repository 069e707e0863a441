"""What a listener's own settings do at a real Envoy: time limits, compression, HTTP/2."""

import gzip
import http.client

import pytest

from tests.local import edge_support as edge
from tests.local.controlled_edge import ControlledEdge
from tests.waiting import PATIENCE_SECONDS, eventually


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One server, and a listener for each setting."""
    with _World(tmp_path_factory.mktemp("settings")) as made:
        yield made


class _World(ControlledEdge):
    def __init__(self, folder):
        super().__init__(folder, "alb-t", 109)
        (self.server,) = self.servers
        edge.put_group(self.store, "g", [self.server.as_member()])
        web = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
        certificate = edge.put_server_certificate(self.store, folder, 1, web)
        self.listener("short", IdleTimeout=1, RequestTimeout=1)
        self.listener("long", IdleTimeout=600, RequestTimeout=600)
        self.listener("uncompressed", GzipEnabled=False)
        self.listener("secure", ListenerProtocol="HTTPS", Certificates=[{"CertificateId": certificate}])
        self.plane.start()
        assert self.plane.await_applied()
        edge.await_servers(self.plane, "g", 1)

    def listener(self, name, **changes):
        self.put_listener(name, "g", **({"ListenerProtocol": "HTTP"} | changes))

    def place(self, name):
        return edge.place(self.store, name)


def _used(place):
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS)
    connection.request("GET", "/")
    assert connection.getresponse().read()
    return connection


def test_a_connection_without_requests_ends_after_the_idle_time(world):
    """Of one second; one with ten minutes, idle for longer, is still open and takes a request."""
    long, short = _used(world.place("long")), _used(world.place("short"))
    short.sock.settimeout(PATIENCE_SECONDS)
    assert short.sock.recv(1) == b""
    long.auto_open = 0
    long.request("GET", "/")
    assert long.getresponse().status == 200


def test_a_server_that_takes_longer_than_the_request_time_is_answered_for_with_504(world):
    """After one second; with ten minutes the late answer arrives. A client that is slow itself is not meant."""
    patient = http.client.HTTPConnection(*world.place("long"), timeout=PATIENCE_SECONDS)
    patient.request("GET", "/held-long")
    assert edge.plain(world.place("short"), "/held-short").status == 504
    world.server.release.set()
    answer = patient.getresponse()
    assert (answer.status, answer.read()) == (200, b"released\n")
    world.server.release.clear()


KINDS = ("text/html", "text/plain", "text/css", "text/xml", "application/json", "application/javascript")


@pytest.mark.parametrize(
    ("listener", "asked", "accepted", "compressed"),
    [
        *(("long", f"size=2000&type={kind}", "gzip", True) for kind in KINDS),
        ("long", "size=2000&type=text/html", "br, gzip;q=0.5", True),
        ("long", "size=2000&type=text/html", "br", False),
        ("long", "size=2000&type=text/html", "gzip;q=0", False),
        ("long", "size=2000&type=text/html", None, False),
        ("long", "size=1000&type=text/html", "gzip", False),
        ("long", "size=2000&type=image/png", "gzip", False),
        ("long", "size=2000&type=application/octet-stream", "gzip", False),
        ("uncompressed", "size=2000&type=text/html", "gzip", False),
    ],
)
def test_answers_are_compressed_for_those_who_take_it(world, listener, asked, accepted, compressed):
    """Texts of a kilobyte and more, where the listener says so; nothing else is touched."""
    headers = {"Accept-Encoding": accepted} if accepted else {"Accept-Encoding": "identity"}
    connection = http.client.HTTPConnection(*world.place(listener), timeout=PATIENCE_SECONDS)
    connection.request("GET", f"/made?{asked}", headers=headers)
    answer = connection.getresponse()
    body = answer.read()
    assert (answer.headers.get("content-encoding") == "gzip") is compressed
    plain = gzip.decompress(body) if compressed else body
    assert plain == b"a" * int(asked.partition("&")[0].removeprefix("size="))


def test_what_a_server_has_compressed_is_left_as_it_is(world):
    """No second time."""
    headers = {"Accept-Encoding": "gzip"}
    connection = http.client.HTTPConnection(*world.place("long"), timeout=PATIENCE_SECONDS)
    connection.request("GET", "/made?size=2000&type=text/html&header=content-encoding:br", headers=headers)
    answer = connection.getresponse()
    assert (answer.headers["content-encoding"], len(answer.read())) == ("br", 2000)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes.fromhex("000000040000000000")
"""What a client begins with, and empty settings."""
AUTHORITY = b"www.example.test"
FIELDS = bytes([0x82, 0x84, 0x87, 0x41, len(AUTHORITY)]) + AUTHORITY
"""GET, `/`, https, and the host, as HPACK writes them."""
ASK = len(FIELDS).to_bytes(3, "big") + bytes([0x01, 0x05, 0, 0, 0, 1]) + FIELDS
STATUS_200 = 0x88


def test_http_2_is_spoken_where_the_client_chooses_it(world):
    """A request on a stream is answered 200; one that chooses nothing speaks HTTP/1.1."""
    raw = edge.socket.create_connection(world.place("secure"), PATIENCE_SECONDS)
    with edge.tls_context(alpn=["h2"]).wrap_socket(raw, server_hostname="www.example.test") as connection:
        connection.sendall(PREFACE + ASK)
        assert _headers_of_answer(connection)[0] == STATUS_200
    assert edge.https(world.place("secure"), edge.tls_context()).status == 200
    assert eventually(lambda: len(world.server.seen)) > 0


def _headers_of_answer(connection):
    """The block of the first HEADERS frame; frames of other types are passed over."""
    stream = connection.makefile("rb")
    while True:
        head = stream.read(9)
        payload = stream.read(int.from_bytes(head[:3], "big"))
        if head[3] == 0x01:
            return payload
