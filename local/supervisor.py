"""The local cloud as one process: control plane, DNS, backends and Envoy, kept in step with the store."""

import fcntl
import json
import signal
import threading
from collections.abc import Mapping
from types import FrameType

from local import processes, session, whole_files
from local.backends import Fleet
from local.behaviours import ENVIRONMENT, parsed
from local.cloud.application import Cloud
from local.cloud.server import Page
from local.console.site import Console
from local.console.sources import Sources
from local.dns import NameServer
from local.kubernetes.part import KubernetesPart
from local.places import Places, api_address, behaviours, dns_address, strict_parameters
from local.problems import StartError, plainly
from local.processes import process_file, status_file
from local.proxy import DataPlane, addresses
from local.proxy.protobuf import Json

TICK_SECONDS = 0.5
"""How often the switch file of the backends and Envoy's life are looked at; the store wakes us at once."""
APPLY_SECONDS = 5


class Supervisor:
    """All parts of one local cloud in `places`."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.placement = addresses.detect()
        self.stopping = threading.Event()
        self._problems: list[str] = []

    def start(self) -> None:
        """Starts everything and writes the run-time files; call it from the main thread. Raises StartError."""
        with plainly(self.places, api_address(), dns_address()):
            self.places.cloud.mkdir(parents=True, exist_ok=True)
            self._lock()
            self._build()
            self._start_parts()
            session.write_fixed(self.places, self.cloud.api_ca)
            tunnel = self.cloud.tunnel
            session.write_public_names(self.places, tunnel.authority_pem, tunnel.proxy(self.cloud.api_address))
            self._publish()

    def run(self) -> None:
        """Follows the store until `stopping` is set."""
        revision = self.cloud.store.revision
        while not self.stopping.is_set():
            now = self.cloud.store.wait(revision, TICK_SECONDS)
            self._follow(changed=now != revision)
            revision = now

    def stop(self) -> None:
        """Ends everything, the control plane last."""
        for part in (self.kubernetes, self.data_plane, self.fleet, self.dns, self.cloud):
            part.stop()
        process_file(self.places).unlink(missing_ok=True)

    def _lock(self) -> None:
        """One supervisor a folder; the lock goes with the process, whatever ends it."""
        self._lock_file = (self.places.cloud / "serve.lock").open("w")
        try:
            fcntl.flock(self._lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StartError(f"the local cloud of {self.places.root} runs already") from None

    def _build(self) -> None:
        self.cloud = Cloud(
            self.places.cloud, api_address=api_address(), health=self._health, pages=self._page,
            strict=strict_parameters(), behave=_chosen(),
        )  # fmt: skip
        store, folder = self.cloud.store, self.places.cloud
        self.dns = NameServer(store, dns_address(), self.placement)
        self.fleet = Fleet(store, folder, self.placement)
        self.data_plane = DataPlane(store, folder / "envoy", store_folder=folder, placement=self.placement)
        self.kubernetes = KubernetesPart(self.places, self.cloud)
        self.console = Console(
            Sources(
                store, self.placement, self.data_plane.health_of_groups, lambda: self.kubernetes.admin,
                self.data_plane.envoy.connection_log, self.cloud.log_path,
            )
        )  # fmt: skip

    def _health(self, listener_id: str) -> list[Json]:
        """What the control plane asks; the data plane exists only after it."""
        return self.data_plane.listener_health(listener_id)

    def _page(self, method: str, path: str, headers: Mapping[str, str]) -> Page | None:
        """What the control plane's server asks; the console exists only after it."""
        return self.console.answer(method, path, headers)

    def _start_parts(self) -> None:
        """Backends before Envoy, so that the first health check finds them."""
        started: list[Cloud | NameServer | Fleet | DataPlane | KubernetesPart] = []
        for part in (self.cloud, self.dns, self.fleet, self.data_plane, self.kubernetes):
            try:
                part.start()
            except BaseException:
                for running in reversed(started):
                    running.stop()
                raise
            started.append(part)

    def _follow(self, *, changed: bool) -> None:
        """One step; a full disk or a dead Envoy is noted and tried again at the next."""
        try:
            with plainly(self.places, self.cloud.api_address, self.dns.address):
                self.kubernetes.revive()
                self.fleet.reconcile()
                if changed:
                    self.data_plane.reconcile()
                if self.data_plane.revive() or changed:
                    self._publish()
                self.data_plane.tidy()
        except StartError as problem:
            self._complain(str(problem))

    def _publish(self) -> None:
        """Writes the files that follow the listeners, what became of them, and at last where this process answers."""
        credentials = (self.cloud.credentials.access_key_id, self.cloud.credentials.access_key_secret)
        session.write_current(
            self.places, self.cloud.store, self.placement, credentials, self.cloud.api_address, self.dns.address
        )
        self.data_plane.await_applied(APPLY_SECONDS)
        problems = [*self.data_plane.problems(), *self.fleet.problems()]
        state = {"listening": sorted(self.data_plane.listening()), "problems": problems}
        whole_files.write(status_file(self.places), json.dumps(state, indent=1))
        for problem in problems:
            self._complain(problem)
        self._problems = problems
        processes.record_self(
            process_file(self.places),
            api=self.cloud.api_address,
            dns=self.dns.address,
            envoy=str(self.data_plane.envoy.folder),
            kubernetes=self.kubernetes.address,
        )

    def _complain(self, problem: str) -> None:
        """Says a problem once, until it is gone."""
        if problem not in self._problems:
            print(problem, flush=True)
            self._problems = [*self._problems, problem]


def _chosen() -> dict[str, str]:
    """What the environment chooses; StartError for what there is not."""
    try:
        return parsed(behaviours())
    except ValueError as problem:
        raise StartError(f"{ENVIRONMENT}: {problem}") from None


def serve(places: Places) -> None:
    """Runs a local cloud in the foreground until SIGTERM or SIGINT. Raises StartError."""
    supervisor = Supervisor(places)

    def end(_number: int, _frame: FrameType | None) -> None:
        supervisor.stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    supervisor.start()
    print(f"local cloud: API {supervisor.cloud.api_address}, DNS {supervisor.dns.address}", flush=True)
    try:
        supervisor.run()
    finally:
        supervisor.stop()
