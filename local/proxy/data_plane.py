"""The data plane as the supervisor uses it: render, run, report."""

import threading
import time
from pathlib import Path

from local.proxy import addresses, connection_log, health, inventory, uptake
from local.proxy.addresses import Placement
from local.proxy.envoy import Envoy
from local.proxy.health import HealthByServer
from local.proxy.inventory import Inventory, ReadableStore
from local.proxy.protobuf import Json
from local.proxy.rendering import Rendering, render

POLL_SECONDS = 0.05


class DataPlane:
    """Keeps one Envoy in step with the store.

    `store_folder` is where the certificates' `KeyFile` paths start; `folder` takes Envoy's files.
    """

    def __init__(
        self, store: ReadableStore, folder: Path, *, store_folder: Path, placement: Placement | None = None
    ) -> None:
        self.store = store
        self.store_folder = store_folder
        self.placement = placement or addresses.detect()
        self.envoy = Envoy(folder)
        self._lock = threading.Lock()
        self._rendering = Rendering()

    def start(self) -> None:
        """Renders and starts Envoy; call it from the main thread. Raises EnvoyError."""
        self.reconcile()
        self.envoy.start()

    def stop(self) -> None:
        """Ends Envoy."""
        self.envoy.stop()

    def reconcile(self) -> None:
        """Brings Envoy's files in line with the store. Raises OSError (full disk)."""
        with self._lock:
            self._rendering = render(
                inventory.read(self.store), self.placement, self.store_folder, self.envoy.connection_log
            )
            for log in self._rendering.logs:
                connection_log.prepare(log)
            self.envoy.files.write(self._rendering)

    def revive(self) -> bool:
        """Starts Envoy again when it has died; call it from the main thread. Returns whether it had to."""
        if self.envoy.alive:
            return False
        self.envoy.start()
        return True

    def tidy(self) -> None:
        """Keeps the logs bounded. Raises OSError when Envoy does not answer."""
        self.envoy.rotate_logs(self._rendering.logs)

    def health(self, server_group_id: str) -> HealthByServer:
        """(address, declared port) -> "Normal" | "Abnormal" | "Unused"; Unused for all while Envoy does not answer."""
        return self.health_of_groups(inventory.read(self.store)).get(server_group_id, {})

    def health_of_groups(self, seen: Inventory) -> dict[str, HealthByServer]:
        """`health` of every server group, from one look at Envoy."""
        hosts = health.host_statuses(self._clusters())
        return {
            name: health.server_health(seen, self.placement, group, hosts.get(name, {}))
            for name, group in seen.server_groups.items()
        }

    def listener_health(self, listener_id: str) -> list[Json]:
        """`ServerGroupInfos` of GetListenerHealthStatus for a listener (what `local.cloud` takes as `health`)."""
        seen = inventory.read(self.store)
        listener = next((item for item in seen.listeners if item["ListenerId"] == listener_id), None)
        if listener is None:
            return []
        return health.listener_report(seen, listener, self.health_of_groups(seen))

    def problems(self) -> list[str]:
        """What is not served as declared, and why: the renderer's findings and Envoy's own refusals."""
        with self._lock:
            return [*self._rendering.problems, *self._refused()]

    def listening(self) -> set[str]:
        """Ids of the listeners that Envoy serves now, with their latest configuration or an earlier one."""
        try:
            statuses = self.envoy.ask_json("/listeners?format=json").get("listener_statuses") or []
        except OSError:
            return set()
        return {status["name"] for status in statuses}

    def await_applied(self, timeout: float = 10) -> bool:
        """Waits (seconds) until Envoy serves every rendered listener by its rendered rules, or has refused either."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            wanted = {item["name"] for item in self._rendering.listeners}
            late = {name for name, refused in self._behind().items() if not refused}
            if wanted <= (self.listening() - late) | set(self._errors()):
                return True
            time.sleep(POLL_SECONDS)
        return False

    def _clusters(self) -> Json:
        try:
            return self.envoy.ask_json("/clusters?format=json")
        except OSError:
            return {}

    def _behind(self) -> dict[str, bool]:
        try:
            return uptake.behind(self._rendering.routes, self.envoy.admin.ask(uptake.STATISTICS))
        except OSError:
            return {}

    def _refused(self) -> list[str]:
        listeners = [f"listener {name} is refused by envoy: {reason}" for name, reason in self._errors().items()]
        rules = [name for name, refused in self._behind().items() if refused]
        reason = self.envoy.last_refusal() if rules else ""
        return listeners + [f"rules of listener {name} are refused by envoy: {reason}" for name in rules]

    def _errors(self) -> dict[str, str]:
        try:
            dump = self.envoy.ask_json("/config_dump?resource=dynamic_listeners")
        except OSError:
            return {}
        states = [item for item in dump.get("configs") or [] if "error_state" in item]
        return {item.get("name", ""): item["error_state"].get("details", "") for item in states}
