"""The access log that a real Envoy writes for a load balancer that has one: fields of ALB's, for its owner alone."""

import json
import stat

import pytest

from local.handshakes.access_log import handshakes
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.local.controlled_server import ControlledServer
from tests.ports import free_port
from tests.waiting import eventually


@pytest.fixture
def world(tmp_path):
    """Two load balancers before one server; the first has an access log."""
    store, server = edge.MemoryStore(), ControlledServer("S0", "127.0.20.116", free_port())
    plane = DataPlane(store, tmp_path / "envoy", store_folder=tmp_path)
    web = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
    certificate = {"CertificateId": edge.put_server_certificate(store, tmp_path, 1, web)}
    edge.put_group(store, "g", [server.as_member()])
    edge.put_group(store, "nobody", [])
    for number in (0, 1):
        edge.put_load_balancer(store, f"alb-{number}", 116 + number)
    store.change("alb.load_balancer", "alb-0", AccessLogConfig={"LogProject": "../p", "LogStore": "alb_s"})
    ports = [free_port(f"127.0.10.{116 + number}") for number in range(4)]
    edge.put_listener(store, "logged", "alb-0", ports[0], "g", Certificates=[certificate])
    edge.put_listener(store, "unanswered", "alb-0", ports[2], "nobody", ListenerProtocol="HTTP")
    edge.put_listener(store, "unlogged", "alb-1", ports[1], "g", ListenerProtocol="HTTP")
    store.change("alb.listener", "logged", LogConfig={"AccessLogRecordCustomizedHeadersEnabled": True})
    plane.start()
    assert plane.await_applied()
    edge.await_servers(plane, "g", 1)
    yield store, plane, server, tmp_path / "envoy" / "access-logs"
    plane.stop()
    server.stop()


def test_each_request_is_a_line_with_the_fields_of_albs_log(world):
    """What was asked and answered, by whom, over which TLS, by which server; a request without a server says so."""
    store, _, server, folder = world
    headers = {"User-Agent": "me", "Referer": "https://a.test/", "X-Real-Ip": "192.0.2.1"}
    edge.https(edge.place(store, "logged"), edge.tls_context(), "/made?size=5&status=404", headers=headers)
    edge.plain(edge.place(store, "unanswered"), "/b", method="DELETE")
    edge.plain(edge.place(store, "unlogged"), "/c")
    first, second = eventually(lambda: _lines(folder), lambda found: len(found) == 2)
    told = {
        "__topic__": "alb_layer7_access_log", "app_lb_id": "alb-0", "body_bytes_sent": 5, "client_ip": "127.0.0.1",
        "http_user_agent": "me", "http_referer": "https://a.test/", "http_x_real_ip": "192.0.2.1", "request_method": "GET",
        "request_uri": "/made?size=5&status=404", "scheme": "https", "server_protocol": "HTTP/1.1", "ssl_protocol": "TLSv1.3",
        "status": 404, "upstream_status": "404", "upstream_addr": "{}:{}".format(*server.place), "vip_addr": "127.0.10.116",
    }  # fmt: skip
    assert {name: first[name] for name in told} == told
    assert first["host"].partition(":")[0] == first["http_host"].partition(":")[0] == "www.example.test"
    assert first["slb_vport"] == str(store.get("alb.listener", "logged")["ListenerPort"])
    assert first["ssl_cipher"].startswith("TLS_") and first["request_length"] > 100
    assert 0 <= float(first["upstream_response_time"]) <= float(first["request_time"]) < 60
    assert {type(first[name]) for name in ("read_request_time", "write_response_time")} == {int}
    assert (second["status"], second["upstream_status"], second["ssl_protocol"]) == (503, "-", None)
    assert [one.document()["reason"] for one in handshakes(map(json.dumps, (first, second)))] == [
        "certificate.not-logged", "servers.down",
    ]  # fmt: skip


def test_only_who_asked_for_a_log_has_one_and_only_its_owner_reads_it(world):
    """Named by the load balancer, whatever the project is called; what it lacks is told."""
    _, plane, _, folder = world
    (file,) = folder.iterdir()
    assert (file.name, stat.S_IMODE(file.stat().st_mode)) == ("alb-0.jsonl", 0o600)
    assert [text for text in plane.problems() if "headers of one's own" in text]


def _lines(folder):
    return [json.loads(line) for line in (folder / "alb-0.jsonl").read_text().splitlines()]
