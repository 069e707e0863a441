"""Whether a UDP port speaks QUIC, asked with a packet that every QUIC server answers [RFC 9000 §6, §17.2.1]."""

import secrets
import socket
from enum import StrEnum

from mtlsedge.verify.connecting import Endpoint

NOBODYS_VERSION = bytes.fromhex("1a2a3a4a")
"""Of the pattern 0x?a?a?a?a, which is kept free so that servers name the versions they speak [RFC 9000 §15]."""
SMALLEST = 1200
"""Bytes below which a server drops a client's first datagram [RFC 9000 §14.1]."""
TRIES = 3


class Answer(StrEnum):
    """What became of the packet."""

    SPOKEN = "QUIC is spoken"
    CLOSED = "the port is closed"
    SILENCE = "no answer"


def ask(endpoint: Endpoint) -> Answer:
    """Asks each address; the first that speaks QUIC decides, then the first that is silent."""
    answers = [_ask(address, endpoint.port, endpoint.timeout / TRIES) for address in endpoint.addresses]
    return min(answers, key=[Answer.SPOKEN, Answer.SILENCE, Answer.CLOSED].index)


def _ask(address: str, port: int, wait: float) -> Answer:
    mine = secrets.token_bytes(8)
    packet = b"\xc0" + NOBODYS_VERSION + b"\x08" + secrets.token_bytes(8) + b"\x08" + mine
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as asking:
        asking.settimeout(wait)
        for _ in range(TRIES):
            try:
                asking.connect((address, port))
                asking.send(packet.ljust(SMALLEST, b"\0"))
                if _is_negotiation(asking.recv(2048), mine):
                    return Answer.SPOKEN
            except ConnectionRefusedError:
                return Answer.CLOSED
            except OSError:
                continue
    return Answer.SILENCE


def _is_negotiation(answer: bytes, mine: bytes) -> bool:
    """A long header of version 0, sent to the connection id that was given."""
    return len(answer) > 14 and answer[0] & 0x80 != 0 and answer[1:5] == bytes(4) and answer[6:14] == mine
