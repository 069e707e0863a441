"""What the parts of one listener are rendered against, and how a renderer says no."""

from dataclasses import dataclass, field
from pathlib import Path

from local.proxy.addresses import Placement
from local.proxy.inventory import Inventory
from local.proxy.protobuf import Json


class Unserved(Exception):
    """A listener cannot be served as declared; the text says why. Other listeners go on."""


@dataclass(frozen=True)
class Scope:
    """One listener and all that surrounds it; `problems` collects what is served with a limitation."""

    inventory: Inventory
    placement: Placement
    folder: Path
    """Folder of the store: `KeyFile` paths start there."""
    log: Path
    """File for Envoy's lines about connections."""
    listener: Json
    problems: list[str] = field(default_factory=list)

    @property
    def load_balancer(self) -> Json:
        """The load balancer the listener belongs to."""
        return self.inventory.load_balancers[self.listener["LoadBalancerId"]]

    @property
    def scheme(self) -> str:
        """`https` or `http`."""
        return str(self.listener["ListenerProtocol"]).lower()

    @property
    def mutual_authentication(self) -> bool:
        """Whether clients must show a certificate."""
        return self.scheme == "https" and bool(self.listener.get("CaEnabled"))

    def port(self, declared: int) -> int:
        """The port of this machine at which this load balancer serves a declared port."""
        return self.placement.listener(self.load_balancer["LocalAddress"], declared)[1]

    def limitation(self, text: str) -> None:
        """Notes something the local data plane does not do."""
        self.problems.append(f"listener {self.listener['ListenerId']}: {text}")
