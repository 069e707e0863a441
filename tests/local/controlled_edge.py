"""A data plane on a store of its own, a load balancer, and servers behind it that a test holds in its hand."""

from local.proxy import DataPlane
from tests.local import edge_support as edge
from tests.local.controlled_server import ControlledServer
from tests.ports import free_port


class ControlledEdge:
    """Load balancer 127.0.10.`number`, with `servers` servers from 127.0.20.`first` on; `start` it, and it ends as a context.

    A test's own kind adds groups and listeners.
    """

    def __init__(self, folder, balancer, number, *, servers=1, first=None):
        self.folder, self.store = folder, edge.MemoryStore()
        self.balancer, self.host = balancer, f"127.0.10.{number}"
        first = number if first is None else first
        self.servers = [ControlledServer(f"S{one}", f"127.0.20.{first + one}", free_port()) for one in range(servers)]
        self.plane = DataPlane(self.store, folder / "envoy", store_folder=folder)
        edge.put_load_balancer(self.store, balancer, number)

    def put_listener(self, name, group, **changes):
        """A listener on a port that is free."""
        edge.put_listener(self.store, name, self.balancer, free_port(self.host), group, **changes)

    def apply(self):
        """Until Envoy serves what the store holds now."""
        self.plane.reconcile()
        assert self.plane.await_applied()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.plane.stop()
        for one in self.servers:
            one.stop()
