"""The cloud's public names, led here: what clients reach who take this cloud's port for their HTTPS proxy.

A client whose configuration names no endpoint calls `vpc.cn-hangzhou.aliyuncs.com` over TLS. With HTTPS_PROXY it asks
for a tunnel to that name first; the tunnel ends here, at a certificate of a CA that SSL_CERT_FILE names. Every other
name is refused: with the two variables set, nothing that heeds them leaves this machine.
"""

import base64
import hashlib
import hmac
import re
import ssl
import tempfile
import threading
from dataclasses import dataclass

from cryptography import x509

from local.cloud import tls

DOMAIN = "aliyuncs.com"
LED = re.compile(rf"(?:[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.){{1,5}}{re.escape(DOMAIN)}")
USER = "local"
MOST_NAMES = 1000
"""Names for which certificates are made, in the life of a process."""


@dataclass(frozen=True)
class Refusal:
    """Why there is no tunnel; clients show the reason to their users."""

    status: int
    reason: str


class Tunnel:
    """Who may open one, where to, and the certificate that is shown at its end."""

    def __init__(self, secret: str) -> None:
        """`secret` is the account's own; the password is derived from it and says nothing about it."""
        self._password = hmac.new(secret.encode(), b"tunnel", hashlib.sha256).hexdigest()[:32]
        self._authority, self._key = tls.Authority("mtlsedge local public names CA", DOMAIN), tls.new_key()
        self._contexts: dict[str, ssl.SSLContext] = {}
        self._lock = threading.Lock()

    @property
    def authority_pem(self) -> str:
        """The CA of the names' certificates; another one in each process, so that its key is on no disk."""
        return self._authority.pem

    def proxy(self, address: str) -> str:
        """What HTTPS_PROXY has to be, for a cloud at `address` (host:port)."""
        return f"http://{USER}:{self._password}@{address}"

    def refusal(self, target: str, authorization: str) -> Refusal | None:
        """Why `target` (host:port, as CONNECT has it) is not opened to one who shows this `Proxy-Authorization`."""
        expected = "Basic " + base64.b64encode(f"{USER}:{self._password}".encode()).decode()
        if not hmac.compare_digest(authorization.encode(), expected.encode()):
            return Refusal(407, "Proxy Authentication Required: `python -m local names` says how")
        host, _, port = target.rpartition(":")
        if port != "443" or not LED.fullmatch(host):
            return Refusal(403, f"Forbidden: the local cloud leads only names in {DOMAIN} anywhere")
        return None

    def context(self, host: str) -> ssl.SSLContext:
        """For the end of a tunnel to a name that was not refused."""
        with self._lock:
            if host not in self._contexts:
                if len(self._contexts) >= MOST_NAMES:
                    self._contexts.clear()
                self._contexts[host] = self._context(host)
            return self._contexts[host]

    def _context(self, host: str) -> ssl.SSLContext:
        """The key is in a file only while OpenSSL reads it."""
        names = x509.SubjectAlternativeName([x509.DNSName(host)])
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile("w", prefix="mtlsedge-name-") as file:  # of mode 0600
            file.write(tls.private_pem(self._key) + self._authority.server(DOMAIN, self._key, names))
            file.flush()
            made.load_cert_chain(file.name)
        return made
