"""What an action of the local cloud may use of the cloud it runs in."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from local.behaviours import HONGKONG_SITE, Answers
from local.cloud import chosen_behaviours
from local.cloud.key_files import KeyFiles
from local.cloud.store import Store
from local.cloud.transitions import Transitions

Health = Callable[[str], list[dict[str, Any]]]
"""Listener id -> [{ServerGroupId, NonNormalServers: [{ServerId, ServerIp, Port, Status}]}], as Envoy sees it."""


@dataclass(frozen=True)
class Context:
    """Store, key files, clockwork and facts of one local cloud."""

    store: Store
    keys: KeyFiles
    transitions: Transitions
    region: str
    account_id: str
    api_address: Callable[[], str]
    """`host:port` of the control plane; known once it listens."""
    health: Health | None = None

    @property
    def site(self) -> str:
        """Suffix of server certificate ids: the CAS site, which is not the region (alibaba-cloud.md §1.2)."""
        abroad = self.region == "cn-hongkong" and self.behaviours.is_(HONGKONG_SITE, "international")
        return "cn-hangzhou" if self.region.startswith("cn-") and not abroad else "ap-southeast-1"

    @property
    def behaviours(self) -> Answers:
        """Which answer holds for each unknown of the real cloud."""
        return chosen_behaviours.load(self.store)
