"""Distinguished names, of authorities and of clients."""

from components.settings import forms
from components.settings.model import Subject
from components.settings.reader import Node

KEYS = ("commonName", "country", "state", "locality", "organization", "unit", "email")


def read_subject(node: Node, common_name: str | None = None) -> Subject:
    """A subject; `common_name` stands in for an absent commonName. Lengths: RFC 5280, appendix A.1.

    Country codes are upper-cased, as ISO 3166 has them: the tutorial's `cn` is refused by strict verifiers.
    """
    section = node.section(KEYS)
    return Subject(
        common_name=section.text("commonName", forms.printable(64), default=common_name),
        country=section.text("country", forms.COUNTRY, default="").upper(),
        state=section.text("state", forms.printable(128), default=""),
        locality=section.text("locality", forms.printable(128), default=""),
        organization=section.text("organization", forms.printable(64), default=""),
        unit=section.text("unit", forms.printable(64), default=""),
        email=section.text("email", forms.EMAIL, default=""),
    )
