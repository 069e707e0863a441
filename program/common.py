"""What every component of the program is given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

from mtlsedge_components.identity import IdentityArgs


@dataclass(frozen=True)
class Common:
    """Names, tags, import ids and protection; and the provider of the resources that no vendor has."""

    identity: IdentityArgs
    opts: pulumi.ResourceOptions
    listener: str = ""
    """The additional listener whose authority is built; empty: the first one's, whose components have plain names."""

    repository: pulumi.Output[int] | None = None
    """Where CAs are uploaded, once another listener's CA is there: one that is made by two would be deleted by two."""

    uploads: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)
    """Identifiers of CAs that other listeners uploaded, by fingerprint: one uploaded twice would be deleted while it is trusted."""

    def name(self, plain: str) -> str:
        """Name of a component that each listener has: no name of a listener holds the slash."""
        return f"{self.listener}/{plain}" if self.listener else plain
