"""A CA that is uploaded already: nothing is made for it."""

from collections.abc import Mapping
from typing import Any

from mtlsedge_components.ca_repository import CaRepository
from program.authorities.authority import BuiltAuthority, BuiltClient
from program.common import Common
from settings.model import IdentifierAuthority, Settings


class BuiltCaByIdentifier(BuiltAuthority):
    """Known by its identifier; it signs nothing here, so that there are no clients."""

    def __init__(self, _settings: Settings, authority: IdentifierAuthority, common: Common) -> None:
        self._identifier, self._common = authority.identifier, common

    def ca(self) -> CaRepository:
        return CaRepository(self._common.name("ca"), {"identifier": self._identifier}, self._common.opts)

    def clients(self) -> Mapping[str, BuiltClient]:
        return {}

    def outputs(self) -> dict[str, Any]:
        return {}
