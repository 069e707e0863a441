"""Offers a server one old TLS version, in a ClientHello written here.

Today's TLS libraries are often built without TLS 1.0 and 1.1, or refuse to offer them: then a refusal would
be the client's, and prove nothing. So the first message of the handshake (RFC 2246 §7.4.1.2, RFC 4346) is
written here. A server that agrees answers with a ServerHello that names the version; one that does not sends
an alert or closes.
"""

import os
import socket
import struct
from enum import Enum

from mtlsedge.verify.connecting import Attempt, Endpoint, Outcome

HANDSHAKE_RECORD, ALERT_RECORD = 22, 21
SERVER_HELLO = 2
CIPHER_SUITES = (0xC009, 0xC00A, 0xC013, 0xC014, 0x002F, 0x0035, 0x000A, 0x00FF)
"""ECDHE and RSA with AES-CBC and SHA-1, 3DES: what ALB's policies list for TLS 1.0 and 1.1; last, secure renegotiation."""
CURVES = (23, 24, 25)
"""secp256r1, secp384r1, secp521r1."""
ALERTS = {40: "handshake_failure", 47: "illegal_parameter", 70: "protocol_version", 71: "insufficient_security"}


class OldVersion(Enum):
    """A version below the floor, as its two bytes on the wire."""

    TLS_1_0 = 0x0301
    TLS_1_1 = 0x0302

    @property
    def label(self) -> str:
        """`TLS 1.0` or `TLS 1.1`."""
        return self.name.replace("TLS_", "TLS ").replace("_", ".")


def offer(endpoint: Endpoint, host: str, version: OldVersion) -> Attempt:
    """Offers exactly this version: ANSWERED when the server takes it, REFUSED when it does not."""
    try:
        connection = endpoint.connect()
    except OSError as problem:
        return Attempt(Outcome.UNREACHABLE, f"port {endpoint.port} takes no connection: {problem.strerror or problem}")
    with connection:
        try:
            connection.sendall(client_hello(host, version))
            return _judge(_read_record(connection), version)
        except TimeoutError:
            return Attempt(Outcome.UNCLEAR, "no answer within the time limit")
        except ConnectionError:
            return Attempt(Outcome.REFUSED, "connection closed")


def client_hello(host: str, version: OldVersion) -> bytes:
    """A ClientHello record that offers one version and the server name."""
    suites = b"".join(struct.pack("!H", suite) for suite in CIPHER_SUITES)
    extensions = _server_name(host) + _extension(10, _vector(b"".join(struct.pack("!H", c) for c in CURVES)))
    extensions += _extension(11, b"\x01\x00")
    body = (
        struct.pack("!H", version.value)
        + os.urandom(32)
        + b"\x00"
        + _vector(suites)
        + b"\x01\x00"
        + _vector(extensions)
    )
    message = b"\x01" + len(body).to_bytes(3, "big") + body
    return struct.pack("!BHH", HANDSHAKE_RECORD, OldVersion.TLS_1_0.value, len(message)) + message


def _server_name(host: str) -> bytes:
    name = host.encode("idna")
    return _extension(0, _vector(b"\x00" + _vector(name)))


def _extension(number: int, content: bytes) -> bytes:
    return struct.pack("!H", number) + _vector(content)


def _vector(content: bytes) -> bytes:
    """Content behind its two-byte length."""
    return struct.pack("!H", len(content)) + content


def _read_record(connection: socket.socket) -> bytes:
    """The first bytes of the server's first record: header (5), type and length (4), version (2); fewer if it closes."""
    received = b""
    while len(received) < 11:
        part = connection.recv(11 - len(received))
        if not part:
            break
        received += part
        if received[0] == ALERT_RECORD and len(received) >= 7:
            break
    return received


def _judge(record: bytes, version: OldVersion) -> Attempt:
    if not record:
        return Attempt(Outcome.REFUSED, "connection closed")
    if record[0] == ALERT_RECORD:
        code = record[6] if len(record) >= 7 else 0
        return Attempt(Outcome.REFUSED, f"alert {ALERTS.get(code, code)}")
    if record[0] == HANDSHAKE_RECORD and len(record) == 11 and record[5] == SERVER_HELLO:
        chosen = int.from_bytes(record[9:11], "big")
        return Attempt(Outcome.ANSWERED, f"server took version 0x{chosen:04x} for an offer of {version.label}")
    return Attempt(Outcome.UNCLEAR, "the answer is not TLS")
