"""What a private key looks like in a text, whatever it is packed in."""

import base64
import binascii
import re

BASE64 = re.compile(r"[A-Za-z0-9+/_-]{40,}={0,2}")
"""A run of base64, usual or for URLs, long enough for the smallest key."""
ARMOURS = ("PRIVATE KEY-----", "PRIVATE KEY BLOCK-----")
"""Ends of the first line of PEM, of OpenSSH's own form, and of PGP."""
DER_HEAD = re.compile(rb"\x30(?:[\x00-\x7f]|\x81.|\x82..|\x83...)\x02\x01[\x00\x01\x03][\x30\x02\x04]", re.DOTALL)
"""SEQUENCE, a version of 0, 1 or 3, then an algorithm (PKCS#8, PKCS#12), a modulus (PKCS#1) or an octet string (SEC 1).
A certificate, a request and a public key begin with another SEQUENCE."""


def holds_private_key(text: str) -> bool:
    """Whether a key stands in the text: in an armour, as base64 of DER, or as base64 of an armour."""
    if any(armour in text for armour in ARMOURS):
        return True
    return any(_is_key(_decoded(one)) for one in BASE64.findall("".join(text.split())))


def _is_key(data: bytes) -> bool:
    return DER_HEAD.match(data) is not None or any(armour.encode() in data for armour in ARMOURS)


def _decoded(text: str) -> bytes:
    plain = text.rstrip("=").replace("-", "+").replace("_", "/")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4))
    except (binascii.Error, ValueError):
        return b""
