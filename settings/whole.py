"""A whole configuration as checks between its sections see it."""

from dataclasses import dataclass

from mtlsedge_components.reading.nodes import Node, Section
from settings.model import IssuedServerCertificate, Settings


@dataclass(frozen=True)
class Whole:
    """What was read, where it was read from, and whether the cloud is a local one."""

    root: Section
    settings: Settings
    is_local: bool

    def at(self, section: str, *keys: str) -> Node:
        """The value under keys of a section."""
        return self.root[f"mtlsedge:{section}"].at(*keys)

    def issued_certificates(self) -> list[tuple[Node, IssuedServerCertificate]]:
        """Every server certificate that the stack's own authority signs, and where it is declared."""
        settings = self.settings
        found = [(self.at("serverCertificate"), settings.server_certificate)] + [
            (self.at("serverCertificate", "additional", name), certificate)
            for name, certificate in settings.additional_server_certificates.items()
        ]
        return [(node, certificate) for node, certificate in found if isinstance(certificate, IssuedServerCertificate)]
