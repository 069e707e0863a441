"""The API server and its etcd: started with the supervisor, ended with it, everything they keep in one folder.

etcd listens on a Unix socket in that folder, which only its owner may enter, so it needs no port and no password.
"""

import os
import socket
import time
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from local import whole_files
from local.cloud import tls
from local.kubernetes import accounts, objects
from local.kubernetes.children import Child
from local.kubernetes.client import ApiError, Client
from local.kubernetes.errors import ClusterError

HOST = "127.0.0.1"
READY_SECONDS = 45
POLL_SECONDS = 0.05
API_STOP_SECONDS = 1
"""The API server keeps nothing; left alone it waits a minute for the watches that are open."""
SERVICE_NETWORK = "172.21.0.0/20"
ETCD, API_SERVER, KUBECTL = "etcd", "kube-apiserver", "kubectl"
ADMIN_KUBECONFIG = "admin.kubeconfig"


class Cluster:
    """One local cluster in `folder`; `programs` holds etcd and kube-apiserver."""

    def __init__(self, folder: Path, programs: Path, kubeconfig: Path) -> None:
        """`kubeconfig` is where the stack's own access is written (0600)."""
        self.folder = folder
        self.kubeconfig = kubeconfig
        self._programs = programs
        self._etcd: Child | None = None
        self._api: Child | None = None

    def start(self) -> None:
        """Start both programs and fill the cluster. Call from the main thread. Raises ClusterError."""
        missing = [name for name in (ETCD, API_SERVER) if not os.access(self._programs / name, os.X_OK)]
        if missing:
            raise ClusterError(
                f"{' and '.join(missing)} not found in {self._programs}: `python3 -m local.toolchain ensure`"
            )
        self._prepare()
        self._etcd, self._api = self._children()
        try:
            self._etcd.start()
            self._api.start()
            self._await_ready()
            self._fill()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """End the API server, then etcd."""
        if self._api is not None:
            self._api.stop(API_STOP_SECONDS)
        if self._etcd is not None:
            self._etcd.stop()
        self._api = self._etcd = None

    def revive(self) -> bool:
        """Start again what has died; whether anything had. Call from the main thread. Raises ClusterError."""
        dead = [one for one in (self._etcd, self._api) if one is not None and not one.alive]
        for one in dead:
            one.start()
        if dead:
            self._await_ready()
        return bool(dead)

    @property
    def address(self) -> str:
        """`host:port` of the API server; the port is kept between starts while it is free."""
        return f"{HOST}:{self._port}"

    @property
    def admin(self) -> Client:
        """Client with every right."""
        return self._client(self._tokens.admin, "mtlsedge-local")

    @property
    def controller(self) -> Client:
        """Client of the ALB ingress controller."""
        return self._client(self._tokens.controller, "alb-ingress-controller")

    @property
    def stack(self) -> Client:
        """Client with the rights of the stack's service account."""
        return self._client(self._tokens.stack, "mtlsedge")

    def _client(self, token: str, manager: str) -> Client:
        return Client(HOST, self._port, str(self._ca), token, manager)

    def _prepare(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ca = tls.ensure(self.folder)
        self._tokens = accounts.load_or_create(self.folder)
        self._port = self._choose_port()
        key = self.folder / "service-account.pem"
        if not key.exists():
            whole_files.write(key, _new_key(), durable=True)
        for file, user, token in ((self.kubeconfig, accounts.ACCOUNT, self._tokens.stack),
                                  (self.folder / ADMIN_KUBECONFIG, "admin", self._tokens.admin)):  # fmt: skip
            accounts.write_kubeconfig(
                file, server=f"https://{self.address}", ca_pem=self._ca.read_text(), user=user, token=token
            )

    def _choose_port(self) -> int:
        """The port of the last start if it is free, so that kubeconfigs stay true; otherwise any."""
        file = self.folder / "port"
        last = int(file.read_text()) if file.exists() else 0
        for port in (last, 0):
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind((HOST, port))
                except OSError:
                    continue
                chosen = int(probe.getsockname()[1])
                whole_files.write(file, str(chosen), durable=True)
                return chosen
        raise ClusterError(f"no free port at {HOST}")

    def _children(self) -> tuple[Child, Child]:
        """Paths are relative to the folder: a Unix socket's path has room for about 100 characters."""
        for leftover in ("client:0", "peer:0"):
            (self.folder / leftover).unlink(missing_ok=True)
        etcd = [
            str(self._programs / ETCD), "--name=local", "--data-dir=etcd", "--log-level=error",
            "--listen-client-urls=unix://client:0", "--advertise-client-urls=unix://client:0",
            "--listen-peer-urls=unix://peer:0", "--initial-advertise-peer-urls=unix://peer:0",
            "--initial-cluster=local=unix://peer:0",
        ]  # fmt: skip
        api = [
            str(self._programs / API_SERVER), "--etcd-servers=unix://client:0", f"--bind-address={HOST}",
            f"--advertise-address={HOST}", f"--secure-port={self._port}", "--tls-cert-file=api-server.pem",
            "--tls-private-key-file=api-server.pem", "--cert-dir=.", "--token-auth-file=tokens.csv",
            "--anonymous-auth=false", "--authorization-mode=RBAC", f"--service-account-issuer=https://{self.address}",
            "--service-account-key-file=service-account.pem", "--service-account-signing-key-file=service-account.pem",
            f"--service-cluster-ip-range={SERVICE_NETWORK}", "--endpoint-reconciler-type=none", "--profiling=false",
        ]  # fmt: skip
        return Child(etcd, self.folder), Child(api, self.folder)

    def _await_ready(self) -> None:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline:
            for running in (self._etcd, self._api):
                if running is not None and not running.alive:
                    raise ClusterError(f"{Path(running.command[0]).name} does not start: {running.last_words()}")
            if self._is_ready():
                return
            time.sleep(POLL_SECONDS)
        raise ClusterError(f"the API server is not ready after {READY_SECONDS} s; see {self.folder}")

    def _is_ready(self) -> bool:
        try:
            return self.admin.text("/readyz")[0] == 200
        except OSError:
            return False

    def _fill(self) -> None:
        try:
            objects.install(self.admin)
        except (ApiError, OSError) as problem:
            raise ClusterError(f"the local cluster cannot be filled: {problem}") from None


def _new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    kind = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, kind, serialization.NoEncryption()).decode()
