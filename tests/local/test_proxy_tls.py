"""Handshakes with a real Envoy: who is let in, under which TLS version, with which certificate."""

import ssl

import pytest

from local.backends import Fleet
from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.waiting import eventually

REFUSED = (ssl.SSLError, ConnectionError)


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One Envoy with a mutual-TLS listener, one per TLS policy, and one with several certificates."""
    folder, store = tmp_path_factory.mktemp("tls"), edge.MemoryStore()
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
        self.folder, self.store = folder, store
        self.root = edge.issue("Acme Root", ca=True, days=3000)
        self.between = edge.intermediate(self.root)
        self.server_root = edge.issue("Server Root", ca=True, days=3000)
        self.fleet = Fleet(store, folder)
        self.plane = DataPlane(store, folder / "envoy", store_folder=folder)
        self._certificates()
        self._topology()

    def _certificates(self):
        store = self.store
        leaf = edge.issue("web", self.server_root, usage="server", names=["www.example.test"], key="rsa")
        shop = edge.issue("shop", self.server_root, usage="server", names=["shop.example.test"])
        wild = edge.issue("wild", self.server_root, usage="server", names=["*.wild.test"], key="rsa")
        self.default = edge.put_server_certificate(store, self.folder, 1, leaf)
        self.shop = edge.put_server_certificate(store, self.folder, 2, shop)
        self.wild = edge.put_server_certificate(store, self.folder, 3, wild)
        store.put("cas.ca_certificate", "ca-1", {"Identifier": "ca-1", "Cert": self.root.pem})

    def _topology(self):
        store, port = self.store, free_port()
        servers = [edge.server(edge.put_instance(store, number, 30 + number), port) for number in (1, 2)]
        edge.put_group(store, "sgp-tls", servers)
        edge.put_load_balancer(store, "alb-tls", 31)
        self.mutual("lsn-mutual", ca="ca-1", additional=[self.shop, self.wild])
        self.mutual("lsn-orphan", ca="ca-missing")
        for policy in ("1_0", "1_1", "1_2", "1_2_strict", "1_0_to_1_3"):
            self.listener(f"lsn-{policy}", SecurityPolicyId=f"tls_cipher_policy_{policy}")
        store.put("alb.security_policy", "tls-custom", {
            "SecurityPolicyId": "tls-custom", "TLSVersions": ["TLSv1.3"], "Ciphers": ["TLS_AES_128_GCM_SHA256"],
        })  # fmt: skip
        self.listener("lsn-custom", SecurityPolicyId="tls-custom")
        self.listener("lsn-http1", Http2Enabled=False)
        self.listener("lsn-no-key", Certificates=[{"CertificateId": "99-ap-southeast-1"}])

    def listener(self, name, **changes):
        wanted = {"Certificates": [{"CertificateId": self.default}]} | changes
        edge.put_listener(self.store, name, "alb-tls", free_port("127.0.10.31"), "sgp-tls", **wanted)

    def mutual(self, name, ca, additional=()):
        extra = [{"CertificateId": identifier} for identifier in additional]
        self.listener(name, CaEnabled=True, CaCertificates=[{"CertificateId": ca}], AdditionalCertificates=extra)

    def get(self, listener, **options):
        return edge.https(edge.place(self.store, listener), edge.tls_context(**options))

    def as_client(self, issued, key_of=None):
        return self.get("lsn-mutual", client=issued.write(self.folder, f"client-{id(issued)}", key_of))


def test_good_client_is_served_by_both_servers_in_turn(world):
    """A chain of root and intermediate, the intermediate sent by the client, is walked; servers alternate."""
    client = edge.leaf_below(world.between, "alice")
    answers = [world.as_client(client) for _ in range(4)]
    assert [answer.status for answer in answers] == [200] * 4
    assert {answers[0].server, answers[1].server} == {"ECS01", "ECS02"}
    assert [answers[0].server, answers[1].server] * 2 == [answer.server for answer in answers]


def test_client_without_intermediate_is_refused(world):
    """Without the intermediate the leaf does not reach the trusted root."""
    alone = edge.issue("alone", world.between)
    with pytest.raises(REFUSED):
        world.as_client(alone)


def test_client_of_the_root_itself_is_served(world):
    """A leaf signed directly by the trusted CA needs no chain."""
    assert world.as_client(edge.issue("direct", world.root)).status == 200


def test_no_certificate_is_refused(world):
    """The handshake ends without content."""
    with pytest.raises(REFUSED):
        world.get("lsn-mutual")


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda world: edge.issue("stranger", edge.issue("Other Root", ca=True)), id="stranger"),
        pytest.param(lambda world: edge.issue("old", world.root, started=30, days=-1), id="expired"),
        pytest.param(lambda world: edge.issue("early", world.root, started=-2), id="not yet valid"),
        pytest.param(lambda world: edge.issue("twin", edge.issue("Acme Root", ca=True)), id="same name, other key"),
        pytest.param(lambda world: edge.issue("server", world.root, usage="server"), id="server-only"),
        pytest.param(lambda world: edge.issue("self", None), id="self-signed"),
    ],
)
def test_wrong_certificates_are_refused(world, make):
    """Chain, validity and extended key usage are all checked."""
    with pytest.raises(REFUSED):
        world.as_client(make(world))


def test_server_chain_is_presented(world):
    """A client that trusts only the server's root accepts the server."""
    client = edge.issue("verifier", world.root).write(world.folder, "verifier")
    assert world.get("lsn-mutual", trusted=world.server_root.pem, client=client).status == 200


@pytest.mark.parametrize(
    ("name", "common_name"),
    [("shop.example.test", "shop"), ("a.wild.test", "wild"), ("www.example.test", "web"), ("elsewhere.test", "web")],
)
def test_server_name_chooses_the_certificate(world, name, common_name):
    """Exact names and wildcards of additional certificates are matched; everything else gets the default."""
    assert _presented(world, "lsn-mutual", name) == common_name


def _presented(world, listener, name):
    context = edge.tls_context()
    client = edge.issue("looker", world.root).write(world.folder, "looker")
    context.load_cert_chain(*client)
    raw = edge.socket.create_connection(edge.place(world.store, listener), 5)
    with context.wrap_socket(raw, server_hostname=name) as connection:
        found = edge.x509.load_der_x509_certificate(connection.getpeercert(binary_form=True))
    return found.subject.get_attributes_for_oid(edge.NameOID.COMMON_NAME)[0].value


VERSIONS = {
    "1_0": {"TLSv1": True, "TLSv1_1": True, "TLSv1_2": True, "TLSv1_3": False},
    "1_1": {"TLSv1": False, "TLSv1_1": True, "TLSv1_2": True, "TLSv1_3": False},
    "1_2": {"TLSv1": False, "TLSv1_1": False, "TLSv1_2": True, "TLSv1_3": False},
    "1_2_strict": {"TLSv1": False, "TLSv1_1": False, "TLSv1_2": True, "TLSv1_3": False},
    "1_0_to_1_3": {"TLSv1": True, "TLSv1_1": True, "TLSv1_2": True, "TLSv1_3": True},
    "custom": {"TLSv1": False, "TLSv1_1": False, "TLSv1_2": False, "TLSv1_3": True},
    "http1": {"TLSv1": False, "TLSv1_1": False, "TLSv1_2": True, "TLSv1_3": True},
}


@pytest.mark.parametrize("policy", VERSIONS)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_policy_decides_about_versions(world, policy):
    """Each policy accepts exactly the TLS versions that its name says (http1 has the strict one with 1.3)."""
    accepted = {name: _accepts(world, f"lsn-{policy}", ssl.TLSVersion[name]) for name in VERSIONS[policy]}
    assert accepted == VERSIONS[policy]


def _accepts(world, listener, version):
    try:
        return world.get(listener, lowest=version, highest=version).status == 200
    except REFUSED:
        return False


@pytest.mark.parametrize(("listener", "protocol"), [("lsn-1_2", "h2"), ("lsn-http1", "http/1.1")])
def test_http2_is_offered_unless_switched_off(world, listener, protocol):
    """ALPN answers h2, or only http/1.1."""
    context = edge.tls_context(alpn=["h2", "http/1.1"])
    raw = edge.socket.create_connection(edge.place(world.store, listener), 5)
    with context.wrap_socket(raw, server_hostname="www.example.test") as connection:
        assert connection.selected_alpn_protocol() == protocol


def test_missing_ca_keeps_the_listener_shut(world):
    """Client verification without its CA must not become no verification."""
    with pytest.raises(OSError):
        world.get("lsn-orphan")
    assert any("lsn-orphan" in problem and "ca-missing" in problem for problem in world.plane.problems())


def test_missing_certificate_takes_no_other_listener_down(world):
    """The listener is named as a problem; the others serve."""
    assert any("lsn-no-key" in problem for problem in world.plane.problems())
    assert world.get("lsn-1_2").status == 200


def test_private_keys_are_not_in_envoys_files(world):
    """Envoy gets the path of the 0600 file, never the key."""
    written = [file.read_text(errors="replace") for file in (world.folder / "envoy").rglob("*") if file.is_file()]
    assert not [text for text in written if "PRIVATE KEY" in text]
    assert "PRIVATE KEY" not in world.plane.envoy.admin.ask("/config_dump")


def test_changed_ca_holds_for_the_next_connection(world):
    """After the listener trusts another CA, clients of the first are refused and those of the second served."""
    other = edge.issue("Next Root", ca=True)
    world.store.put("cas.ca_certificate", "ca-2", {"Identifier": "ca-2", "Cert": other.pem})
    world.mutual("lsn-rotated", ca="ca-1")
    world.plane.reconcile()
    assert world.plane.await_applied()
    world.store.change("alb.listener", "lsn-rotated", CaCertificates=[{"CertificateId": "ca-2"}])
    world.plane.reconcile()
    new = edge.issue("new", other).write(world.folder, "new")
    old = edge.issue("old", world.root).write(world.folder, "old")
    eventually(lambda: world.get("lsn-rotated", client=new).status == 200)
    with pytest.raises(REFUSED):
        world.get("lsn-rotated", client=old)
