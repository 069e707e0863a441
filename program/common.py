"""What every component of the program is given."""

from dataclasses import dataclass

import pulumi

from mtlsedge_components.identity import IdentityArgs


@dataclass(frozen=True)
class Common:
    """Names, tags, import ids and protection; and the provider of the resources that no vendor has."""

    identity: IdentityArgs
    opts: pulumi.ResourceOptions
