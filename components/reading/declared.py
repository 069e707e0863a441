"""A setting is declared once, on the field it ends in: its form, default, meaning, and the source of its limits.

    idle_timeout: int = setting(Whole(1, 600, "seconds"), "how long an idle connection stays open", "provider", default=15)

From this come the key (`idleTimeout`), reading and every message (`Shape`), the tables of docs/reference/settings.md, the
JSON Schema of stack files and the keys that Pulumi.yaml describes (`settings.catalog`). A field without a declaration
is no setting: what it holds is worked out.
"""

import dataclasses
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Protocol, TypeVar

from mtlsedge_components.reading.nodes import Form, Node, Section

Value = TypeVar("Value")
Schema = dict[str, Any]
REQUIRED: Any = object()
"""The default of a setting that a mapping cannot do without."""
METADATA = "setting"
MAPPING_OR_NOTHING = ["object", "null"]


class Kind(Protocol):
    """What a value may be: how it is read, and how it is described to people and to editors."""

    @property
    def word(self) -> str:
        """The column "type"."""

    @property
    def allowed(self) -> str:
        """The column "allowed"."""

    def read(self, node: Node) -> Any:
        """The value, or a stand-in after noting a problem."""

    def schema(self) -> Schema:
        """JSON Schema of what `read` takes; wider where a schema cannot say it."""


@dataclass(frozen=True)
class Text:
    """A text of a form."""

    form: Form
    word: str = "text"

    @property
    def allowed(self) -> str:
        """The form's own words."""
        return self.form.meaning

    def read(self, node: Node) -> str:
        """See `Node.text`."""
        return node.text(self.form)

    def schema(self) -> Schema:
        """A string, with the pattern where the form has one."""
        return text_schema(self.form)


@dataclass(frozen=True)
class Whole:
    """A whole number in a range, ends included. `meaning` is its unit, as messages say it."""

    low: int
    high: int
    meaning: str
    hint: str = ""

    @property
    def word(self) -> str:
        """The unit."""
        return {"a port": "port", "a number": "number", "a weight": "number", "whole days": "days", "whole years": "years",
                "a port (0 is the server's own)": "port"}.get(self.meaning, self.meaning)  # fmt: skip

    @property
    def allowed(self) -> str:
        """The range."""
        return f"{self.low} to {self.high}"

    def read(self, node: Node) -> int:
        """See `Node.integer`."""
        return node.integer(self.low, self.high, self.meaning, self.hint)

    def schema(self) -> Schema:
        """An integer with its ends."""
        return {"type": "integer", "minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Flag:
    """True or false."""

    word: str = "boolean"
    allowed: str = "`true`, `false`"

    def read(self, node: Node) -> bool:
        """See `Node.flag`."""
        return node.flag()

    def schema(self) -> Schema:
        """A boolean."""
        return {"type": "boolean"}


@dataclass(frozen=True)
class Choice:
    """One of a few words, or the one value a switch may have."""

    options: Sequence[Any]
    hint: str = ""
    word: str = "text"

    @property
    def allowed(self) -> str:
        """The words."""
        return ", ".join(f"`{option}`" for option in self.options)

    def read(self, node: Node) -> str:
        """See `Node.choice`."""
        chosen: str = node.choice(self.options, self.hint)
        return chosen

    def schema(self) -> Schema:
        """An enumeration."""
        return {"enum": list(self.options)}


@dataclass(frozen=True)
class Encrypted:
    """A secret, which the file holds encrypted; read by hand, and never looked at."""

    word: str = "secret"
    allowed: str = "a secret"

    def read(self, node: Node) -> Any:
        """Never asked: whether it is one depends on what the engine says of the section."""
        raise NotImplementedError(node.path)

    def schema(self) -> Schema:
        """What `pulumi config set --secret` writes."""
        return {
            "type": "object",
            "properties": {"secure": {"type": "string"}},
            "required": ["secure"],
            "additionalProperties": False,
        }


@dataclass(frozen=True)
class Texts:
    """A list of texts of a form, each once."""

    form: Form
    word: str = "list of text"
    fewest: int = 0

    @property
    def allowed(self) -> str:
        """The form's own words."""
        return f"each {self.form.meaning}"

    def read(self, node: Node) -> tuple[str, ...]:
        """See `Node.texts`."""
        return node.texts(self.form)

    def schema(self) -> Schema:
        """An array of strings."""
        least = {"minItems": self.fewest} if self.fewest else {}
        return {"type": "array", "items": text_schema(self.form), "uniqueItems": True, **least}


@dataclass(frozen=True)
class Entries:
    """A mapping from names of the operator's choice to values of one kind; `most` is checked where it is read."""

    name: Form
    value: "Kind | Shape"
    most: int = 0
    word: str = "mapping"

    @property
    def allowed(self) -> str:
        """How many."""
        return f"at most {self.most}" if self.most else "–"

    def read(self, node: Node) -> dict[str, Any]:
        """Every value by its name."""
        return {key: self.value.read(child) for key, child in node.entries(self.name)}

    def schema(self) -> Schema:
        """An object whose keys have a pattern."""
        names = text_schema(self.name)
        most = {"maxProperties": self.most} if self.most else {}
        return {"type": "object", "propertyNames": names, "additionalProperties": self.value.schema(), **most}


@dataclass(frozen=True)
class OneOfKinds:
    """A value in one of several forms, told apart by its type; read by hand."""

    kinds: "tuple[Kind | Shape, ...]"
    word: str
    allowed: str

    def read(self, node: Node) -> Any:
        """Never asked: a reader by hand tells the forms apart."""
        raise NotImplementedError(node.path)

    def schema(self) -> Schema:
        """Any of them."""
        return {"anyOf": [kind.schema() for kind in self.kinds]}


@dataclass(frozen=True)
class Setting:
    """What one key of a mapping says."""

    kind: "Kind | Shape"
    does: str
    source: str
    default: Any = REQUIRED
    allowed: str = ""
    """The column "allowed", where the kind's own words are not all of it."""
    shown: str = ""
    """The column "default", where it is not the value itself."""
    key: str = ""
    elsewhere: bool = False
    """Whether the page describes what lies below in another place."""
    optional: bool = False
    """Whether the key may be absent all the same: what stands in for it is worked out by a reader by hand."""

    @property
    def is_required(self) -> bool:
        """Whether a mapping cannot do without it."""
        return self.default is REQUIRED and not self.optional

    def read(self, section: Section, key: str) -> Any:
        """The value; the default of what is absent."""
        if key not in section and self.default is not REQUIRED:
            return self.default.copy() if isinstance(self.default, dict) else self.default
        return self.kind.read(section[key])


def setting(kind: "Kind | Shape", does: str, source: str, *, default: Any = REQUIRED, **more: Any) -> Any:
    """A field of a dataclass that a key of the stack file fills; without a default it is required."""
    metadata = {METADATA: Setting(kind, does, source, default, **more)}
    if default is REQUIRED:
        return field(metadata=metadata)
    if isinstance(default, dict):
        return field(default_factory=dict, metadata=metadata)
    return field(default=default, metadata=metadata)


def worked_out() -> Any:
    """A field that no key fills and every maker gives, among those that keys fill."""
    return field()


def camel(name: str) -> str:
    """`idle_timeout` is written `idleTimeout` in a stack file."""
    return re.sub(r"_(\w)", lambda found: found[1].upper(), name)


@dataclass(frozen=True)
class Shape:
    """A mapping with known keys, in the order of messages and of the reference page.

    `one_of` are keys of which exactly one stands there; `refused` are keys people may expect, with the reason.
    Beside the key `alone` there is no other; a key of `needs` brings others along. `fills` names the dataclass's
    field of each key.
    """

    settings: Mapping[str, Setting]
    makes: Callable[..., Any] | None = None
    fills: Mapping[str, str] = field(default_factory=dict)
    refused: Mapping[str, str] = field(default_factory=dict)
    one_of: Sequence[str] = ()
    any_of: Sequence[str] = ()
    alone: str = ""
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    word: str = "mapping"
    allowed: str = "–"

    @staticmethod
    def of(kind: type, says: Mapping[str, Setting] | None = None, **more: Any) -> "Shape":
        """The mapping that a dataclass declares; `says`, by field, of one that lives below the settings."""
        declared = says or {
            one.name: one.metadata[METADATA] for one in dataclasses.fields(kind) if METADATA in one.metadata
        }
        keys = {name: one.key or camel(name) for name, one in declared.items()}
        return Shape(
            {keys[name]: one for name, one in declared.items()},
            kind,
            {keys[name]: name for name in declared},
            **more,
        )

    def without(self, *keys: str) -> "Shape":
        """The same mapping with fewer keys."""
        return dataclasses.replace(self, settings={key: one for key, one in self.settings.items() if key not in keys})

    def beside(self, others: Mapping[str, Setting], first: Sequence[str] = ()) -> "Shape":
        """The same mapping with more keys; `first` are the keys that come first, of both."""
        every = {**self.settings, **others}
        ordered = {key: every[key] for key in (*first, *every)}
        return dataclasses.replace(self, settings=ordered)

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """Every key, in order."""
        return tuple(self.settings)

    def section(self, node: Node) -> Section:
        """The mapping at a node, unknown keys refused."""
        return node.section(self.keys, self.refused)

    def read(self, node: Node) -> Any:
        """The dataclass, every field by its declaration."""
        return self.make(self.section(node))

    def make(self, section: Section, **given: Any) -> Any:
        """The dataclass; fields that are `given` were read by hand, because they hang together."""
        if self.makes is None:
            raise TypeError(f"nothing is made of {', '.join(self.keys)}")
        values = {
            self.fills[key]: one.read(section, key)
            for key, one in self.settings.items()
            if key in self.fills and self.fills[key] not in given
        }
        return self.makes(**values, **given)

    def value(self, section: Section, key: str) -> Any:
        """One value by its declaration, for a reader by hand."""
        return self.settings[key].read(section, key)

    def schema(self) -> Schema:
        """An object with these properties and no others."""
        required = [key for key, one in self.settings.items() if one.is_required]
        found: Schema = {
            "type": "object",
            "properties": {key: property_schema(one) for key, one in self.settings.items()},
            "additionalProperties": False,
        }
        if self.alone:
            found |= {"if": {"required": [self.alone]}, "then": {"maxProperties": 1}, "else": {"required": required}}
        elif required:
            found["required"] = required
        if self.needs:
            found["dependentRequired"] = {key: list(others) for key, others in self.needs.items()}
        if self.one_of:
            found["oneOf"] = [{"required": [key]} for key in self.one_of]
        if self.any_of:
            found["anyOf"] = [{"required": [key]} for key in self.any_of]
        return found


def property_schema(one: Setting) -> Schema:
    """A key's schema, with what an editor shows beside it; null is absent."""
    schema = one.kind.schema()
    described: Schema = {"description": one.does} if one.does not in ("", "–") else {}
    if isinstance(one.default, str | int | bool) and one.default != "":
        described["default"] = one.default
    return {**described, **schema}


def text_schema(form: Form) -> Schema:
    """A string, with the pattern of a form that has one."""
    return {"type": "string", **({"pattern": f"^(?:{form.expression})$"} if form.expression else {})}


def rows(shape: Shape, prefix: str = "") -> Iterator[tuple[str, Setting]]:
    """Every key of a mapping and below it as the page writes it, such as `clients.<name>.email`."""
    for key, one in shape.settings.items():
        yield f"{prefix}{key}", one
        if not one.elsewhere:
            yield from _below(one.kind, f"{prefix}{key}")


def _below(kind: "Kind | Shape", path: str) -> Iterator[tuple[str, Setting]]:
    if isinstance(kind, Shape):
        yield from rows(kind, f"{path}.")
    elif isinstance(kind, Entries):
        yield from _below(kind.value, f"{path}.<name>")
    elif isinstance(kind, OneOfKinds):
        for one in kind.kinds:
            yield from _below(one, path)
