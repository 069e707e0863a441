"""The findings for a terminal: the comment's order, without its markup."""

from collections.abc import Iterator

from mtlsedge.preview import not_judged
from mtlsedge.preview.findings import Findings
from mtlsedge.printable import printable


def lines(findings: Findings) -> Iterator[str]:
    """Plain lines, what matters most first. No name or text in one makes it two: a host obeys lines of a job's log."""
    return map(printable, _lines(findings))


def _lines(findings: Findings) -> Iterator[str]:
    yield f"{findings.project}/{findings.stack}: {_verdict(findings)}"
    if findings.failure:
        yield f"  NOT COMPLETE  {findings.failure}"
    yield from (f"  error         {_flat(text)}" for text in findings.errors)
    yield from (f"  forbidden     {_flat(text)}" for text in findings.policies)
    for one in findings.weakenings:
        verdict = f"accepted by {one.accepted_by}" if one.accepted_by else f"refused; to accept it set {one.remedy}"
        heading = "NOT JUDGED" if one.kind == not_judged.KIND else "LESS SAFE"
        yield f"  {heading:<13} {one.label} ({one.subject}): {_flat(one.detail)}; {verdict}"
    yield from (f"  affected      {', '.join(one.who)}: {_flat(one.what)}" for one in findings.effects)
    for renewal in findings.renewals:
        until = f" (until {renewal.until})" if renewal.until else ""
        yield f"  renews        {renewal.name}{until}: {renewal.why}"
    yield from (f"  unknown       {_flat(text)}" for text in findings.unknown)
    yield from (f"  judged by nobody: Pulumi.{name}.yaml" for name in findings.unjudged)
    yield from (
        f"  {row.operation:<13} {row.name} ({row.kind}) {', '.join(row.changed)}".rstrip() for row in findings.rows
    )
    yield f"  {len(findings.rows)} changes, {findings.unchanged} unchanged"


def _verdict(findings: Findings) -> str:
    if findings.failure or findings.errors:
        return "no whole preview"
    if findings.is_untouched:
        return "not touched, no preview was made"
    if findings.only_not_judged:
        return "not judged, refused"
    if findings.weakenings:
        return "becomes less safe" + (", refused" if findings.refused else ", accepted by settings in this change")
    return "passes" if findings.passes else "forbidden by policy"


def _flat(text: str) -> str:
    """One line without control characters: names come from a pull request."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
