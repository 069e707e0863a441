"""Distinguished names, of authorities and of clients."""

from dataclasses import replace

from mtlsedge_components import forms
from mtlsedge_components.reading.nodes import Node
from settings.authority_model import SUBJECT, Subject

COMMON_NAME = forms.attribute("commonName")


def read_subject(node: Node, common_name: str | None = None) -> Subject:
    """A subject; `common_name` stands in for an absent commonName.

    Country codes are upper-cased, as ISO 3166 has them: the tutorial's `cn` is refused by strict verifiers.
    """
    section = SUBJECT.section(node)
    said: Subject = SUBJECT.make(section, common_name=section.text("commonName", COMMON_NAME, default=common_name))
    return replace(said, country=said.country.upper())
