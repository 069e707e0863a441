"""A whole configuration as checks between its sections see it."""

from dataclasses import dataclass, replace

from mtlsedge_components.reading.nodes import Node, Section
from settings.model import IssuedServerCertificate, Settings

OWN = ("authority", "clients", "listener")
"""Sections that each listener of a load balancer has for itself."""


@dataclass(frozen=True)
class Whole:
    """What was read, where it was read from, and whether the cloud is a local one."""

    root: Section
    settings: Settings
    is_local: bool
    beside: str = ""
    """Name of the additional listener that stands in the place of the first one; empty: none does."""

    def at(self, section: str, *keys: str) -> Node:
        """The value under keys of a section."""
        if self.beside and section in OWN:
            return self.root["mtlsedge:additionalListeners"].at(self.beside, section, *keys)
        return self.root[f"mtlsedge:{section}"].at(*keys)

    def through(self, name: str) -> "Whole":
        """The same with an additional listener in the place of the first one."""
        return replace(self, settings=self.settings.through(name), beside=name)

    def issued_certificates(self) -> list[tuple[Node, IssuedServerCertificate]]:
        """Every server certificate that the authority signs, and where it is declared: an additional listener's signs none."""
        if self.beside:
            return []
        settings = self.settings
        found = [(self.at("serverCertificate"), settings.server_certificate)] + [
            (self.at("serverCertificate", "additional", name), certificate)
            for name, certificate in settings.additional_server_certificates.items()
        ]
        return [(node, certificate) for node, certificate in found if isinstance(certificate, IssuedServerCertificate)]
