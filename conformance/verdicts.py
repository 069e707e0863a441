"""What one run of one test came to, read from what it printed."""

import re
from dataclasses import dataclass

PASSED, FAILED, OUTSIDE = "passed", "failed", "out of scope"
_CAUSES = (
    (r"The local cloud does not offer (\S+ \S+ \w+)", "not offered: {0}"),
    (r"The local cloud failed at (\S+): ([^\"\n]+?)\.", "defect: {0}: {1}"),
    (r"Attribute '([^']+)' expected (.+?), got (.+)", "{0}: expected {1}, got {2}"),
    (r"Attribute '([^']+)' (?:not found|found[^\n]*)", "{0}: not found"),
    (r"ImportStateVerify attributes not equivalent[^(]*\((.+?)\}", "import differs: {0}"),
    (r"After applying this step[^:]*plan was not empty:\n\n(?:.*\n){0,4}?\s*(\w+):\s+(.+)", "plan not empty: {0} {1}"),
    (r'(?:ErrorCode|Code):\s*"?([\w.]+)"?[\s\S]{0,400}?[Mm]essage:\s*(?:code: \d+, )?([^\n]{1,160})', "{0}: {1}"),
    (r"Step \d+ error: errors during \w+:\s+Error: ([^\n]+)", "{0}"),
    (r"Step \d+ error: ([^\n]+)", "{0}"),
    (r"(panic: [^\n]+)", "{0}"),
)
"""Where a failed test says why, the most telling first; each with how the table shows it."""
_LONGEST = 200


@dataclass(frozen=True)
class Verdict:
    """Outcome of a test, and why where it did not pass."""

    resource: str
    test: str
    outcome: str
    cause: str = ""
    seconds: float = 0.0


def read(resource: str, test: str, printed: str, seconds: float) -> Verdict:
    """The verdict of a test from the output of `go test -v`; a program that died counts as failed."""
    if f"--- PASS: {test} " in printed:
        return Verdict(resource, test, PASSED, seconds=seconds)
    if skipped := re.search(rf"\.go:\d+: ([^\n]*)\n--- SKIP: {test} ", printed):
        return Verdict(resource, test, OUTSIDE, f"upstream skips it: {skipped[1]}", seconds)
    return Verdict(resource, test, FAILED, cause(printed), seconds)


def again(resource: str, test: str, printed: str) -> Verdict:
    """The verdict of an earlier run, whose seconds are those that the test itself counted."""
    counted = re.search(rf"--- \w+: {test} \((\d+\.\d+)s\)", printed)
    if not printed:
        return Verdict(resource, test, FAILED, "it did not run")
    return read(resource, test, printed, float(counted[1]) if counted else 0.0)


def cause(printed: str) -> str:
    """The first telling line of a failure, in the table's form."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", printed)
    for pattern, shown in _CAUSES:
        if found := re.search(pattern, plain):
            return " ".join(shown.format(*found.groups()).split())[:_LONGEST]
    return "no cause printed"
