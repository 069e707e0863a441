"""The forms in which a secret may stand in a published text: escaped, in base64, in hex, percent-encoded."""

import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

from mtlsedge.snapshot.digests import SHORTEST
from mtlsedge.snapshot.json_text import compact

NESTED = 3
"""JSON within JSON within the published JSON."""
SKIPPED = (0, 2, 3)
"""Letters of base64 that the bytes before a secret decide, by how many of these stand in its first group."""


def forms(secret: str) -> Iterator[str]:
    """Texts of which each gives the secret away. Those too short to mean something are left out."""
    data = secret.encode("utf-8", "surrogatepass")
    found = [*_escaped(secret), *_base64(data), data.hex(), data.hex().upper(), quote(data, safe="")]
    yield from dict.fromkeys(one for one in found if len(one) >= SHORTEST)


def _escaped(secret: str) -> Iterator[str]:
    for escape in (compact, json.dumps):
        text = secret
        for _ in range(NESTED):
            text = escape(text)[1:-1]
            yield text


def _base64(data: bytes) -> Iterator[str]:
    """In each of the three places in which a group of three bytes may begin; usual and for URLs."""
    for before, skipped in enumerate(SKIPPED):
        whole = (before + len(data)) // 3 * 4
        text = base64.b64encode(bytes(before) + data).decode()[skipped:whole]
        yield from (text, text.replace("+", "-").replace("/", "_"))
