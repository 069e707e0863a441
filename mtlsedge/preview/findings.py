"""Everything a reviewer has to know of a preview, in the order of its weight."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from mtlsedge.preview import affected, not_judged, renamed, renewals, weakenings
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.events import SECRET_TEXT, Preview
from mtlsedge.preview.renewals import Renewal
from mtlsedge.preview.weakenings import Weakening

ORDER = ("delete", "replace", "update", "create")


@dataclass(frozen=True)
class Row:
    """One changed resource."""

    operation: str
    name: str
    kind: str
    changed: tuple[str, ...]
    """Top-level properties that change."""
    is_component: bool


@dataclass(frozen=True)
class Findings:
    """What a preview means."""

    project: str
    stack: str
    failure: str
    """Why there is no whole preview; empty if there is one."""
    errors: tuple[str, ...]
    policies: tuple[str, ...]
    weakenings: tuple[Weakening, ...]
    effects: tuple[Effect, ...]
    renewals: tuple[Renewal, ...]
    unknown: tuple[str, ...]
    rows: tuple[Row, ...]
    unchanged: int
    diagram: str = ""
    """The topology after the change, as a Mermaid chart; empty if nothing could be drawn."""
    is_untouched: bool = False
    """Whether no preview was made, for nothing that the stack is made of differs."""
    unjudged: tuple[str, ...] = ()
    """Other stacks whose stack file the request changes, and of which no preview is made."""

    @property
    def refused(self) -> tuple[Weakening, ...]:
        """Weakenings that no setting of this change accepts."""
        return tuple(one for one in self.weakenings if not one.accepted_by)

    @property
    def passes(self) -> bool:
        """Whether the job may be green."""
        return not (self.failure or self.errors or self.policies or self.refused)

    @property
    def only_not_judged(self) -> bool:
        """Whether nothing is against it but that something cannot be told."""
        return bool(self.refused) and all(one.kind == not_judged.KIND for one in self.refused)

    @property
    def exit_status(self) -> int:
        """0 passes, 3 something that could make it less safe cannot be told, 1 anything else."""
        if self.passes:
            return 0
        return 3 if self.only_not_judged and not (self.failure or self.errors or self.policies) else 1

    def as_first(self) -> "Findings":
        """The findings of a stack whose state nobody has published: what exists already is unknown."""
        return self.noting("the state: no snapshot is published yet, so everything is shown as new")

    def noting(self, note: str) -> "Findings":
        """The findings with one more thing that is not known, first of all."""
        return replace(self, unknown=(note, *self.unknown))

    def to_json(self) -> dict[str, Any]:
        """The findings for programs; `passes` is the verdict."""
        return {**asdict(self), "passes": self.passes, "refused": [asdict(one) for one in self.refused]}


def untouched(project: str, stack: str) -> Findings:
    """The findings of a stack that a request does not touch."""
    return Findings(project, stack, "", (), (), (), (), (), (), (), 0, is_untouched=True)


def judge(project: str, stack: str, preview: Preview, unknown_settings: tuple[str, ...] = ()) -> Findings:
    """The findings of a preview. `unknown_settings` are encrypted settings that could not be compared.

    The engine tells of resources in the order in which it comes to them, which differs from run to run: here it is by name.
    """
    preview = replace(preview, changes=tuple(sorted(preview.changes, key=lambda one: one.urn)))
    changed = [one for one in preview.changes if one.is_change]
    continued = renamed.joined(preview)
    return Findings(
        project=project,
        stack=stack,
        failure=preview.incomplete,
        errors=preview.errors,
        policies=preview.policies,
        weakenings=tuple(weakenings.find(continued)),
        effects=tuple(affected.find(continued)),
        renewals=tuple(renewals.find(preview)),
        unknown=tuple(_unknown(preview, unknown_settings)),
        rows=tuple(sorted(_rows(preview), key=lambda row: (_rank(row.operation), row.name))),
        unchanged=len(preview.changes) - len(changed),
    )


def _unknown(preview: Preview, settings: tuple[str, ...]) -> Iterator[str]:
    for setting in settings:
        yield f"{setting}: encrypted anew or changed; a preview without secrets cannot tell which, and takes it as changed"
    if settings:
        for one in preview.changes:
            secret = sorted({_top(path) for path in one.paths if (one.new or {}).get(_top(path)) == SECRET_TEXT})
            if one.is_change and secret:
                yield f"{one.name}: whether {', '.join(secret)} changes, and so what depends on it"


def _rows(preview: Preview) -> Iterator[Row]:
    for one in preview.changes:
        if one.is_change:
            changed = tuple(dict.fromkeys(sorted(_top(path) for path in one.paths)))
            yield Row(one.operation, one.name, one.kind, changed, one.type.startswith("mtlsedge:index:"))


def _top(path: str) -> str:
    return path.split(".", maxsplit=1)[0].split("[", maxsplit=1)[0]


def _rank(operation: str) -> int:
    return ORDER.index(operation) if operation in ORDER else len(ORDER)
