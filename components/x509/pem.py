"""PEM as text (RFC 7468): the blocks, without what stands around them."""

import re

_WHOLE_BLOCK = re.compile(r"-----BEGIN ([^\n-]*)-----\s[A-Za-z0-9+/=\s]*-----END \1-----")


def blocks_alone(text: str) -> str:
    """The PEM blocks of a text as they stand there, under today's labels, without anything around them."""
    found = (block[0] for block in _WHOLE_BLOCK.finditer(text))
    lines = "".join(f"{block}\n" for block in found)
    return lines.replace(" NEW CERTIFICATE REQUEST-----", " CERTIFICATE REQUEST-----").replace(
        " X509 CERTIFICATE-----", " CERTIFICATE-----"
    )
