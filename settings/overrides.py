"""`mtlsedge:names`, `mtlsedge:adopt` and `mtlsedge:certificateRepository`: what is called differently, or exists already."""

from mtlsedge_components import naming
from mtlsedge_components.reading.nodes import Form, Node, Section
from settings.authority_model import REPOSITORY, CaRepository

ROLE = Form(
    f"a role ({', '.join(naming.ROLES)}), with /name where there are several",
    lambda text: text.partition("/")[0] in naming.ROLES,
    rf"(?:{'|'.join(naming.ROLES)})(?:/.*)?",
)
REPOSITORY_ROLE = "ca-repository"


def read_names(node: Node) -> dict[str, str]:
    """Physical names by role. Two things of one kind are not given one name."""
    names: dict[str, str] = {}
    for role, child in [] if node.value is None else node.entries(ROLE):
        name = child.text(_name_form(role.partition("/")[0]))
        twins = [other for other in names if names[other] == name and other.partition("/")[0] == role.partition("/")[0]]
        if name and twins:
            child.refuse(f"a name of its own; {twins[0]} has this one")
        names[role] = name
    return names


def read_adopted(node: Node) -> dict[str, str]:
    """Ids of existing things by role, to be imported."""
    entries = [] if node.value is None else node.entries(ROLE)
    return {role: child.text(_identifier_form(role.partition("/")[0])) for role, child in entries}


def read_repository(root: Section, names: dict[str, str], project: str, stack: str) -> CaRepository:
    """The repository of the CA: named here, or in `names`, or by the stack."""
    section = REPOSITORY.section(root["mtlsedge:certificateRepository"]) if _is_given(root) else None
    default = names.get(REPOSITORY_ROLE) or naming.derived_name(project, stack, REPOSITORY_ROLE)
    if section is None:
        return CaRepository(default)
    if "name" in section and REPOSITORY_ROLE in names:
        section["name"].refuse(f"a name once: here, or as {REPOSITORY_ROLE} in mtlsedge:names")
    name = section.text("name", _name_form(REPOSITORY_ROLE), default=default)
    made: CaRepository = REPOSITORY.make(section, name=name)
    return made


def _is_given(root: Section) -> bool:
    return "mtlsedge:certificateRepository" in root


def _name_form(role: str) -> Form:
    longest = naming.ROLES[role].longest
    if not longest:
        return Form(f"no name: a {role} has none of the program's", _nothing)
    return Form(
        f"a name of 2 to {longest} letters, digits, '.', '_', '-' or blanks that begins with a letter or digit",
        lambda text: naming.accepts_name(role, text),
    )


def _identifier_form(role: str) -> Form:
    expression = naming.ROLES[role].identifier
    if not expression:
        return Form(f"nothing: a {role} is found by itself, or given by its own setting", _nothing)
    return Form(f"an id of the form {expression}", lambda text: naming.accepts_identifier(role, text))


def _nothing(_: str) -> bool:
    return False
