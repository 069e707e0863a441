"""Mutual TLS handshakes a second through our Envoy configuration, against one written by hand.

`openssl s_time` opens new TLS 1.2 connections one after the other; with TLS 1.2 a finished handshake
means that the server has verified the client certificate.
"""

import json
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from benchmarks.measuring import Comparison, in_turn, rates
from benchmarks.workplace import Workplace
from tests.engine.sandbox import Sandbox
from tests.ports import free_port

ROUNDS = 5
SECONDS_A_ROUND = 3


def per_second(address: str, certificate: Path, key: Path, chain: Path) -> float:
    """New connections a second of a client, by `openssl s_time`."""
    files = ["-cert", str(certificate), "-key", str(key), "-CAfile", str(chain)]
    done = subprocess.run(
        ["openssl", "s_time", "-connect", address, "-new", "-tls1_2", "-time", str(SECONDS_A_ROUND), *files],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = re.search(r"(\d+) connections in (\d+) real seconds", done.stdout)
    if not found or int(found[1]) == 0:
        raise RuntimeError(f"no handshake with {address}: {done.stdout}{done.stderr}")
    return int(found[1]) / int(found[2])


def plain_configuration(stack: Sandbox, port: int) -> dict:
    """The shortest Envoy configuration that does the same handshake: one listener, one certificate, one CA."""
    outputs = stack.outputs()
    folder = stack.root / "by-hand"
    folder.mkdir(exist_ok=True)
    (folder / "ca.pem").write_text(outputs["authority"]["certificate"])
    identifier = outputs["serverCertificate"]["identifier"].split("-")[0]
    key = stack.local / "cloud" / "keys" / f"{identifier}.key"
    (folder / "server.pem").write_text(stack.server_chain())
    tls = {
        "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        "require_client_certificate": True,
        "common_tls_context": {
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLSv1_3"},
            "tls_certificates": [
                {
                    "certificate_chain": {"filename": str(folder / "server.pem")},
                    "private_key": {"filename": str(key)},
                }
            ],
            "validation_context": {"trusted_ca": {"filename": str(folder / "ca.pem")}},
        },
    }
    router = {"@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}
    answer = {
        "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "by_hand",
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
        "route_config": {
            "virtual_hosts": [
                {
                    "name": "all",
                    "domains": ["*"],
                    "routes": [{"match": {"prefix": "/"}, "direct_response": {"status": 200}}],
                }
            ]
        },
    }
    return {
        "static_resources": {
            "listeners": [
                {
                    "name": "by-hand",
                    "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
                    "filter_chains": [
                        {
                            "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls},
                            "filters": [
                                {"name": "envoy.filters.network.http_connection_manager", "typed_config": answer}
                            ],
                        }
                    ],
                }
            ],
        }
    }


def handshakes(place: Workplace) -> Iterator[Comparison]:
    """Our listener and one by hand, served by the same binary."""
    stack, port = place.up(), free_port()
    configuration = Path(stack.root / "by-hand.json")
    configuration.write_text(json.dumps(plain_configuration(stack, port)))
    envoy = shutil.which("envoy", path=str(Path(sys.executable).parent)) or "envoy"
    process = subprocess.Popen(
        [envoy, "-c", str(configuration), "--log-level", "error", "--base-id", "77", "--concurrency", "1"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    listener = stack.listeners()[443]
    ours_at, beside_at = f"{listener['address']}:{listener['port']}", f"127.0.0.1:{port}"
    try:
        time.sleep(2)
        alice = stack.local / "clients" / "alice"
        files = alice / "alice.crt", alice / "alice.key", alice / "chain.pem"
        ours, beside = in_turn(lambda: per_second(ours_at, *files), lambda: per_second(beside_at, *files), ROUNDS)
    finally:
        process.terminate()
        process.wait(timeout=10)
    yield rates("mutual TLS handshakes", ours, beside, "the same Envoy, configured by hand", at_least=0.95)
