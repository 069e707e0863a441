"""Whether a request touches a stack: what differs between two checkouts, and what a stack is made of.

A stack is made of its stack file, the files that this names, and everything else that no stack file is: program, lock, …
What is not known to be harmless touches every stack, for a stack that is not touched is not previewed.
"""

import os
import re
import subprocess
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from mtlsedge.errors import CommandError

STACK_FILE = re.compile(r"Pulumi\.[^/]+\.yaml")
READ_BY_PEOPLE = (".md", ".png", ".svg")
"""Files that no program reads, unless a stack file names one or a link leads to it."""
FILE, LINK = "100644", "120000"
SECONDS = 60

Tree = Mapping[str, str]
"""Path -> mode and content's hash of each file that git tracks."""


@dataclass(frozen=True)
class Difference:
    """Two checkouts, and what git tracks in each: read once, for every question about them."""

    base: Path
    head: Path
    before: Tree
    after: Tree

    @classmethod
    def between(cls, base: Path, head: Path) -> "Difference":
        """Raises CommandError where git cannot tell."""
        return cls(base, head, _tree(base), _tree(head))

    @property
    def changed(self) -> set[str]:
        """Paths that are in one alone, or not the same in both."""
        return {path for path in {*self.before, *self.after} if self.before.get(path) != self.after.get(path)}

    def touches(self, stack: str) -> bool:
        """Whether the checkouts differ in anything that the stack is made of."""
        changed = self.changed
        if not changed:
            return False
        name = f"Pulumi.{stack}.yaml"
        sides = (self.base, self.before), (self.head, self.after)
        said = "\n".join(_text(folder / name) for folder, _ in sides)
        linked = [_target(folder, path) for folder, tree in sides for path in _links(tree)]
        trees = self.before, self.after
        return name not in self.after or any(not _is_harmless(path, name, said, linked, trees) for path in changed)

    def unjudged(self, stacks: Collection[str]) -> tuple[str, ...]:
        """Stacks whose stack file differs between the checkouts, and that are none of `stacks`."""
        files = {path for path in self.changed if STACK_FILE.fullmatch(path)}
        names = {path.removeprefix("Pulumi.").removesuffix(".yaml") for path in files}
        readable = (name.encode("utf-8", "surrogateescape").decode(errors="replace") for name in names - set(stacks))
        return tuple(sorted(readable))


def _is_harmless(path: str, own: str, said: str, linked: Iterable[str], trees: Iterable[Tree]) -> bool:
    """A file of others: another stack's file, or one that only people read, as a plain file on both sides."""
    pure = PurePosixPath(path)
    is_of_others = path != own and (STACK_FILE.fullmatch(path) or pure.suffix in READ_BY_PEOPLE)
    is_plain = all(tree.get(path, FILE).split()[0] == FILE for tree in trees)
    is_linked = any(pure.is_relative_to(one) for one in linked)
    return bool(is_of_others) and is_plain and not is_linked and pure.name not in said


def _tree(folder: Path) -> Tree:
    if not (folder / ".git").exists():
        raise CommandError(f"{folder} is no checkout: found no .git")
    try:
        listed = subprocess.run(
            ["git", "-C", str(folder), "ls-tree", "-r", "-z", "--full-tree", "HEAD"],
            capture_output=True, check=True, timeout=SECONDS,
        ).stdout.decode("utf-8", "surrogateescape")  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        raise CommandError(f"git cannot list what {folder} holds") from None
    rows = (row.split("\t", 1) for row in listed.split("\0") if row)
    return {path: " ".join(facts.split()[::2]) for facts, path in rows}


def _links(tree: Tree) -> list[str]:
    return [path for path, facts in tree.items() if facts.startswith(LINK)]


def _target(folder: Path, path: str) -> str:
    """Where a link leads, as a path of the project; all of it for one that leads out."""
    root = folder.resolve()
    real = Path(os.path.realpath(root / path))
    return real.relative_to(root).as_posix() if real.is_relative_to(root) else "."


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
