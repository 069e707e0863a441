"""Distinguished names, of authorities and of clients."""

from settings import forms
from settings.model import Subject
from settings.reader import Node

KEYS = ("commonName", "country", "state", "locality", "organization", "unit", "email")


def read_subject(node: Node, common_name: str | None = None) -> Subject:
    """A subject; `common_name` stands in for an absent commonName.

    Country codes are upper-cased, as ISO 3166 has them: the tutorial's `cn` is refused by strict verifiers.
    """
    section = node.section(KEYS)
    return Subject(
        common_name=section.text("commonName", forms.attribute("commonName"), default=common_name),
        country=section.text("country", forms.COUNTRY, default="").upper(),
        state=section.text("state", forms.attribute("state"), default=""),
        locality=section.text("locality", forms.attribute("locality"), default=""),
        organization=section.text("organization", forms.attribute("organization"), default=""),
        unit=section.text("unit", forms.attribute("unit"), default=""),
        email=section.text("email", forms.EMAIL, default=""),
    )
