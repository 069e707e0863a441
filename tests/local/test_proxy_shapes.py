"""Odd certificates shown to a real Envoy: what we take it lets in; the whole run: see CONTRIBUTING.md."""

import os
import ssl
from datetime import UTC, datetime

import pytest

from local.proxy import DataPlane
from mtlsedge_components.x509.external import client_problems
from tests.local import edge_support as edge
from tests.ports import free_port
from tests.unit import der
from tests.unit.x509_shapes import key, root, shape

IS_WHOLE = os.environ.get("MTLSEDGE_WHOLE") == "true"
pytestmark = [pytest.mark.slow, pytest.mark.timeout(3_600 if IS_WHOLE else 300)]
SHAPES = 2000 if IS_WHOLE else 260
ROOTS = [root(key("p384")), root(key("rsa-2048"))]


@pytest.fixture(scope="module")
def front(tmp_path_factory):
    """An Envoy with a listener a root, and nothing behind: an answer of 503 is let in. Its store, and its folder."""
    folder, store = tmp_path_factory.mktemp("shapes"), edge.MemoryStore()
    plane = DataPlane(store, folder / "envoy", store_folder=folder)
    server = edge.put_server_certificate(store, folder, 1, edge.issue("web", usage="server", names=["a.test"]))
    host = edge.unused_host()
    edge.put_group(store, "sgp-none", [])
    edge.put_load_balancer(store, "alb-shapes", host)
    for number, pem in enumerate(ROOTS):
        store.put("cas.ca_certificate", f"ca-{number}", {"Identifier": f"ca-{number}", "Cert": pem})
        edge.put_listener(
            store, f"lsn-{number}", "alb-shapes", free_port(f"127.0.10.{host}"), "sgp-none",
            Certificates=[{"CertificateId": server}], CaEnabled=True, CaCertificates=[{"CertificateId": f"ca-{number}"}],
        )  # fmt: skip
    plane.start()
    assert plane.await_applied()
    yield store, folder
    plane.stop()


def lets_in(store, folder, found) -> bool | None:
    """Whether Envoy lets the client in; None where the client's own library does not load the certificate."""
    (folder / "client.crt").write_text(found.client + found.between)
    (folder / "client.key").touch(mode=0o600)
    (folder / "client.key").write_text(der.key_pem(found.key))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        context.load_cert_chain(folder / "client.crt", folder / "client.key")
    except ssl.SSLError:
        return None
    try:
        edge.https(edge.place(store, f"lsn-{ROOTS.index(found.root)}"), context)
    except (ssl.SSLError, ConnectionError):
        return False
    return True


def test_what_we_take_envoy_lets_in(front) -> None:
    """Each oddity alone, then several together; and it is not so that everything is refused."""
    store, folder = front
    refused, both = [], 0
    for seed in range(SHAPES):
        found = shape(seed)
        if not client_problems(found.client + found.between, found.root, datetime.now(UTC)):
            both += 1
            if lets_in(store, folder, found) is not True:
                refused.append((seed, found.oddities))
    assert refused == []
    assert both > SHAPES // 5


def test_what_is_refused_for_envoys_sake_envoy_refuses(front) -> None:
    """What OpenSSL takes, and we do not because BoringSSL does not."""
    store, folder = front
    kinds = {
        "version 1 with extensions", "any policy twice", "explicit policy", "constraints with a minimum", "pss salt 10",
        "rsa key without null", "crl points critical", "p521", "key agreement alone",
    }  # fmt: skip
    alone = [found for found in map(shape, range(200)) if len(found.oddities) == 1 and found.oddities[0] in kinds]
    assert {found.oddities[0] for found in alone} == kinds
    clients = [found for found in alone if found.role == "client" or found.oddities[0] != "p521"]
    assert [found.oddities for found in clients if lets_in(store, folder, found)] == []
