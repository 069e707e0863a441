"""A whole configuration as checks between its sections see it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from mtlsedge_components.reading.nodes import Node, Section
from settings.model import IssuedServerCertificate, Settings

OWN = ("authority", "clients", "listener")
"""Sections that each listener has for itself."""


@dataclass(frozen=True)
class Whole:
    """What was read, where it was read from, and whether the cloud is a local one."""

    root: Section
    settings: Settings
    is_local: bool
    beside: Node | None = None
    """Place of the additional listener that stands in the place of the first one; None: none does."""

    def at(self, section: str, *keys: str) -> Node:
        """The value under keys of a section."""
        if self.beside and section in OWN:
            return self.beside.at(section, *keys)
        return self.root[f"mtlsedge:{section}"].at(*keys)

    def of_listener(self, name: str, *keys: str) -> Node:
        """The value under keys of a listener beside the first, of the load balancer or of the AlbConfig."""
        if name in self.settings.additional_listeners:
            return self.at("additionalListeners", name, *keys)
        return self.at("kubernetes", "additionalListeners", name, *keys)

    def refuse_taken_ports(self, names: Iterable[str], taken: list[int], of: str) -> None:
        """Each listener beside a first one has a port for itself; `taken` are those of the first."""
        for name in names:
            port, at = self.settings.beside[name].listener.port, self.of_listener(name, "listener", "port")
            if port in taken and at.is_sound and at.value is not None:
                at.refuse(f"a port of its own; another listener of the {of} has this one")
            taken = [*taken, port]

    def through(self, name: str) -> "Whole":
        """The same with an additional listener in the place of the first one."""
        return replace(self, settings=self.settings.through(name), beside=self.of_listener(name))

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
