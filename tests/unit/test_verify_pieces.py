"""The parts of `verify` one by one: old ClientHellos, forged identities, health, keys in state, refusals, reports."""

import base64
import json
import socket
import ssl
import threading
from datetime import UTC, datetime

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from mtlsedge.errors import CommandError
from mtlsedge.verify import forgery, state_keys
from mtlsedge.verify.client_hello import OldVersion, client_hello, offer
from mtlsedge.verify.connecting import Endpoint, Outcome, Request, handshake, plain_get
from mtlsedge.verify.health import combine
from mtlsedge.verify.identity import Identity, load_into
from mtlsedge.verify.resolving import NameProblem, Names, split_address
from tests.ports import free_port
from tests.unit import verify_stack
from tests.unit.verify_edge import Faults, edge
from tests.unit.verify_stack import HOST, pki

NOW = datetime.now(UTC)
ALICE = Identity(pki().client.certificate_pem + pki().intermediate.certificate_pem, pki().client.private_key_pem)
pytestmark = pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")


def answering(reply: bytes) -> int:
    """The port of a server that answers one connection with these bytes and closes."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, listener:
            connection.recv(4096)
            connection.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def endpoint(port: int) -> Endpoint:
    return Endpoint(("127.0.0.1",), port, 2.0)


@pytest.mark.parametrize("version", list(OldVersion))
def test_a_client_hello_is_understood_by_a_real_server(version, tmp_path):
    """A listener that still speaks an old version takes the offer of exactly that version."""
    with edge(tmp_path, Faults(lowest=ssl.TLSVersion.TLSv1)) as place:
        attempt = offer(endpoint(place.https_port), HOST, version)
    assert attempt.outcome is Outcome.ANSWERED
    assert f"0x{version.value:04x}" in attempt.detail


def test_a_client_hello_carries_version_and_server_name():
    """The record announces TLS 1.0, the message the offered version and the host."""
    hello = client_hello("www.example.test", OldVersion.TLS_1_1)
    assert hello[:3] == b"\x16\x03\x01"
    assert hello[9:11] == b"\x03\x02"
    assert b"www.example.test" in hello


@pytest.mark.parametrize(
    ("reply", "outcome"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46", Outcome.REFUSED),
        (b"", Outcome.REFUSED),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", Outcome.UNCLEAR),
        (b"\x16\x03\x01\x00\x2a\x02\x00\x00\x26\x03\x01", Outcome.ANSWERED),
    ],
)
def test_the_first_record_decides(reply, outcome):
    """An alert or a closed connection refuses, a ServerHello accepts, anything else proves nothing."""
    assert offer(endpoint(answering(reply)), HOST, OldVersion.TLS_1_0).outcome is outcome


def test_a_closed_port_is_no_refusal():
    """Nobody listening proves nothing about the listener's rules."""
    port = free_port()
    assert offer(endpoint(port), HOST, OldVersion.TLS_1_0).outcome is Outcome.UNREACHABLE
    assert handshake(endpoint(port), Request(HOST), ALICE).outcome is Outcome.UNREACHABLE
    assert not handshake(endpoint(port), Request(HOST), ALICE).refused


def test_a_silent_port_is_no_refusal():
    """A connection that is taken and never answered is unclear."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent_endpoint = Endpoint(("127.0.0.1",), silent.getsockname()[1], 0.3)
        assert handshake(silent_endpoint, Request(HOST), ALICE).outcome is Outcome.UNCLEAR
        assert offer(silent_endpoint, HOST, OldVersion.TLS_1_0).outcome is Outcome.UNCLEAR


def test_plain_http_on_the_tls_port_is_no_refusal():
    """A port that does not speak TLS is unclear, not refused."""
    attempt = handshake(endpoint(answering(b"HTTP/1.1 200 OK\r\n\r\n")), Request(HOST), ALICE)
    assert attempt.outcome is Outcome.UNCLEAR


def test_http_400_counts_as_refused():
    """ALB may word a refused certificate as HTTP 400 instead of an alert."""
    attempt = plain_get(endpoint(answering(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")), Request(HOST))
    assert attempt.refused
    assert not attempt.let_in


def test_the_second_address_is_tried():
    """An address that takes no connection does not hide the next one."""
    port = answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
    assert plain_get(Endpoint(("127.0.0.99", "127.0.0.1"), port, 2.0), Request(HOST)).let_in


def test_the_wrong_key_is_loaded_and_wrong():
    """The crossed key fits the certificate on paper: OpenSSL loads it, its private half is another."""
    forged = forgery.wrong_key(ALICE)
    load_into(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), forged)
    own = serialization.load_pem_private_key(ALICE.private_key_pem.encode(), None)
    scalar = own.private_numbers().private_value.to_bytes(32, "big")
    crossed = base64.b64decode("".join(forged.private_key_pem.splitlines()[1:-1]))
    assert forged.chain_pem == ALICE.chain_pem
    assert forgery._public_half(own.public_key()) in crossed
    assert scalar not in crossed
    assert forged.private_key_pem not in repr(forged)


def test_a_forged_certificate_has_the_good_clients_names():
    """Otherwise an authority with name constraints would have them refused for their names, not for the forgery."""
    holder = forgery.Holder.of(ALICE.certificate)
    [leaf, _] = x509.load_pem_x509_certificates(forgery.stranger(holder, NOW).chain_pem.encode())
    kind = x509.SubjectAlternativeName
    assert leaf.subject == ALICE.certificate.subject
    assert leaf.extensions.get_extension_for_class(kind) == ALICE.certificate.extensions.get_extension_for_class(kind)
    nameless = x509.load_pem_x509_certificate(pki().root.certificate_pem.encode())
    assert forgery.Holder.of(nameless).names == forgery.NO_NAMES


def test_the_twin_ca_has_the_same_name_and_key_identifier():
    """A verifier that matches by name or by key identifier alone would take the twin for the real CA."""
    trusted = x509.load_pem_x509_certificate(pki().root.certificate_pem.encode())
    leaf, twin = x509.load_pem_x509_certificates(
        forgery.same_name(trusted, forgery.Holder(trusted.subject), NOW).chain_pem.encode()
    )
    extension = x509.SubjectKeyIdentifier
    assert twin.subject == trusted.subject == leaf.issuer
    assert twin.extensions.get_extension_for_class(extension) == trusted.extensions.get_extension_for_class(extension)
    assert twin.public_key() != trusted.public_key()


def test_a_private_key_never_touches_the_disk_in_clear(tmp_path, monkeypatch):
    """What the TLS library reads is encrypted, 0600, and gone afterwards."""
    seen = {}
    real = ssl.SSLContext.load_cert_chain

    def spy(self, chain, key, password):
        seen["text"], seen["mode"] = key.read_text(), key.stat().st_mode & 0o777
        real(self, chain, key, password)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    handshake(endpoint(1), Request(HOST), ALICE)
    assert seen["text"].startswith("-----BEGIN ENCRYPTED")
    assert seen["mode"] == 0o600
    assert list(tmp_path.iterdir()) == []


def test_names_that_do_not_resolve_say_so(tmp_path):
    """A missing name and a silent resolver are one clear line each."""
    with edge(tmp_path) as place:
        names = Names(place.resolver, 1.0)
        assert names.cname(HOST) == verify_stack.BALANCER
        assert names.addresses(HOST) == ("127.0.0.1",)
        assert names.addresses("192.0.2.7") == ("192.0.2.7",)
        with pytest.raises(NameProblem, match=r"nothing\.test does not exist"):
            names.addresses("nothing.test")
    with pytest.raises(NameProblem, match="no answer from"):
        Names("127.0.0.1:9", 0.3).addresses(HOST)


@pytest.mark.parametrize("text", ["", "dns.example.test:53", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:70000"])
def test_a_resolver_is_an_address_and_a_port(text):
    """Anything else is refused with what was found and what is allowed."""
    with pytest.raises(CommandError, match=f"--resolver: found '{text}'; expected IP-ADDRESS:PORT"):
        split_address(text, "--resolver")


def test_health_joins_members_and_the_troubled_ones():
    """Members not in the report are normal; weight 0 takes no traffic; names come from the description."""
    report = {
        "ListenerHealthStatus": [
            {
                "ServerGroupInfos": [
                    {
                        "ServerGroupId": "sgp-1",
                        "HealthCheckEnabled": "on",
                        "NonNormalServers": [
                            {
                                "ServerId": "i-2",
                                "Port": 80,
                                "Status": "Unhealthy",
                                "Reason": {"ReasonCode": "CONNECT_FAILED"},
                            }
                        ],
                    }
                ]
            }
        ],
        "RuleHealthStatus": [{"ServerGroupInfos": [{"ServerGroupId": "sgp-2", "HealthCheckEnabled": "off"}]}],
    }
    members = {
        "sgp-1": [
            {"ServerId": "i-1", "Port": 80, "Weight": 100, "Description": "web/ECS01"},
            {"ServerId": "i-2", "Port": 80, "Weight": 100, "Description": "web/ECS02"},
            {"ServerId": "i-3", "Port": 80, "Weight": 0, "Description": "web/ECS03"},
        ]
    }
    health = combine(report, members)
    assert [(server.name, server.status, server.reason) for server in health.of("sgp-1")] == [
        ("ECS01", "Normal", ""),
        ("ECS02", "Unhealthy", "CONNECT_FAILED"),
    ]
    assert health.unprobed_groups == {"sgp-2"}


def secret(value: object) -> dict:
    """A secret as `pulumi stack export --show-secrets` writes it."""
    return {state_keys.SPECIAL_VALUE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": json.dumps(value)}


def state(*pairs) -> dict:
    """A state with a key and a certificate resource for each CA."""
    resources = [
        {"outputs": {"__provider": "gibberish", "privateKeyPem": secret(pair.private_key_pem)}} for pair in pairs
    ]
    resources += [{"outputs": {"certificatePem": pair.certificate_pem}} for pair in pairs]
    return {"deployment": {"resources": resources}}


def test_keys_in_state_are_sorted_into_believed_and_rotated_out():
    """The issuing CA comes first with the chain a client sends; CAs the trusted one does not vouch for are retired."""
    ours, old = pki(), pki("Retired Root")
    facts = verify_stack.outputs(ours)
    believed, retired = state_keys.issuers(
        state(old.root, old.intermediate, ours.root, ours.intermediate, ours.client), facts.authority
    )
    assert [one.certificate.subject.rfc4514_string().split(",")[0] for one in believed] == [
        "CN=Test Root Issuing",
        "CN=Test Root",
    ]
    assert believed[0].chain_pem.strip() == ours.intermediate.certificate_pem.strip()
    assert believed[1].chain_pem == ""
    assert {one.certificate.subject.rfc4514_string().split(",")[0] for one in retired} == {
        "CN=Retired Root",
        "CN=Retired Root Issuing",
    }


def test_a_state_without_ca_keys_yields_nothing():
    """An authority whose key is elsewhere leaves nothing to forge with."""
    facts = verify_stack.outputs(pki())
    assert state_keys.issuers(state(pki().client), facts.authority) == ((), ())
    assert state_keys.issuers(state(pki().root), None) == ((), ())
