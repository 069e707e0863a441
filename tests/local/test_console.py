"""The console: what its pages say beside the store and a real Envoy, who may read it, and what hostile names do to it."""

import html
import json
import re
import threading
from dataclasses import replace

import pytest

from local.console import feeds
from local.console.layout import PAGES, folded
from local.console.markup import escaped
from local.console.site import FILES, Console
from local.console.sources import Sources
from local.kubernetes.client import ALB_CONFIG, INGRESS, INGRESS_CLASS, ApiError
from tests.local import edge_support as edge
from tests.local.console_support import Cluster, World, read_page, row
from tests.waiting import eventually

ADDRESSES = [f"/console/{path}" for path in PAGES]
HOSTILE = "<script>alert(1)</script>\"'&\x1b[31m\x00\r\n\u202egnp\u2066 <img src=x onerror=alert(1)>"
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with World(tmp_path_factory.mktemp("console")) as made:
        yield made


def test_load_balancers_with_listeners(world):
    """Health, mutual authentication, CA, policy, certificate, group, and where the listener is served."""
    listener = world.store.get("alb.listener", "lsn-c")
    cells = row(world.page("/console/"), f"HTTPS:{listener['ListenerPort']}")
    assert [cell.strip() for cell in cells[1:3]] == ["● Normal (2)", "● On"]
    assert "Acme Root" in cells[3]
    assert "over" in cells[3]
    assert cells[4] == "tls_cipher_policy_1_2_strict_with_1_3"
    assert "days)" in cells[5]
    assert (cells[6], cells[7]) == ("sgp-web", f"127.0.10.81:{listener['ListenerPort']}")


def test_listener_with_its_rules(world):
    """TLS versions in words, the rule's condition and where it leads; an id that is none is 404 and says so."""
    page = world.page("/console/listeners/lsn-c")
    assert "TLSv1.2 to TLSv1.3" in page.text
    rule = row(page, "rule-c")
    assert "www.example.test" in rule[2]
    assert rule[3] == "sgp-web"
    status, _, text = world.ask("/console/listeners/lsn-none")
    assert status == 404
    assert "There is no listener lsn-none." in text


def test_server_groups_with_servers(world):
    """A group that no listener uses is unused; each server has the API's health word."""
    page = world.page("/console/server-groups")
    assert row(page, "sgp-web")[1] == "● Normal (2)"
    assert row(page, "idle-group")[1] == "○ Unused"
    servers = world.page("/console/server-groups/sgp-web")
    assert row(servers, "ECS01")[1] == "● Normal"
    assert world.ask("/console/server-groups/sgp-none")[0] == 404


def box(page, title):
    """The text of the boxes of the topology, each from its title to the next one's."""
    _, found, after = page.text.partition(title)
    assert found
    return after


def test_topology(world):
    """Whom a listener lets in, where it is served, under which name, and each server with its health."""
    page = world.page("/console/topology")
    port = world.store.get("alb.listener", "lsn-c")["ListenerPort"]
    way = box(page, "alb-c")
    assert way.index("Acme Root") < way.index(f"HTTPS:{port}") < way.index("www.example.test") < way.index("sgp-web")
    assert "● Normal ECS01" in way
    assert "● Normal ECS02" in way
    assert "idle-group" not in page.text
    assert [name for name, _ in page.elements].count("ol") == 1


@pytest.mark.slow
def test_topology_is_drawn_anew_when_something_changed(world):
    """At once as it is; then, with another name, once more; nothing in between."""
    events = world.events("/console/stream/topology", key="html")
    name, drawn = next(events)
    assert name == "picture"
    assert "sgp-web" in drawn
    group = world.store.get("alb.server_group", "sgp-web")
    world.store.put("alb.server_group", "sgp-web", group | {"ServerGroupName": "another <b>name</b>"})
    assert "another &lt;b&gt;name&lt;/b&gt;" in next(events)[1]
    world.store.put("alb.server_group", "sgp-web", group)
    events.close()


@pytest.mark.slow
def test_stopped_server_turns_abnormal(world):
    """Within the health check's interval and threshold, on every page that shows health; and back."""
    stopped = world.store.get("ecs.instance", world.instances[1])
    world.store.put("ecs.instance", world.instances[1], stopped | {"Status": "Stopped"})
    world.fleet.reconcile()
    seen = eventually(lambda: row(world.page("/console/server-groups/sgp-web"), "ECS02")[1], lambda cell: "Ab" in cell)
    assert seen == "✕ Abnormal"
    port = world.store.get("alb.listener", "lsn-c")["ListenerPort"]
    assert row(world.page("/console/"), f"HTTPS:{port}")[1] == "▲ 1 of 2 abnormal"
    world.store.put("ecs.instance", world.instances[1], stopped)
    world.fleet.reconcile()
    assert eventually(lambda: row(world.page("/console/server-groups"), "sgp-web")[1], lambda cell: "Normal" in cell)


def test_certificates_with_expiry(world):
    """Days left, names, repository; what is over and what ends soon is marked; no key and no PEM is on the page."""
    page = world.page("/console/certificates")
    mine = row(page, "web-2026")
    assert mine[1].startswith("▲")
    assert mine[1].endswith("days)")
    assert mine[2] == "www.example.testshop.example.test"
    authority = row(page, "Acme Root")
    assert authority[1].startswith("✕")
    assert authority[1].endswith("over")
    assert authority[2] == "partners"
    assert "BEGIN" not in page.text
    assert ".key" not in page.text


def test_no_page_holds_a_key(world):
    """Nor a line of one: the keys lie in files beside the store that the pages are made of."""
    files = world.cloud.folder.rglob("*.key")
    lines = [line for file in files for line in file.read_text().splitlines() if line and "-----" not in line]
    assert lines
    pages = [world.ask(path)[2] for path in (*ADDRESSES, "/console/listeners/lsn-c")]
    assert [one for one in ("PRIVATE KEY", *lines) if any(one in page for page in pages)] == []


def test_records(world):
    """Each zone is a table."""
    cells = row(world.page("/console/dns"), "www")
    assert cells[1:] == [
        "CNAME",
        "alb-c.ap-southeast-1.alb.aliyuncs.com",
        "600 s",
        "default",
        "● Enabled",
        "made by a test",
    ]


def test_cluster(world):
    """Without one a sentence; with one its three kinds; one that does not answer is said to be so."""
    assert "This stack has no cluster." in world.page("/console/cluster").text
    world.cluster = Cluster(
        AlbConfig=[{"metadata": {"name": "edge"}, "spec": {"listeners": [{"port": 443, "protocol": "HTTPS", "caEnabled": True}]},
                    "status": {"loadBalancer": {"id": "alb-1", "dnsname": "alb-1.aliyuncs.com"}}}],
        IngressClass=[{"metadata": {"name": "alb"}, "spec": {"controller": "ingress.k8s.alibabacloud/alb",
                       "parameters": {"kind": "AlbConfig", "name": "edge"}}}],
        Ingress=[{"metadata": {"name": "demo", "namespace": "default"}, "spec": {"ingressClassName": "alb", "rules": [
            {"host": "tea.test", "http": {"paths": [{"path": "/t", "backend": {"service": {"name": "tea"}}}]}}]}}],
    )  # fmt: skip
    page = world.page("/console/cluster")
    assert row(page, "edge")[1:] == [
        "alb-1alb-1.aliyuncs.com",
        "HTTPS:443 ● mutual authentication",
        "● has a load balancer",
    ]
    assert row(page, "alb")[2] == "AlbConfig edge"
    assert row(page, "default/demo")[1:4] == ["alb", "tea.test/t to tea", "-"]
    for world.cluster.problem in (ApiError(403, "Forbidden", "no"), ConnectionRefusedError()):
        assert "does not answer" in world.page("/console/cluster").text
    world.cluster = None


@pytest.mark.slow
def test_refused_handshake_is_on_the_page_and_in_the_open_stream(world):
    """With its reason; the stream begins with what is there, and adds what comes. How soon, the benchmark says."""
    place = edge.place(world.store, "lsn-c")
    context = edge.tls_context()

    def refused():
        with pytest.raises(OSError, match=r"."):
            edge.https(place, context)

    refused()
    shown = eventually(lambda: world.page("/console/handshakes").rows[1:], bool)
    assert [shown[0][index] for index in (1, 3)] == ["✕ refused", "no certificate"]
    assert "client.no-certificate" in shown[0][2]
    assert "listener demands one" in shown[0][2]
    events = world.events("/console/stream/handshakes")
    name, rows = next(events)
    assert (name, len(rows)) == ("all", len(shown))
    refused()
    name, rows = next(events)
    assert (name, len(rows)) == ("more", 1)
    assert "client.no-certificate" in rows[0][2]
    events.close()


def test_calls_are_on_the_page(world):
    """Action and result, a refused call marked; the console's own pages are no calls."""
    world.ask("/?Action=DescribeVpcs&Version=2016-04-28")
    page = world.page("/console/calls")
    assert page.rows[1][1:3] == ["vpc", "DescribeVpcs"]
    assert page.rows[1][3].startswith("▲ 4")
    world.page("/console/")
    assert world.page("/console/calls").rows == page.rows
    events = world.events("/console/stream/calls")
    assert len(next(events)[1]) == len(page.rows) - 1
    events.close()


@pytest.mark.parametrize("path", ["/console/", "/console/stream/handshakes", "/console/style.css", "/console"])
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost@evil", "10.0.0.1:4600", "", "127.0.0.1:4600x"]
)
def test_foreign_host_is_refused(world, path, host):
    """A site that leads its own name to this machine reads nothing."""
    assert world.ask(path, Host=host)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1:4600", "localhost", "LOCALHOST:1", "[::1]:4600"])
def test_this_machine_may_read(world, host):
    """By every name it has for itself."""
    assert world.ask("/console/", Host=host)[0] == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD", "PATCH", "OPTIONS"])
def test_only_get(world, method):
    """Nothing else is done: 405, or 501 for what the server does not know at all."""
    assert world.ask("/console/", method)[0] in (405, 501)


def test_streams_are_for_own_pages_and_bounded(world):
    """A page of another site opens none; a reader that goes gives its place back."""
    assert world.ask("/console/stream/calls", Sec_Fetch_Site="cross-site")[0] == 403
    streams = feeds.Streams()
    feed = feeds.calls(world.console._sources)
    open_ones = [streams.open(feed) for _ in range(feeds.MOST_READERS)]
    assert streams.open(feed) is None
    open_ones[0].close()
    assert streams.open(feed) is not None


def test_stream_says_what_it_leaves_out(world, tmp_path):
    """Of a flood it sends the end, and how many came before."""
    log = tmp_path / "calls"
    log.write_text(json.dumps({"action": "First"}) + "\n")
    events = feeds.Streams().open(replace(feeds.calls(world.console._sources), log=log))
    assert "First" in next(events).decode()
    with log.open("a") as file:
        file.writelines(json.dumps({"action": f"Call{number}"}) + "\n" for number in range(feeds.MOST_AT_ONCE + 7))
    told = json.loads(next(events).decode().split("data: ")[1])
    assert told["leftOut"] == 7
    shown = [read_page(row[2]).text for row in told["rows"]]
    assert shown == [f"Call{number}" for number in range(7, feeds.MOST_AT_ONCE + 7)]
    events.close()


def test_every_answer_has_the_headers(world):
    """A strict policy: nothing inline, nothing from elsewhere, no frame; not kept."""
    for path in (*ADDRESSES, "/console/style.css", "/console/live.js", "/console/picture.js", "/console/none"):
        headers = world.ask(path)[1]
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; script-src 'self';")
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize("path", ADDRESSES)
def test_pages_are_for_every_reader(world, path):
    """Language, title, one first heading, landmarks, a way past the navigation, heads of columns and rows, no inline code."""
    page = world.page(path)
    names = [name for name, _ in page.elements]
    assert dict(page.elements)["html"] == {"lang": "en"}
    assert [names.count(name) for name in ("title", "h1", "main", "nav", "header", "footer")] == [1] * 6
    assert ("a", {"class": "skip", "href": "#main"}) in page.elements
    assert [one["href"] for _, one in page.elements if "aria-current" in one] == [path]
    assert names.count("table") == names.count("caption")
    assert {one.get("scope") for name, one in page.elements if name == "th"} <= {"col", "row"}
    assert not [one for _, one in page.elements if any(key == "style" or key.startswith("on") for key in one)]
    assert all(one.get("src") for name, one in page.elements if name == "script")
    assert not {"form", "input", "iframe", "img"} & set(names)


def test_links_lead_to_pages(world):
    """Every address that a page names is one of the console's and answers."""
    found = {
        one[key] for path in ADDRESSES for _, one in world.page(path).elements for key in ("href", "src") if key in one
    }
    found.discard("#main")
    assert all(path.startswith("/console/") for path in found)
    assert {path: world.ask(path)[0] for path in found} == dict.fromkeys(found, 200)
    assert {f"/console/{name}" for name in FILES} <= found


@pytest.mark.parametrize("sign", "&<>\"'")
def test_each_sign_of_html_is_escaped_by_itself(sign):
    """Also where it is the only one of a text."""
    assert escaped(f"a{sign}b") == html.escape(f"a{sign}b") != f"a{sign}b"


def test_a_long_name_folds_before_its_words():
    """Not inside them, nor between the numbers of a version; what it says is what it was."""
    assert folded("tls_policy_1_2_strict", "_").split("<wbr>") == [
        '<span class="short">tls_</span>', '<span class="short">policy_1_2_</span>', '<span class="short">strict</span>'
    ]  # fmt: skip
    assert read_page(folded("CN=<b>,O=A, B", ",")).text == "CN=<b>,O=A, B"


def hostile(value):
    """The same document with every text in it replaced by a hostile one that still begins like it."""
    if isinstance(value, dict):
        return {key: hostile(item) for key, item in value.items()}
    if isinstance(value, list):
        return [hostile(item) for item in value]
    return HOSTILE + value if isinstance(value, str) else value


def test_hostile_names_do_nothing(world, tmp_path):
    """HTML, quotes, control characters and marks of direction in every text of every document, log line and object."""
    store, made = edge.MemoryStore(), ("alb.", "cas.", "alidns.", "ecs.")
    kinds = ["alb.load_balancer", "alb.listener", "alb.rule", "alb.server_group", "cas.server_certificate", "cas.warehouse",
             "cas.ca_certificate", "alidns.record", "alidns.domain", "ecs.instance"]  # fmt: skip
    for kind in kinds:
        for number, document in enumerate(world.store.list(kind)):
            store.put(kind, str(number), hostile(document))
    assert all(kind.startswith(made) for kind in kinds)
    pca = {
        "Identifier": "p",
        "CommonName": "c",
        "Status": "s",
        "CertificateType": "t",
        "ParentIdentifier": "q",
        "Sha2": "f",
    }
    store.put("cas.pca_authority", "p", hostile(pca))
    store.put("cas.pca_client", "p", hostile(pca))
    script = {"AScriptId": "as", "AScriptName": "n", "ListenerId": "l", "Position": "p", "Enabled": True}
    store.put("alb.script", "as", hostile(script))
    store.put("alb.acl", "a", hostile({"AclId": "a", "AclName": "n", "AclEntries": [{"Entry": "e"}]}))
    handshake_log, request_log = tmp_path / "handshakes", tmp_path / "calls"
    names = (
        "time",
        "loadBalancer",
        "port",
        "sni",
        "tlsVersion",
        "cipher",
        "subject",
        "fingerprint",
        "method",
        "path",
        "status",
    )
    told = {"kind": "request", "chain": "default:x", **dict.fromkeys(names, HOSTILE)}
    handshake_log.write_text(json.dumps(told) + "\n")
    called = hostile({"time": "t", "product": "p", "action": "a", "status": "s", "code": "c", "parameters": {"k": "v"}})
    called["parameters"][HOSTILE] = HOSTILE
    request_log.write_text(json.dumps(called) + "\n")
    item = hostile({"metadata": {"name": "n", "namespace": "s"}, "status": {"loadBalancer": {"id": "i", "ingress": [{"ip": "1"}]}},
                    "spec": {"controller": "c", "listeners": [{"port": "1", "protocol": "x"}], "parameters": {"kind": "k", "name": "n"},
                             "ingressClassName": "c", "tls": [{"hosts": ["h"]}], "rules": [{"host": "h", "http": {"paths": [{"path": "p"}]}}]}})  # fmt: skip
    cluster = Cluster(**{kind.kind: [item] for kind in (ALB_CONFIG, INGRESS, INGRESS_CLASS)})
    console = Console(
        Sources(store, world.plane.placement, lambda _seen: {}, lambda: cluster, handshake_log, request_log)
    )
    listener, group = (
        store.list(kind)[0][key]
        for kind, key in (("alb.listener", "ListenerId"), ("alb.server_group", "ServerGroupId"))
    )
    details = [
        f"/console/{section}/{edge_quote(name)}"
        for section, name in (("listeners", listener), ("server-groups", group))
    ]
    expected = {name for path in (*ADDRESSES, "/console/listeners/lsn-c") for name, _ in world.page(path).elements}
    for path in (*ADDRESSES, *details, f"/console/listeners/{edge_quote(HOSTILE)}"):
        text = b"".join(console.answer("GET", path, {"host": "localhost"}).parts).decode()
        page = read_page(text)
        assert "alert(1)" in page.text, path
        assert not FORBIDDEN.search(text), path
        assert {name for name, _ in page.elements} - expected <= {"dl", "dt", "dd", "div", "section"}, path
        assert not [one for _, one in page.elements if {"onerror", "onclick"} & set(one)], path
    drawn = console.answer("GET", "/console/stream/topology", {"host": "localhost"}).parts
    html = json.loads(next(drawn).decode().split("\ndata: ")[1])["html"]
    assert {name for name, _ in read_page(html).elements} <= expected
    assert not FORBIDDEN.search(html)
    drawn.close()
    for section in ("handshakes", "calls"):
        events = console.answer("GET", f"/console/stream/{section}", {"host": "localhost"}).parts
        (_, data) = next(events).decode().split("\ndata: ")
        assert data.count("\n") == 2
        for cell in json.loads(data)["rows"][0]:
            assert "<script" not in cell
            assert "<img" not in cell
            assert not FORBIDDEN.search(cell)
        events.close()


def edge_quote(text):
    """A path segment with everything escaped."""
    return "".join(f"%{byte:02x}" for byte in text.encode())


def test_readers_do_not_hold_up_the_api(world):
    """With a stream open the API answers, and stopping the reader frees the thread."""
    events = world.events("/console/stream/calls")
    next(events)
    assert world.ask("/-/ready")[0] == 200
    before = threading.active_count()
    events.close()
    world.ask("/?Action=DescribeVpcs&Version=2016-04-28")
    assert eventually(threading.active_count, lambda now: now < before) < before
