"""The words in which `alb_config` says its schema: fields, and checks of one value each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from settings import forms
from settings.reader import Form, Node, Section

Check = Callable[[Node], object]
"""Notes a problem at the node, or does nothing."""
LOG_PROJECT = forms.pattern(
    r"[a-z0-9][a-z0-9-]{2,61}[a-z0-9]", "a Log Service project of 4 to 63 lower-case letters, digits or '-'"
)
LOG_STORE = forms.pattern(
    r"alb_[a-z0-9_-]{0,59}[a-z0-9]",
    "a Logstore of at most 64 lower-case letters, digits, '-' or '_' that begins with alb_",
)


@dataclass(frozen=True)
class Field:
    """A field of a mapping; `since` is the controller version that brought it."""

    check: Check
    required: bool = False
    since: tuple[int, ...] = ()


def mapping(
    fields: Mapping[str, Field], controller: tuple[int, ...] = (), refused: Mapping[str, str] | None = None
) -> Check:
    """A mapping with these fields and no others. Newer ones are taken where the controller knows them."""

    def check(node: Node) -> None:
        section = node.section(tuple(fields), refused)
        for key, field in fields.items():
            if key in section:
                _check_age(section, key, field, controller)
                field.check(section[key])
            elif field.required and isinstance(node.value, Mapping):
                section[key].refuse("a value: it is required")

    return check


def _check_age(section: Section, key: str, field: Field, controller: tuple[int, ...]) -> None:
    if controller and field.since > controller:
        needed, found = (".".join(str(part) for part in version) for version in (field.since, controller))
        section[key].refuse(
            f"it with controller {needed} or newer; kubernetes.controllerVersion says {found}", found="a newer field"
        )


def list_of(item: Check, *, least: int = 0, most: int = 0, unique: str = "") -> Check:
    """A list whose entries pass `item`; `unique` names a key of theirs whose values differ."""

    def check(node: Node) -> None:
        if not isinstance(node.value, list | tuple):
            node.refuse("a list")
            node.findings.close(node.path)
            return
        if len(node.value) < least or (most and len(node.value) > most):
            node.refuse(f"{least} to {most} entries", found=f"{len(node.value)} of them")
        children = [node.child(index, value) for index, value in enumerate(node.value)]
        for child in children:
            item(child)
        if unique:
            _check_unique(children, unique)

    return check


def _check_unique(children: Sequence[Node], key: str) -> None:
    seen: list[object] = []
    for child in children:
        value = child.at(key)
        if value.value is not None and value.value in seen:
            value.refuse("each once")
        seen.append(value.value)


def text(form: Form) -> Check:
    """A text of a form."""
    return lambda node: node.text(form)


def texts(form: Form, most: int = 0) -> Check:
    """A list of texts, each once."""

    def check(node: Node) -> None:
        if len(node.texts(form)) > most > 0:
            node.refuse(f"at most {most} entries")

    return check


def integer(low: int, high: int, meaning: str) -> Check:
    """A whole number."""
    return lambda node: node.integer(low, high, meaning)


def choice(*options: str, hint: str = "") -> Check:
    """One of a few words."""
    return lambda node: node.choice(options, hint)


def flag(node: Node) -> bool:
    """True or false, and not the texts."""
    return node.flag()
