"""Requests through a real Envoy: headers, redirects, rules, weights, stickiness, access control."""

import socket

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS, eventually

CERTIFICATE_HEADERS = {
    "XForwardedForClientCertSubjectDNEnabled": True, "XForwardedForClientCertSubjectDNAlias": "x-client-subject",
    "XForwardedForClientCertIssuerDNEnabled": True, "XForwardedForClientCertIssuerDNAlias": "x-client-issuer",
    "XForwardedForClientCertFingerprintEnabled": True, "XForwardedForClientCertFingerprintAlias": "x-client-fingerprint",
    "XForwardedForClientCertClientVerifyEnabled": True, "XForwardedForClientCertClientVerifyAlias": "x-client-verify",
}  # fmt: skip
STANDARD = ("subjectdn", "issuerdn", "fingerprint", "clientverify")


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One Envoy with every listener of this module."""
    folder, store = tmp_path_factory.mktemp("routing"), edge.MemoryStore()
    made = _World(folder, store)
    made.fleet.start()
    made.plane.start()
    assert made.plane.await_applied()
    edge.await_checked(made.plane, made.store)
    yield made
    made.plane.stop()
    made.fleet.stop()


class _World:
    def __init__(self, folder, store):
        self.folder, self.store, self.port = folder, store, free_port()
        self.fleet = Fleet(store, folder)
        self.plane = DataPlane(store, folder / "envoy", store_folder=folder)
        self.instances = [edge.put_instance(store, number, 40 + number) for number in (1, 2, 3)]
        edge.put_load_balancer(store, "alb-r", 41)
        self.group("web", self.instances[:2])
        self.group("api", self.instances[2:])
        self.listener("plain", "web")
        self._rules()
        self._mutual()

    def group(self, name, instances, weights=(), **changes):
        servers = [
            edge.server(item, self.port, weight) for item, weight in zip(instances, weights or [100] * 9, strict=False)
        ]
        return edge.put_group(self.store, name, servers, **changes)

    def listener(self, name, group, **changes):
        port = free_port("127.0.10.41")
        edge.put_listener(self.store, name, "alb-r", port, group, **({"ListenerProtocol": "HTTP"} | changes))

    def rule(self, priority, conditions, *actions):
        return edge.put_rule(self.store, f"rule-{priority}", "ruled", priority, conditions, list(actions))

    def get(self, listener, path="/", **options):
        return edge.plain(edge.place(self.store, listener), path, **options)

    def apply(self):
        self.fleet.reconcile()
        self.plane.reconcile()
        assert self.plane.await_applied()
        edge.await_checked(self.plane, self.store)

    def _rules(self):
        self.listener("ruled", "web")
        api = edge.forward(("api", 100))
        self.rule(10, [_condition("Host", ["api.example.test", "*.api.test"])], api)
        self.rule(20, [_condition("Path", ["/v?/*", "/health"])], api)
        self.rule(30, [_condition("Header", ["blue*"], Key="X-Colour")], api)
        self.rule(40, [_condition("Method", ["DELETE"])], api)
        self.rule(50, [_condition("QueryString", [{"Key": "side", "Value": "api"}, {"Key": "s", "Value": "a*"}])], api)
        self.rule(60, [_condition("Cookie", [{"Key": "side", "Value": "api"}])], api)
        self.rule(70, [_condition("SourceIp", ["10.0.0.0/8"])], api)
        self.rule(80, [_condition("Path", ["/from-here"]), _condition("SourceIp", ["127.0.0.0/8"])], api)
        fixed = {"HttpCode": "418", "Content": "short and stout", "ContentType": "text/html"}
        self.rule(
            90, [_condition("Path", ["/tea"])], {"Type": "FixedResponse", "Order": 1, "FixedResponseConfig": fixed}
        )
        rewrite = {"Type": "Rewrite", "Order": 1, "RewriteConfig": {"Host": "inner.test", "Path": "/echo", "Query": ""}}
        self.rule(110, [_condition("Path", ["/old/*"])], rewrite, _after(api))
        self.rule(
            120,
            [_condition("Path", ["/moved"])],
            _redirect(Path="/new${path}", Host="there.test", Port="81", Protocol="HTTP"),
        )
        self.rule(130, [_condition("Path", ["/odd"])], _redirect(Host="a.${host}.b"))
        self.rule(140, [_condition("Path", ["/both"])], edge.forward(("web", 50), ("api", 50)))
        limit = {"Type": "TrafficLimit", "Order": 1, "TrafficLimitConfig": {"QPS": 1, "PerIpQps": 0}}
        self.rule(160, [_condition("Path", ["/limited"])], limit, _after(api))
        each = {"Type": "TrafficLimit", "Order": 1, "TrafficLimitConfig": {"PerIpQps": 1}}
        self.rule(165, [_condition("Path", ["/each"])], each, _after(api))
        shared = {
            "AllowOrigin": ["https://a.example.test", "https://*.b.example.test:8443"], "AllowMethods": ["GET", "PUT"],
            "AllowHeaders": ["x-a"], "ExposeHeaders": ["x-b"], "AllowCredentials": "on", "MaxAge": 60,
        }  # fmt: skip
        self.rule(
            170, [_condition("Path", ["/shared"])], {"Type": "Cors", "Order": 1, "CorsConfig": shared}, _after(api)
        )
        self.rule(150, [_condition("Path", ["/v1/late"])], _redirect(Path="/never"))

    def _mutual(self):
        self.root = edge.issue("Acme Root", ca=True)
        leaf = edge.issue("web", edge.issue("Server Root", ca=True), usage="server", names=["www.example.test"])
        certificate = edge.put_server_certificate(self.store, self.folder, 1, leaf)
        self.store.put("cas.ca_certificate", "ca", {"Identifier": "ca", "Cert": self.root.pem})
        self.listener(
            "mutual", "web", ListenerProtocol="HTTPS", CaEnabled=True, CaCertificates=[{"CertificateId": "ca"}],
            Certificates=[{"CertificateId": certificate}], XForwardedForConfig={"XForwardedForProtoEnabled": True} | CERTIFICATE_HEADERS,
        )  # fmt: skip
        self.client = edge.issue("alice", self.root)


def _condition(kind, values, **more):
    return {"Type": kind, f"{kind}Config": {"Values": values} | more}


def _redirect(**config):
    return {"Type": "Redirect", "Order": 1, "RedirectConfig": {"HttpCode": "301"} | config}


def _insert(key, value, kind="UserDefined"):
    return {"Type": "InsertHeader", "Order": 1, "InsertHeaderConfig": {"Key": key, "Value": value, "ValueType": kind}}


def _remove(key):
    return {"Type": "RemoveHeader", "Order": 2, "RemoveHeaderConfig": {"Key": key}}


def _after(action):
    return action | {"Order": 9}


def test_client_certificate_headers_arrive_under_their_aliases(world):
    """Subject, issuer, SHA-256 fingerprint and result reach the server."""
    seen = _echo(world)
    fingerprint = world.client.certificate.fingerprint(edge.hashes.SHA256()).hex()
    assert seen["x-client-subject"] == "CN=alice,O=Acme,C=CN"
    assert seen["x-client-issuer"] == "CN=Acme Root,O=Acme,C=CN"
    assert seen["x-client-fingerprint"] == fingerprint
    assert seen["x-client-verify"] == "SUCCESS"
    assert seen["x-forwarded-proto"] == "https"


def test_client_sent_copies_are_stripped(world):
    """Neither aliases nor standard names can be set by a client, whatever their case."""
    sent = {name.title(): "forged" for name in ("x-client-subject", "x-client-verify", "x-client-issuer")}
    sent |= {f"X-Forwarded-Clientcert-{name}": "forged" for name in STANDARD}
    seen = _echo(world, headers=sent)
    assert "forged" not in seen.values()
    assert not [name for name in seen if name.startswith("x-forwarded-clientcert")]


def test_plain_listener_strips_the_standard_names_too(world):
    """Without TLS there is no certificate to speak of."""
    sent = {f"X-Forwarded-Clientcert-{name}": "forged" for name in STANDARD}
    assert "forged" not in world.get("plain", "/echo", headers=sent).echo["headers"].values()


def test_forwarded_for_is_appended_and_proto_is_off_by_default(world):
    """The client's address follows what it sent; a claimed protocol does not pass."""
    sent = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    seen = world.get("plain", "/echo", headers=sent).echo["headers"]
    assert seen["x-forwarded-for"].replace(" ", "") == "192.0.2.7,127.0.0.1"
    assert "x-forwarded-proto" not in seen


def _echo(world, headers=None):
    client = world.client.write(world.folder, "alice")
    answer = edge.https(edge.place(world.store, "mutual"), edge.tls_context(client=client), "/echo", headers=headers)
    return answer.echo["headers"]


@pytest.mark.parametrize(
    ("path", "options", "server"),
    [
        ("/", {"name": "api.example.test"}, "ECS03"),
        ("/", {"name": "API.example.test:8080"}, "ECS03"),
        ("/", {"name": "x.api.test"}, "ECS03"),
        ("/", {"name": "api.example.test.evil.test"}, "other"),
        ("/v1/users?x=1", {}, "ECS03"),
        ("/v12/users", {}, "other"),
        ("/health", {}, "ECS03"),
        ("/healthy", {}, "other"),
        ("/?/health", {}, "other"),
        ("/", {"headers": {"X-Colour": "bluegreen"}}, "ECS03"),
        ("/", {"headers": {"X-Colour": "red"}}, "other"),
        ("/", {"method": "DELETE"}, "ECS03"),
        ("/?side=api", {}, "ECS03"),
        ("/?s=abc", {}, "ECS03"),
        ("/?side=web", {}, "other"),
        ("/", {"headers": {"Cookie": "a=b; side=api; c=d"}}, "ECS03"),
        ("/", {"headers": {"Cookie": "outside=api"}}, "other"),
        ("/from-here", {}, "ECS03"),
        ("/v1/late", {}, "ECS03"),
        ("/", {}, "other"),
    ],
)
def test_conditions_choose_the_group(world, path, options, server):
    """Host, path, header, method, query, cookie and source address; the lower priority number wins."""
    found = world.get("ruled", path, **options).server
    assert (found if found == "ECS03" else "other") == server


def test_fixed_response(world):
    """Status, body and content type are the rule's."""
    answer = world.get("ruled", "/tea")
    assert (answer.status, answer.text, answer.headers["content-type"]) == (418, "short and stout", "text/html")


def test_inserted_value_is_literal(world):
    """`%` of a value reaches the server as it is; the removed header does not."""
    world.rule(
        5,
        [_condition("Path", ["/echo"])],
        _insert("x-made", "100% %REQ(x)%"),
        _remove("x-secret"),
        edge.forward(("api", 1)),
    )
    world.apply()
    seen = eventually(
        lambda: world.get("ruled", "/echo", headers={"X-Secret": "1"}).echo["headers"], lambda found: "x-made" in found
    )
    assert seen["x-made"] == "100% %REQ(x)%"
    assert "x-secret" not in seen


def test_rewrite_changes_host_and_path(world):
    """The server sees the rewritten request, the query kept."""
    seen = world.get("ruled", "/old/page?a=1").echo
    assert (seen["path"], seen["headers"]["host"]) == ("/echo?a=1", "inner.test")


def test_redirect_templates(world):
    """Path template, host, port (as served on this machine) and protocol; the query is kept."""
    answer = world.get("ruled", "/moved?a=1")
    assert (answer.status, answer.headers["location"]) == (301, "http://there.test:8081/new/moved?a=1")


def test_inexpressible_redirect_answers_501_and_is_reported(world):
    """It must not fall through to content."""
    assert world.get("ruled", "/odd").status == 501
    assert any("rule-130" in problem for problem in world.plane.problems())


@pytest.mark.parametrize("path", ["/limited", "/each"])
def test_a_limit_answers_for_the_servers(world, path):
    """One request a second is served, the next one is refused with 503, and a second later one is served again."""
    assert eventually(lambda: world.get("ruled", path).status, lambda status: status == 503) == 503
    assert eventually(lambda: world.get("ruled", path).server, lambda server: server == "ECS03") == "ECS03"
    assert {world.get("ruled", f"{path}-not").status for _ in range(20)} == {200}


@pytest.mark.parametrize("origin", ["https://a.example.test", "https://www.b.example.test:8443"])
def test_pages_of_named_sites_are_let_in(world, origin):
    """A browser's question is answered for them, and an answer names the site."""
    asked = {"Origin": origin, "Access-Control-Request-Method": "PUT"}
    told = world.get("ruled", "/shared", method="OPTIONS", headers=asked)
    assert told.status == 200 and "x-served-by" not in told.headers
    assert {key: told.headers[f"access-control-{key}"] for key in (
        "allow-origin", "allow-methods", "allow-headers", "allow-credentials", "max-age",
    )} == {"allow-origin": origin, "allow-methods": "GET,PUT", "allow-headers": "x-a", "allow-credentials": "true", "max-age": "60"}  # fmt: skip
    answer = world.get("ruled", "/shared", headers={"Origin": origin})
    assert (answer.server, answer.headers["access-control-allow-origin"]) == ("ECS03", origin)
    assert answer.headers["access-control-expose-headers"] == "x-b"


@pytest.mark.parametrize(
    "origin", ["http://a.example.test", "https://a.example.test.evil.test", "https://x.y.b.example.test:8443"]
)
def test_pages_of_other_sites_are_not(world, origin):
    """The near misses: another scheme, a longer name, two labels for one; the servers' answer has no permission in it."""
    answer = world.get("ruled", "/shared", headers={"Origin": origin})
    assert answer.server == "ECS03" and "access-control-allow-origin" not in answer.headers


def test_several_groups_share_by_weight(world):
    """Half of the requests reach each group, in the long run."""
    found = {world.get("ruled", "/both").server for _ in range(40)}
    assert found == {"ECS01", "ECS02", "ECS03"}


def test_http_listener_redirects_everything(world):
    """The tutorial's redirect rule: no path serves content, status and target as declared."""
    world.listener("redirecting", "web")
    edge.put_rule(
        world.store, "rule-r", "redirecting", 1, [_condition("Path", ["/*"])],
        [_redirect(Protocol="HTTPS", Port="443", Host="", Path="", Query="")],
    )  # fmt: skip
    world.apply()
    for path in ("/", "/a/b?c=d"):
        answer = world.get("redirecting", path, name="www.example.test:8080")
        assert answer.status == 301
        assert answer.headers["location"] == f"https://www.example.test:8443{path}"
        assert "Hello" not in answer.text


@pytest.mark.parametrize(
    ("kind", "entry", "served"),
    [
        ("White", "127.0.0.0/8", True),
        ("White", "10.0.0.0/8", False),
        ("Black", "127.0.0.1/32", False),
        ("Black", "10.0.0.0/8", True),
    ],
)
def test_access_control_list(world, kind, entry, served):
    """White lets only the listed in, black keeps only them out."""
    name = f"{kind}-{entry.partition('.')[0]}"
    world.store.put("alb.acl", f"acl-{name}", {"AclId": f"acl-{name}", "AclEntries": [{"Entry": entry}]})
    relations = [{"AclId": f"acl-{name}", "Status": "Associated"}]
    world.listener(name, "web", AclConfig={"AclType": kind, "AclRelations": relations})
    world.apply()
    assert _is_served(world, name) == served


def _group(*rules):
    """A security group's rules, of which only those about what comes in at the listener's port count."""
    keys = ("Direction", "IpProtocol", "PortRange", "Policy", "Priority", "SourceCidrIp", "Ipv6SourceCidrIp")
    base = dict(zip(keys, ("ingress", "ALL", "-1/-1", "Drop", "100", "0.0.0.0/0", ""), strict=True))
    return [base | rule | {"SecurityGroupRuleId": f"sgr-{number}"} for number, rule in enumerate(rules)]


ME = {"SourceCidrIp": "127.0.0.0/8", "Policy": "Accept"}


@pytest.mark.parametrize(
    ("rules", "served"),
    [
        ([], True),
        ([{}], False),
        ([{"SourceCidrIp": "10.0.0.0/8"}], True),
        ([{}, ME | {"Priority": "1"}], True),
        ([{"Priority": "1"}, ME | {"Priority": "2"}], False),
        ([{"Priority": "1"}, ME | {"Priority": "1"}], False),
        ([{"IpProtocol": "UDP"}], True),
        ([{"Direction": "egress"}], True),
        ([{"IpProtocol": "TCP", "PortRange": "1/65535"}], False),
        ([{"IpProtocol": "TCP", "PortRange": "1/1"}], True),
        ([ME], True),
        ([{"SourceCidrIp": ""}], True),
    ],
)
def test_security_groups_of_the_load_balancer(world, rules, served):
    """What no rule refuses is let in; the lowest priority counts, and of two alike the one that refuses."""
    world.store.put("ecs.security_group", "sg-1", {"SecurityGroupId": "sg-1", "Permissions": _group(*rules)})
    world.listener("grouped", "web")
    (balancer,) = world.store.list("alb.load_balancer")
    world.store.change("alb.load_balancer", balancer["LoadBalancerId"], SecurityGroupIds=["sg-1"])
    try:
        world.apply()
        assert _is_served(world, "grouped") == served
    finally:
        world.store.change("alb.load_balancer", balancer["LoadBalancerId"], SecurityGroupIds=[])
        world.apply()


def test_a_script_is_named_as_not_run(world):
    """The listener answers as if it were not there; one that is switched off is not worth a word."""
    world.listener("scripted", "web")
    script = {"ListenerId": "scripted", "Position": "RequestHead"}
    for name, enabled in (("blocks-all", True), ("resting", False)):
        world.store.put(
            "alb.script", f"as-{name}", script | {"AScriptId": f"as-{name}", "AScriptName": name, "Enabled": enabled}
        )
    try:
        world.apply()
        assert _is_served(world, "scripted")
        told = [problem for problem in world.plane.problems() if "script" in problem]
        assert told == ["listener scripted: script blocks-all (RequestHead) is not run here"]
    finally:
        world.store.delete("alb.script", "as-blocks-all")
        world.apply()


def _is_served(world, listener):
    try:
        return world.get(listener).status == 200
    except OSError:
        return False


def test_stopped_and_deleted_listeners_do_not_answer(world):
    """Stopping a listener closes its port."""
    world.listener("stopping", "web")
    world.apply()
    assert _is_served(world, "stopping")
    world.store.change("alb.listener", "stopping", ListenerStatus="Stopped")
    world.apply()
    assert eventually(lambda: _is_served(world, "stopping"), lambda served: not served) is False


def test_a_client_of_http_1_0_is_served(world):
    """nginx speaks it to its servers unless told otherwise. One request, an end of the connection, no chunks."""
    address, port = edge.place(world.store, "plain")
    with socket.create_connection((address, port), timeout=PATIENCE_SECONDS) as connection:
        connection.sendall(b"GET / HTTP/1.0\r\nHost: www.example.test\r\n\r\n")
        answered = b"".join(iter(lambda: connection.recv(65536), b""))
    head, _, body = answered.partition(b"\r\n\r\n")
    assert b" 200 " in head.splitlines()[0]
    assert b"chunked" not in head.lower()
    assert body


def test_rules_that_envoy_refuses_are_named_and_the_earlier_ones_go_on(world):
    """An expression that cannot be read, with Envoy's reason; once it is gone, nothing is said."""
    world.listener("mistaken", "web")
    world.apply()
    edge.put_rule(
        world.store, "rule-m", "mistaken", 1, [_condition("Path", ["~(unclosed"])], [edge.forward(("api", 1))]
    )
    world.plane.reconcile()
    told = eventually(lambda: [text for text in world.plane.problems() if "mistaken" in text])
    assert len(told) == 1 and "missing )" in told[0]
    assert _is_served(world, "mistaken")
    world.store.delete("alb.rule", "rule-m")
    world.plane.reconcile()
    assert (
        eventually(lambda: [text for text in world.plane.problems() if "mistaken" in text], lambda found: not found)
        == []
    )
