"""How many rounds a PKCS#12 file demands of a program that opens it. Pure: DER in, a number out; nothing is decrypted."""

from collections.abc import Iterator
from itertools import pairwise

MOST_ROUNDS = 2_000_000
"""More than any tool writes (.NET: 600,000); opening such a file takes some seconds."""
SEQUENCE, OCTETS, INTEGER = 0x30, 0x04, 0x02
HOLDERS = (SEQUENCE, 0x31, 0xA0)
"""What holds other values: SEQUENCE, SET, and the explicit tag 0."""
DEEPEST = 24
LONGEST = 8
"""Bytes of a number of rounds that a library takes. A curve's order, which follows its base point, is longer."""

Value = tuple[int, bytes]


def demands_too_much(content: bytes) -> bool:
    """Whether a key derivation that can be seen from outside takes more than `MOST_ROUNDS`."""
    return any(rounds > MOST_ROUNDS for rounds in _rounds(content, 0))


def _rounds(content: bytes, depth: int) -> Iterator[int]:
    """The number after each salt: PBES1, PBES2 and the MAC have salt and rounds side by side (RFC 8018, RFC 7292)."""
    values = _values(content) if depth < DEEPEST else []
    for (tag, _), (following, number) in pairwise(values):
        if (tag, following) == (OCTETS, INTEGER) and len(number) <= LONGEST:
            yield int.from_bytes(number)
    for tag, inner in values:
        if tag in HOLDERS or (tag == OCTETS and inner[:1] == bytes([SEQUENCE])):
            yield from _rounds(inner, depth + 1)


def _values(content: bytes) -> list[Value]:
    """The values that stand one after the other; none where the content is no DER."""
    found, place = [], 0
    while place + 2 <= len(content):
        tag, size, place = content[place], content[place + 1], place + 2
        if size & 0x80:
            more = size & 0x7F
            size, place = int.from_bytes(content[place : place + more]), place + more
        if place + size > len(content):
            return []
        found.append((tag, content[place : place + size]))
        place += size
    return found
