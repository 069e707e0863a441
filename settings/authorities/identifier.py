"""`authority.identifier`: a CA that others uploaded; nothing is uploaded, issued or deleted."""

from mtlsedge_components.reading.nodes import Node
from settings.authorities.kind import Described, Kind, Outside, no_flaws, refuse_issued_servers
from settings.authority_model import AUTHORITY, IdentifierAuthority
from settings.whole import Whole


def _read(node: Node, _outside: Outside) -> IdentifierAuthority:
    return IdentifierAuthority(AUTHORITY.settings["identifier"].kind.read(node))


def _check(whole: Whole, authority: IdentifierAuthority) -> None:
    """There is no key to sign with, and nothing to upload."""
    if not authority.identifier:
        return
    if clients := whole.settings.clients:
        found = f"{len(clients)} clients" if len(clients) > 1 else "1 client"
        whole.at("clients").refuse("none with authority.identifier: the stack has no key to sign with", found=found)
    others = whole.beside or whole.settings.beside  # the CA of another listener may be uploaded there
    if whole.at("certificateRepository").value is not None and not others:
        whole.at("certificateRepository").refuse("nothing with authority.identifier: nothing is uploaded")
    refuse_issued_servers(whole, "id or certificateFile, as authority.identifier has no key to sign with")


def _describe(authority: IdentifierAuthority) -> Described:
    facts = ("uploaded by others; the stack signs nothing", authority.identifier)
    return Described(authority.identifier, facts, is_uploaded=False)


IDENTIFIER = Kind("identifier", IdentifierAuthority, _read, _check, no_flaws, _describe)
