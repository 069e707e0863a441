"""The controller's loop: look when something changed, again after a problem, and now and then anyway."""

import threading
from collections.abc import Callable

from local.behaviours import Answers
from local.kubernetes.client import INGRESS, NAMESPACE, ApiError, Client
from local.kubernetes.controller.annotations import Annotations
from local.kubernetes.controller.balancers import Balancers
from local.kubernetes.controller.events import DONE, IGNORED, Events
from local.kubernetes.controller.marks import Marks
from local.kubernetes.controller.openapi import Api, CloudError
from local.kubernetes.controller.reconciling import Json, Reconciliation
from local.kubernetes.controller.watching import Watcher
from local.kubernetes.controller.world import World, is_deleting

GATHER_SECONDS = 0.1
"""Changes that come together are looked at together."""
RESYNC_SECONDS = 600
FIRST_RETRY_SECONDS, LONGEST_RETRY_SECONDS = 1.0, 30.0


class Controller:
    """One controller of one cluster against one cloud; it keeps nothing of its own, so it may be ended at any time."""

    def __init__(self, client: Client, api: Api, answers: Callable[[], Answers] = Answers) -> None:
        """`answers` says what is chosen of what nobody knows, at each look."""
        self._client, self._api, self._answers = client, api, answers
        self._watcher = Watcher(client)
        self._marks, self._events = Marks(client), Events(client)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alb ingress controller", daemon=True)

    def start(self) -> None:
        """Begin, in threads."""
        self._watcher.start()
        self._thread.start()

    def stop(self) -> None:
        """End; a call to the cloud that is under way is given some time."""
        self._stopping.set()
        self._watcher.stop()
        self._thread.join(5)

    def look(self, cluster: str) -> bool:
        """One look at everything; whether all went well."""
        world = World.of(self._watcher)
        documents = [*world.alb_configs.values(), *self._left_behind(cluster, world)]
        looks = [self._look_at(cluster, world, document) for document in documents]
        routed = {look.name for look in looks if look.routed}
        told: dict[str, list[tuple[str, str]]] = {}
        for look in looks:
            for item, reason, message in look.problems:
                told.setdefault(str(item["metadata"]["uid"]), []).append((reason, message))
        self._tell(world, told)
        self._release(world, routed)
        return all(reason == IGNORED for messages in told.values() for reason, _ in messages)

    def _left_behind(self, cluster: str, world: World) -> list[Json]:
        """AlbConfigs that went without their ALB, as documents to be taken away."""
        try:
            found = Balancers(self._api, cluster).left_behind(world.alb_configs)
        except CloudError as problem:
            print(f"alb ingress controller: {problem}", flush=True)
            return []
        return [{"metadata": {"name": name, "uid": "", "deletionTimestamp": "gone"}} for name in found]

    def _look_at(self, cluster: str, world: World, document: Json) -> Reconciliation:
        look = Reconciliation(self._api, self._marks, cluster, world, document, self._answers())
        if is_deleting(document):
            look.take_away()
        else:
            look.apply()
        return look

    def _tell(self, world: World, told: dict[str, list[tuple[str, str]]]) -> None:
        """Problems, annotations without effect, and that all is well."""
        watched = [*world.alb_configs.values(), *(one for one in world.ingresses.values() if world.alb_config_of(one))]
        for item in watched:
            identifier = str(item["metadata"]["uid"])
            messages = told.get(identifier, [])
            notes = Annotations.of(item).unknown() if item.get("kind") == "Ingress" else []
            ignored = [(IGNORED, f"annotation {name} has no effect here") for name in notes]
            failed = any(reason != IGNORED for reason, _ in messages)
            done = [] if failed or is_deleting(item) else [(DONE, "Successfully reconciled")]
            self._events.tell(item, [*messages, *ignored, *done])

    def _release(self, world: World, routed: set[str]) -> None:
        """Ingresses that wait to go: their rules are gone, or nobody serves them any more."""
        for ingress in world.ingresses.values():
            owner = world.alb_config_of(ingress)
            if is_deleting(ingress) and (owner in routed or owner not in world.alb_configs):
                self._marks.release(INGRESS, ingress)

    def _run(self) -> None:
        """Errors of the API server or the program's own must not end the loop: what is wanted is still wanted."""
        retry = FIRST_RETRY_SECONDS
        pause = 0.0
        while not self._stopping.is_set():
            self._watcher.changed.wait(pause)
            if self._stopping.wait(GATHER_SECONDS):
                return
            self._watcher.changed.clear()
            well = self._try()
            retry = FIRST_RETRY_SECONDS if well else min(retry * 2, LONGEST_RETRY_SECONDS)
            pause = RESYNC_SECONDS if well else retry

    def _try(self) -> bool:
        if not self._watcher.synced:
            return False
        try:
            return self.look(self._cluster())
        except (ApiError, OSError) as problem:
            print(f"alb ingress controller: {problem}", flush=True)
            return False
        except Exception as problem:  # noqa: BLE001  (a defect of the controller is said, and does not end the loop)
            print(f"alb ingress controller: {type(problem).__name__} (please report this)", flush=True)
            return False

    def _cluster(self) -> str:
        """The cluster's id, from the one object that is made with it and stays: the namespace kube-system."""
        namespace = self._client.get(NAMESPACE, "kube-system")
        if namespace is None:
            raise ConnectionError("the cluster has no namespace kube-system yet")
        return "c" + str(namespace["metadata"]["uid"]).replace("-", "")
