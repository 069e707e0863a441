"""The table of actions: what the local cloud answers, and where each behaviour comes from.

A product module registers its actions with `@action(...)`; the dispatcher looks them up by (version, action),
since products share action names, and `coverage` prints the table.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from local.cloud.access.identities import Identity
from local.cloud.context import Context
from local.cloud.parameters import Parameters
from local.cloud.products import PRODUCTS
from local.cloud.store import Store

Source = Literal["docs", "provider source", "vendor's controller", "sdk model", "assumed"]
"""Where a behaviour comes from: the vendor's documentation, what the Terraform provider was seen or read to
rely on, the source of the vendor's ALB controller, the request and response models of the vendor's SDK, or nothing but plausibility."""
Response = dict[str, Any]


@dataclass
class Call:
    """One call of an action: its parameters, the cloud it runs in and who asks."""

    name: str
    version: str
    parameters: Parameters
    context: Context
    caller: Identity
    public_name: str = ""
    """The cloud's public name that was called, through a tunnel; empty where this cloud's own address was."""
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    """What may only happen once the transaction of the call is on disk, such as removing a key file."""

    @property
    def store(self) -> Store:
        """The store of the cloud."""
        return self.context.store

    @property
    def region(self) -> str:
        """The region of the call, in either spelling of the clients; else the cloud's own."""
        parameters = self.parameters
        return parameters.text("RegionId") or parameters.text("regionId") or self.context.region


Handler = Callable[[Call], Response]


@dataclass(frozen=True)
class Action:
    """A row of the table."""

    version: str
    name: str
    source: Source
    writes: bool
    handler: Handler

    @cached_property
    def product(self) -> str:
        """Product code the version belongs to."""
        return PRODUCTS[self.version]

    @property
    def clears_empty(self) -> bool:
        """Whether an empty string clears an attribute instead of counting as absent (§6.4)."""
        return self.name.startswith(("Modify", "Update")) or self.name == "CreateCertificateName"


TABLE: dict[tuple[str, str], Action] = {}
"""Every registered action by (version, action in lower case): clients differ in case (UnTagResources)."""


def action(version: str, *names: str, source: Source, writes: bool = False) -> Callable[[Handler], Handler]:
    """Register a function as the answer to one action, or to several that behave alike."""

    def register(handler: Handler) -> Handler:
        for name in names:
            key = (version, name.lower())
            if key in TABLE:
                raise ValueError(f"{version} {name} is registered twice")
            TABLE[key] = Action(version, name, source, writes, handler)
        return handler

    return register


def find(version: str, name: str) -> Action | None:
    """The action of that version, or of another version of the same product: the provider mixes CAS versions."""
    versions = [version, *_sisters(version)]
    return next((TABLE[v, name.lower()] for v in versions if (v, name.lower()) in TABLE), None)


def _sisters(version: str) -> Iterable[str]:
    product = PRODUCTS.get(version)
    return (other for other, code in PRODUCTS.items() if product and code == product and other != version)
