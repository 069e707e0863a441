"""Authorities and their clients as the program builds them. A module for each kind; `settings.authorities` reads them."""

from collections.abc import Callable, Mapping
from typing import Any

from program.authorities.authority import BuiltAuthority
from program.authorities.external import ExternalCa
from program.authorities.identifier import UploadedCa
from program.authorities.private_ca import PrivateCa
from program.authorities.self_managed import SelfManagedCa
from program.common import Common
from settings.model import ExternalAuthority, IdentifierAuthority, PrivateCaAuthority, SelfManagedAuthority, Settings

BUILDERS: Mapping[type, Callable[[Settings, Any, Common], BuiltAuthority]] = {
    SelfManagedAuthority: SelfManagedCa,
    ExternalAuthority: ExternalCa,
    PrivateCaAuthority: PrivateCa,
    IdentifierAuthority: UploadedCa,
}
"""By what a stack file says; tests/unit/test_authority_kinds.py compares it with the kinds that are read."""


def build_authority(settings: Settings, common: Common) -> BuiltAuthority:
    """The authority of a stack file."""
    return BUILDERS[type(settings.authority)](settings, settings.authority, common)
