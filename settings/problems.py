"""The one error of a stack file, and where its secrets belong."""

from collections.abc import Sequence

from mtlsedge_components.reading.problems import KeyPath, Problem

IMPORTED_KEYS, PRIVATE_KEY = "mtlsedge:importedKeys", "privateKey"
"""Where secrets belong: below this section, and under this key of a server certificate."""


def holds_secret(path: KeyPath) -> bool:
    """Whether what stands under a path may be a secret, encrypted or not."""
    return bool(path) and (path[0] == IMPORTED_KEYS or path[-1] == PRIVATE_KEY)


class SettingsError(ValueError):
    """A configuration the program refuses; `problems` lists all of them, and `str()` prints one line each."""

    def __init__(self, stack: str, problems: Sequence[Problem]) -> None:
        self.stack = stack
        self.problems = list(problems)
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        header = f"the configuration of stack '{stack}' has {count}:"
        super().__init__("\n".join([header, *(f"  {problem}" for problem in self.problems)]))
