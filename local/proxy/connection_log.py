"""What Envoy itself writes of its connections: one JSON line as each ends, and one for each request.

Of a client that is refused Envoy still knows the certificate: BoringSSL keeps what was shown until the connection ends.
`local.handshakes` reads the lines.
"""

import os
from collections.abc import Callable
from pathlib import Path

from local.proxy.headers import literal
from local.proxy.protobuf import Json, extension
from local.proxy.scope import Scope

FILE_NAME = "connections.jsonl"
MAXIMUM_BYTES = 16 * 1024 * 1024
"""Beyond this the file moves to `<name>.1`, replacing the one before."""
LONGEST_PATH = 200
FILE_ACCESS_LOG = "extensions.access_loggers.file.v3.FileAccessLog"

CONNECTION = {
    "time": "%START_TIME%",
    "connection": "%CONNECTION_ID%",
    "client": "%DOWNSTREAM_REMOTE_ADDRESS%",
    "chain": "%FILTER_CHAIN_NAME%",
    "sni": "%REQUESTED_SERVER_NAME%",
    "tlsVersion": "%DOWNSTREAM_TLS_VERSION%",
    "cipher": "%DOWNSTREAM_TLS_CIPHER%",
    "subject": "%DOWNSTREAM_PEER_SUBJECT%",
    "issuer": "%DOWNSTREAM_PEER_ISSUER%",
    "serial": "%DOWNSTREAM_PEER_SERIAL%",
    "fingerprint": "%DOWNSTREAM_PEER_FINGERPRINT_256%",
    "handshakeMilliseconds": "%DOWNSTREAM_HANDSHAKE_DURATION%",
    "failure": "%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
    "termination": "%CONNECTION_TERMINATION_DETAILS%",
}
"""Name in the line and Envoy's operator. A name without a value is null in the line."""
REQUEST = {
    "method": "%REQ(:METHOD):20%",
    "host": "%REQ(:AUTHORITY):255%",
    "path": f"%PATH(NQ:PATH):{LONGEST_PATH}%",
    "status": "%RESPONSE_CODE%",
    "flags": "%RESPONSE_FLAGS%",
    "details": "%RESPONSE_CODE_DETAILS%",
}
"""What a request adds. The path is without its query, which may hold a secret; it is the one that a rule may have rewritten."""


def of_connections(scope: Scope) -> list[Json]:
    """`access_log` of a listener: what ended, refused handshakes among it."""
    return [_file(scope, "connection", CONNECTION)]


def of_requests(scope: Scope) -> list[Json]:
    """`access_log` of the HTTP connection manager."""
    return [_file(scope, "request", CONNECTION | REQUEST)]


def _file(scope: Scope, kind: str, operators: dict[str, str]) -> Json:
    listener = {
        "kind": kind,
        "loadBalancer": literal(str(scope.listener["LoadBalancerId"])),
        "listener": literal(str(scope.listener["ListenerId"])),
        "port": literal(str(scope.listener["ListenerPort"])),
    }
    formatted = {"json_format": listener | operators}
    return extension("access_loggers.file", FILE_ACCESS_LOG, path=str(scope.log), log_format=formatted)


def prepare(path: Path) -> None:
    """Makes the file, for its owner only: Envoy would make it readable for everybody. Raises OSError (full disk)."""
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600))


def rotate(path: Path, reopen: Callable[[], object]) -> None:
    """Puts a file that has grown too long aside; `reopen` makes Envoy write to the new one. Raises OSError."""
    if path.stat().st_size <= MAXIMUM_BYTES:
        return
    path.replace(path.with_name(f"{path.name}.1"))
    prepare(path)
    reopen()
