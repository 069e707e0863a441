"""The words in which `alb_config` says its schema: fields, and checks of one value each."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mtlsedge_components.reading.declared import Kind, Schema, Texts
from mtlsedge_components.reading.nodes import Node, Section


@dataclass(frozen=True)
class Field:
    """A field of a mapping; `since` is the controller version that brought it."""

    kind: Kind
    required: bool = False
    since: tuple[int, ...] = ()


@dataclass(frozen=True)
class Fields:
    """A mapping with these fields and no others. Newer ones are taken where the controller knows them."""

    fields: Mapping[str, Field]
    refused: Mapping[str, str] | None = None
    word: str = "mapping"
    allowed: str = "–"

    def read(self, node: Node, controller: tuple[int, ...] = ()) -> None:
        """Notes what is unknown, missing or wrong; the cluster is given what is written."""
        section = node.section(tuple(self.fields), self.refused)
        for key, field in self.fields.items():
            if key in section:
                _check_age(section, key, field, controller)
                field.kind.read(section[key])
            elif field.required and isinstance(node.value, Mapping):
                section[key].refuse("a value: it is required")

    def schema(self) -> Schema:
        """An object with these properties and no others."""
        properties = {key: field.kind.schema() for key, field in self.fields.items()}
        required = [key for key, field in self.fields.items() if field.required]
        found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**found, "required": required} if required else found


def _check_age(section: Section, key: str, field: Field, controller: tuple[int, ...]) -> None:
    if controller and field.since > controller:
        needed, found = (".".join(str(part) for part in version) for version in (field.since, controller))
        section[key].refuse(
            f"it with controller {needed} or newer; kubernetes.controllerVersion says {found}", found="a newer field"
        )


@dataclass(frozen=True)
class ListOf:
    """A list whose entries are of one kind; `unique` names a key of theirs whose values differ."""

    item: Kind
    least: int = 0
    most: int = 0
    unique: str = ""
    word: str = "list"

    @property
    def allowed(self) -> str:
        """How many."""
        return f"{self.least} to {self.most}" if self.most else "–"

    def read(self, node: Node) -> None:
        """Notes what is wrong with the list and with each entry."""
        if not isinstance(node.value, list | tuple):
            node.refuse("a list")
            node.findings.close(node.path)
            return
        if len(node.value) < self.least or (self.most and len(node.value) > self.most):
            node.refuse(f"{self.least} to {self.most} entries", found=f"{len(node.value)} of them")
        children = [node.child(index, value) for index, value in enumerate(node.value)]
        for child in children:
            self.item.read(child)
        if self.unique:
            _check_unique(children, self.unique)

    def schema(self) -> Schema:
        """An array with its bounds."""
        most = {"maxItems": self.most} if self.most else {}
        return {"type": "array", "items": self.item.schema(), "minItems": self.least, **most}


def _check_unique(children: Sequence[Node], key: str) -> None:
    seen: list[object] = []
    for child in children:
        value = child.at(key)
        if value.value is not None and value.value in seen:
            value.refuse("each once")
        seen.append(value.value)


@dataclass(frozen=True)
class TextsOf(Texts):
    """A list of texts, each once, at most so many."""

    most: int = 0

    def read(self, node: Node) -> tuple[str, ...]:
        """Notes too many of them as well."""
        found = super().read(node)
        if len(found) > self.most > 0:
            node.refuse(f"at most {self.most} entries")
        return found


@dataclass(frozen=True)
class By:
    """A kind whose values a function checks, because they hang together."""

    check: Callable[[Node], object]
    kind: Kind

    @property
    def word(self) -> str:
        """The kind's own."""
        return self.kind.word

    @property
    def allowed(self) -> str:
        """The kind's own."""
        return self.kind.allowed

    def read(self, node: Node) -> None:
        """Notes what the function finds."""
        self.check(node)

    def schema(self) -> Schema:
        """The kind's own."""
        return self.kind.schema()


@dataclass(frozen=True)
class AnyMapping:
    """A mapping that is not checked further."""

    word: str = "mapping"
    allowed: str = "any; not checked further"

    def read(self, node: Node) -> None:
        """Refuses what is no mapping."""
        if not isinstance(node.value, Mapping):
            node.section(())

    def schema(self) -> Schema:
        """Any object."""
        return {"type": "object"}
