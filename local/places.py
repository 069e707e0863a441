"""Where the local cloud lives: its ports, addresses and files, decided here and nowhere else.

Standard library only: the toolchain imports this before any package is installed.
"""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
"""The project's folder."""

API_PORT = 4600
"""Control plane (every OpenAPI product), HTTP and HTTPS on the one port."""
CONSOLE_PATH = "/console/"
"""The console's pages, at the control plane's address."""
DNS_PORT = 4653
"""Authoritative DNS for the zones in the store, UDP and TCP."""
PRIVILEGED_PORTS, PRIVILEGED_PORT_OFFSET = 1024, 8000
"""A declared port below 1024 is served at port + offset: 443 -> 8443, 80 -> 8080."""
MAKING_ROOM = 10_000
"""A listener declared at a port where such a one is served makes room for it: 8443 -> 18443."""
REGION = "ap-southeast-1"
ACCOUNT_ID = "1234567890123456"
"""Account id that the local STS answers with."""

LOAD_BALANCER_NETWORK = os.environ.get("MTLSEDGE_LOCAL_LOAD_BALANCERS", "127.0.10.")
"""Each load balancer gets 127.0.10.N; where the system has only 127.0.0.1, that and distinct ports.
The variable gives tests that run beside a stack a network of their own."""
BACKEND_NETWORK = os.environ.get("MTLSEDGE_LOCAL_BACKENDS", "127.0.20.")
"""Each backend server gets 127.0.20.N; the variable is for tests, as above."""


def local_port(declared: int) -> int:
    """The port a server declared at `declared` is served at."""
    return declared + PRIVILEGED_PORT_OFFSET if declared < PRIVILEGED_PORTS else declared


def listener_port(declared: int) -> int:
    """The port a listener declared at `declared` is served at, so that a load balancer may have 443 and 8443."""
    if 0 <= declared - PRIVILEGED_PORT_OFFSET < PRIVILEGED_PORTS:
        return declared + MAKING_ROOM
    return local_port(declared)


def api_address() -> str:
    """`host:port` of the control plane; MTLSEDGE_LOCAL_API_PORT moves it for tests that run beside a stack."""
    return f"127.0.0.1:{os.environ.get('MTLSEDGE_LOCAL_API_PORT', API_PORT)}"


def dns_address() -> str:
    """`host:port` of the DNS server; MTLSEDGE_LOCAL_DNS_PORT moves it."""
    return f"127.0.0.1:{os.environ.get('MTLSEDGE_LOCAL_DNS_PORT', DNS_PORT)}"


def strict_parameters() -> bool:
    """Whether the local cloud refuses parameters that it does not know; MTLSEDGE_LOCAL_STRICT=0 has them logged instead."""
    return os.environ.get("MTLSEDGE_LOCAL_STRICT", "1") != "0"


def behaviours() -> str:
    """Answers to what nobody knows of the real cloud that MTLSEDGE_LOCAL_BEHAVE chooses, as `switch=answer,switch=answer`."""
    return os.environ.get("MTLSEDGE_LOCAL_BEHAVE", "")


@dataclass(frozen=True)
class Places:
    """The run-time files of one local stack; everything in it is removed by `make down`."""

    root: Path = Path(os.environ.get("MTLSEDGE_LOCAL_DIR", CHECKOUT / ".local"))

    @property
    def cloud(self) -> Path:
        """Store, keys, request log and pid files of the local cloud."""
        return self.root / "cloud"

    @property
    def clients(self) -> Path:
        """Exported client bundles, one folder a client."""
        return self.root / "clients"

    @property
    def state(self) -> Path:
        """Folder of Pulumi's state."""
        return self.root / "state"

    @property
    def backend(self) -> str:
        """Pulumi's backend. Without `metadata=skip` the engine writes a sidecar `….attrs` in place beside each file; killed
        meanwhile it leaves an empty one, and no command can read the stack any more ("failed to load checkpoint: EOF").
        """
        return f"file://{self.state}?metadata=skip"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of the local stack: its plugin folder points into the cache."""
        return self.root / "pulumi"

    @property
    def env(self) -> Path:
        """Shell file: after `. .local/env` a plain `pulumi up` works against the local stack."""
        return self.root / "env"

    def identity(self, name: str) -> Path:
        """Shell file: after `. .local/env` it makes the shell call as this RAM user."""
        return self.root / "identities" / name

    @property
    def public_names(self) -> Path:
        """Shell file of two lines: they lead the cloud's public names to the local cloud, for clients without endpoints."""
        return self.root / "public-names"

    @property
    def endpoints(self) -> Path:
        """What listens where, as JSON (design.md §7)."""
        return self.root / "endpoints.json"

    @property
    def api_ca(self) -> Path:
        """Certificate of the CA that signs the HTTPS face of the local API."""
        return self.root / "api-ca.crt"
