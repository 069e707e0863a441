"""The log of handshakes: a real Envoy, real clients, and what is told of each."""

import json
import re
import socket
import ssl
import stat
import subprocess
import time

import pytest

from local.backends import Fleet
from local.handshakes import table
from local.handshakes.command import read
from local.proxy import DataPlane, connection_log
from mtlsedge.verify.forgery import wrong_key
from mtlsedge.verify.identity import Identity
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow  # Envoy writes its lines at intervals
REFUSED = (ssl.SSLError, OSError)
HOST = "www.example.test"


class World:
    """Listeners with and without client verification, with an access control list, without servers, without TLS."""

    def __init__(self, folder):
        self.folder, self.store = folder, edge.MemoryStore()
        self.root, self.stranger = (edge.issue(name, ca=True, days=3000) for name in ("Acme Root", "Stranger"))
        self.between = edge.intermediate(self.root)
        server = edge.issue("web", self.stranger, usage="server", names=[HOST, "*.wild.test"], key="rsa")
        self.certificate = edge.put_server_certificate(self.store, folder, 1, server)
        self.store.put("cas.ca_certificate", "ca-1", {"Identifier": "ca-1", "Cert": self.root.pem})
        self.store.put("alb.acl", "acl-1", {"AclId": "acl-1", "AclEntries": [{"Entry": "10.0.0.0/8"}]})
        self.fleet = Fleet(self.store, folder)
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        edge.put_load_balancer(self.store, "alb-h", 61)
        instance = edge.put_instance(self.store, 1, 61)
        edge.put_group(self.store, "sgp-h", [edge.server(instance, free_port())])
        edge.put_group(self.store, "sgp-none", [])
        self.listener("mutual", **self.verifying())
        self.listener("open")
        self.listener("no-servers", group="sgp-none", **self.verifying())
        acl = {"AclType": "White", "AclRelations": [{"AclId": "acl-1"}]}
        self.listener("acl", AclConfig=acl, **self.verifying())
        self.listener("plain", ListenerProtocol="HTTP", Certificates=[])
        self.listener("grouped", **self.verifying())
        self.refuse_by_group("alb-h", self.store.get("alb.listener", "grouped")["ListenerPort"])

    def verifying(self):
        return {"CaEnabled": True, "CaCertificates": [{"CertificateId": "ca-1"}]}

    def refuse_by_group(self, balancer, port):
        rule = {
            "SecurityGroupRuleId": "sgr-1",
            "Direction": "ingress",
            "IpProtocol": "TCP",
            "PortRange": f"{port}/{port}",
        }
        rule |= {"Policy": "Drop", "Priority": "100", "SourceCidrIp": "0.0.0.0/0", "Ipv6SourceCidrIp": ""}
        self.store.put("ecs.security_group", "sg-1", {"SecurityGroupId": "sg-1", "Permissions": [rule]})
        self.store.change("alb.load_balancer", balancer, SecurityGroupIds=["sg-1"])

    def listener(self, name, group="sgp-h", **changes):
        wanted = {"Certificates": [{"CertificateId": self.certificate}]} | changes
        edge.put_listener(self.store, name, "alb-h", free_port("127.0.10.61"), group, **wanted)

    def place(self, listener="mutual"):
        return edge.place(self.store, listener)

    @property
    def log(self):
        return self.plane.envoy.connection_log

    def files(self, issued):
        return issued.write(self.folder, f"client-{id(issued)}")

    def ask(self, issued=None, listener="mutual", path="/", name=HOST, **options):
        """One request; a refusal is what the log is to tell of."""
        client = self.files(issued) if issued else None
        try:
            return edge.https(self.place(listener), edge.tls_context(client=client, **options), path, name=name)
        except REFUSED:
            return None

    def told(self, act):
        """The one handshake that is told of what `act` does."""
        before = len(list(read(self.log)))
        act()
        found = eventually(lambda: list(read(self.log))[before:], bool)
        assert len(found) == 1, found
        return found[0]


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One Envoy with every listener of this module."""
    made = World(tmp_path_factory.mktemp("handshakes"))
    made.fleet.start()
    made.plane.start()
    assert made.plane.await_applied()
    assert made.plane.problems() == []
    edge.await_checked(made.plane, made.store)
    yield made
    made.plane.stop()
    made.fleet.stop()


def openssl(issued, field):
    """A fact of a certificate in OpenSSL's words, which share no code with Envoy's or Python's."""
    shown = subprocess.run(
        ["openssl", "x509", "-noout", *field.split()], input=issued.pem, capture_output=True, text=True, check=True
    )
    return shown.stdout.strip().partition("=")[2].lower()


def test_accepted_client_is_told_with_its_certificate_and_request(world):
    """Everything that the listener knew, once, however many requests follow; the query is nowhere."""
    alice = edge.issue("alice", world.root)
    shake = world.told(lambda: world.ask(alice, path="/hello?token=sesame"))
    told = shake.document()
    assert (told["verdict"], told["reason"]) == ("accepted", "accepted")
    assert (told["loadBalancer"], told["listener"], told["sni"]) == ("alb-h", "mutual", HOST)
    assert (told["tlsVersion"], told["certificateShown"]) == ("TLSv1.3", "yes")
    assert told["cipher"].startswith("TLS_AES_")
    assert (told["subject"], told["issuer"]) == ("CN=alice,O=Acme,C=CN", "CN=Acme Root,O=Acme,C=CN")
    assert told["serial"].lstrip("0") == openssl(alice, "-serial").lstrip("0")
    assert told["fingerprint"] == openssl(alice, "-fingerprint -sha256").replace(":", "")
    request = told["request"]
    assert (request["method"], request["path"], request["status"]) == ("GET", "/hello", 200)
    assert request["host"].startswith(HOST)
    assert "sesame" not in world.log.read_text()


def test_connection_with_many_requests_is_told_once(world):
    """The first request stands for the connection, while it still lasts."""
    context = edge.tls_context(client=world.files(edge.issue("bob", world.root)))

    def several():
        with socket.create_connection(world.place()) as raw, context.wrap_socket(raw, server_hostname=HOST) as tls:
            for _ in range(3):
                tls.sendall(f"HEAD / HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode())
                assert b"200" in tls.recv(4096)
            assert eventually(lambda: list(read(world.log))[-1].line["subject"], lambda name: "bob" in str(name))

    assert world.told(several).request["status"] == 200


def test_no_certificate(world):
    """The log says that none was shown, and names no subject."""
    told = world.told(world.ask).document()
    assert (told["verdict"], told["reason"], told["certificateShown"]) == ("refused", "client.no-certificate", "no")
    assert told["subject"] is None
    assert told["request"] is None


@pytest.mark.parametrize("highest", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_refused_certificates_are_named(world, highest):
    """Of a client that is refused the log has subject and fingerprint, in both TLS versions."""
    mallory = edge.issue("mallory", world.stranger)
    told = world.told(lambda: world.ask(mallory, highest=highest)).document()
    assert (told["verdict"], told["reason"]) == ("refused", "chain.incomplete")
    assert (told["subject"], told["issuer"]) == ("CN=mallory,O=Acme,C=CN", "CN=Stranger,O=Acme,C=CN")
    assert told["fingerprint"] == openssl(mallory, "-fingerprint -sha256").replace(":", "")
    assert told["tlsVersion"] == highest.name.replace("_", ".")
    assert "unable_to_get_local_issuer_certificate" in told["failure"]


def test_expired_certificate(world):
    """Over since yesterday."""
    told = world.told(lambda: world.ask(edge.issue("old", world.root, days=-1, started=9)))
    assert (told.verdict, told.reason) == ("refused", "date.expired")
    assert told.line["subject"] == "CN=old,O=Acme,C=CN"


def test_stolen_certificate(world):
    """The good certificate, the handshake signed with another key: no failure of its chain."""
    alice = edge.issue("alice", world.root)
    crossed = wrong_key(Identity(alice.pem, alice.key_pem))
    for content, name in ((crossed.chain_pem, "crossed.crt"), (crossed.private_key_pem, "crossed.key")):
        (world.folder / name).touch(mode=0o600)
        (world.folder / name).write_text(content)
    context = edge.tls_context(client=(world.folder / "crossed.crt", world.folder / "crossed.key"))

    def ask():
        with pytest.raises(REFUSED):
            edge.https(world.place(), context)

    shake = world.told(ask)
    assert (shake.verdict, shake.reason) == ("refused", "client.key-mismatch")


def test_tls_version_and_cipher_that_the_listener_does_not_have(world):
    """What was not agreed on is not named, and the certificate is not known: none had been sent."""
    old = world.told(lambda: world.ask(lowest=ssl.TLSVersion.TLSv1, highest=ssl.TLSVersion.TLSv1_1))
    assert (old.reason, old.tls_version, old.certificate_shown) == ("tls.version-not-shared", None, "not known")
    context = edge.tls_context(highest=ssl.TLSVersion.TLSv1_2)
    context.set_ciphers("AES128-SHA256")
    with pytest.raises(REFUSED):
        edge.https(world.place(), context)
    found = eventually(lambda: list(read(world.log))[-1], lambda shake: shake.reason != "tls.version-not-shared")
    assert (found.verdict, found.reason, found.tls_version) == ("refused", "tls.cipher-not-shared", None)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (HOST, "accepted"),
        ("shop.wild.test", "accepted"),
        ("WWW.example.test", "accepted"),
        ("nobody.example.test", "host.unknown-sni"),
        ("a.b.wild.test", "host.unknown-sni"),
    ],
)
def test_name_that_the_listener_has_no_certificate_for(world, name, reason):
    """Envoy answers with the default certificate and lets the client in; the log says that it was the default one."""
    shake = world.told(lambda: world.ask(edge.issue("carol", world.root), name=name))
    assert (shake.verdict, shake.reason, shake.request["status"]) == ("accepted", reason, 200)
    assert shake.line["sni"].lower() == name.lower()


def test_plain_http_on_the_tls_port(world):
    """Neither SNI nor certificate; the reason says what came."""

    def ask():
        with pytest.raises(OSError, match="closed connection"):
            edge.plain(world.place())

    told = world.told(ask).document()
    assert (told["verdict"], told["reason"], told["sni"]) == ("refused", "client.plain-http", None)
    assert told["certificateShown"] == "not known"


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x00"])
def test_connection_closed_before_the_handshake(world, sent):
    """Nothing, or less than a ClientHello."""

    def leave():
        with socket.create_connection(world.place()) as raw:
            raw.sendall(sent)

    told = world.told(leave)
    assert (told.verdict, told.reason, told.certificate_shown) == ("refused", "closed.before-hello", "not known")
    assert told.line["client"].startswith("127.0.0.1:")


def test_client_that_does_not_believe_the_server(world):
    """TLS 1.2: its alert says so. TLS 1.3: the alert cannot be read, and the log does not guess."""
    context = edge.tls_context(world.root.pem)

    def ask():
        with pytest.raises(ssl.SSLCertVerificationError):
            edge.https(world.place(), context)

    assert world.told(ask).reason == "client.broke-off"
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert world.told(ask).reason == "server.untrusted-root"


@pytest.mark.parametrize(
    ("listener", "reason", "verdict", "status"),
    [
        ("no-servers", "servers.down", "accepted", 503),
        ("open", "listener.open", "accepted", 200),
    ],
)
def test_what_happened_behind_the_handshake(world, listener, reason, verdict, status):
    """Let in, and yet no answer of a server; and a listener that asks nobody."""
    shake = world.told(lambda: world.ask(edge.issue("dave", world.root), listener))
    assert (shake.verdict, shake.reason, shake.request["status"]) == (verdict, reason, status)


@pytest.mark.parametrize(("listener", "reason"), [("acl", "denied.by-acl"), ("grouped", "denied.by-security-group")])
def test_address_that_is_kept_out(world, listener, reason):
    """The certificate is good; the address is not on the list, or a security group of the load balancer refuses it."""
    shake = world.told(lambda: world.ask(edge.issue("erin", world.root), listener))
    assert (shake.verdict, shake.reason) == ("refused", reason)


def test_plain_listener_has_lines_too(world):
    """HTTP: no TLS to tell of."""
    shake = world.told(lambda: edge.plain(world.place("plain"), "/x"))
    assert (shake.verdict, shake.reason, shake.tls_version) == ("accepted", "listener.open", None)
    assert shake.request["path"] == "/x"


def test_file_is_for_its_owner_and_bounded(world, monkeypatch):
    """0600 from the start; a file that has grown is put aside, and Envoy goes on in a new one, also 0600."""
    assert stat.S_IMODE(world.log.stat().st_mode) == 0o600
    world.told(lambda: world.ask(edge.issue("frank", world.root)))
    world.plane.tidy()
    assert not world.log.with_name("connections.jsonl.1").exists()
    time.sleep(0.5)  # the end of the last connection, which Envoy may still hold back
    monkeypatch.setattr(connection_log, "MAXIMUM_BYTES", 100)
    world.plane.tidy()
    assert stat.S_IMODE(world.log.stat().st_mode) == 0o600
    assert world.log.stat().st_size == 0
    shake = world.told(lambda: world.ask(edge.issue("grace", world.root)))
    assert shake.line["subject"] == "CN=grace,O=Acme,C=CN"
    assert world.log.stat().st_size > 0


def test_hostile_names_do_nothing(world):
    """Escapes, line ends and marks of direction in subject, SNI and path: one line each, nothing for a terminal."""
    eve = edge.issue("ev\x1b[31me\u202e\r\n<script>", world.root)
    shake = world.told(lambda: world.ask(eve, path="/%1b[31m"))
    lines = table.row(shake, table.columns(200, lambda identifier: f"{identifier}\x1b]0;x\x07\n"), 200)
    assert len(lines) == 1
    assert re.search(r"[\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]", lines[0]) is None
    assert json.loads(json.dumps(shake.document()))["subject"] == shake.line["subject"]
