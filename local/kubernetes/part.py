"""The cluster with its controller as one part of the supervisor; without a cluster in the stack it does nothing."""

import json
from pathlib import Path

from local.cloud import chosen_behaviours
from local.cloud.application import Cloud
from local.kubernetes.client import Client
from local.kubernetes.cluster import Cluster
from local.kubernetes.controller import Controller
from local.kubernetes.controller.openapi import Api
from local.kubernetes.errors import ClusterError
from local.kubernetes.garbage import GarbageCollector
from local.kubernetes.wanted import is_wanted
from local.places import REGION, Places

KUBECONFIG = "kubeconfig"
"""In `.local`: the stack's own access to the cluster."""


class KubernetesPart:
    """Started after the local cloud, whose API the controller calls."""

    def __init__(self, places: Places, cloud: Cloud) -> None:
        self._places = places
        self._cloud = cloud
        self.cluster: Cluster | None = None
        self._controller: Controller | None = None
        self._garbage: GarbageCollector | None = None

    def start(self) -> None:
        """Start cluster and controller if the stack has one. Call from the main thread. Raises ClusterError."""
        if not is_wanted(self._places):
            return
        self.cluster = Cluster(
            self._places.cloud / "kubernetes", programs(self._places), self._places.root / KUBECONFIG
        )
        self.cluster.start()
        keys = self._cloud.credentials
        api = Api(self._cloud.api_address, REGION, keys.access_key_id, keys.access_key_secret)
        self._controller = Controller(self.cluster.controller, api, lambda: chosen_behaviours.load(self._cloud.store))
        self._controller.start()
        self._garbage = GarbageCollector(self.cluster.admin)
        self._garbage.start()

    def stop(self) -> None:
        """End what works in the cluster, then the cluster."""
        for running in (self._controller, self._garbage):
            if running is not None:
                running.stop()
        if self.cluster is not None:
            self.cluster.stop()
        self._controller = self._garbage = self.cluster = None

    def revive(self) -> None:
        """Start again what has died of the cluster; the controller's watches find it by themselves. Raises ClusterError."""
        if self.cluster is not None:
            self.cluster.revive()

    @property
    def admin(self) -> Client | None:
        """Client with every right; None without a cluster."""
        return self.cluster.admin if self.cluster is not None else None

    @property
    def address(self) -> str:
        """`host:port` of the API server; empty without one."""
        return self.cluster.address if self.cluster is not None else ""


def programs(places: Places) -> Path:
    """Folder of etcd and kube-apiserver, as the toolchain left it. Raises ClusterError."""
    try:
        return Path(json.loads((places.root / "toolchain.json").read_text())["kubernetes"])
    except (FileNotFoundError, KeyError, ValueError):
        raise ClusterError("the cluster's programs are not there yet: `python3 -m local.toolchain ensure`") from None
