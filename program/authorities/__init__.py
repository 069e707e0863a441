"""Authorities and their clients as the program builds them. A module for each kind; `settings.authorities` reads them."""

from collections.abc import Callable, Mapping
from typing import Any

from program.authorities.authority import BuiltAuthority
from program.authorities.external import BuiltExternalCa
from program.authorities.identifier import BuiltCaByIdentifier
from program.authorities.private_ca import BuiltPrivateCa
from program.authorities.self_managed import BuiltSelfManagedCa
from program.common import Common
from settings.model import ExternalAuthority, IdentifierAuthority, PrivateCaAuthority, SelfManagedAuthority, Settings

BUILDERS: Mapping[type, Callable[[Settings, Any, Common], BuiltAuthority]] = {
    SelfManagedAuthority: BuiltSelfManagedCa,
    ExternalAuthority: BuiltExternalCa,
    PrivateCaAuthority: BuiltPrivateCa,
    IdentifierAuthority: BuiltCaByIdentifier,
}
"""By what a stack file says; tests/unit/test_authority_kinds.py compares it with the kinds that are read."""


def build_authority(settings: Settings, common: Common) -> BuiltAuthority:
    """The authority of a stack file."""
    return BUILDERS[type(settings.authority)](settings, settings.authority, common)
