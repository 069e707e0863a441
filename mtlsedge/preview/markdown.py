"""The comment on a pull request: judged in ten seconds, never longer than the host takes.

Names come from a pull request, so from anybody: each stands in a code span, where nothing is a link, a mention or
HTML. What does not fit is counted, from the bottom up; the headline always fits.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from mtlsedge.preview import let_in, not_judged
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.findings import Findings, Row
from mtlsedge.preview.renewals import Renewal
from mtlsedge.preview.weakenings import Weakening

GITHUB_LIMIT = 65_536
"""Characters GitHub takes; counted here as bytes of UTF-8, which are never fewer."""
SMALLEST_LIMIT = 4_096
MOST_IN_SUMMARY = 4
"""Names of who is affected in the third line; the section below has all."""
MOST_UNJUDGED = 10
"""Stack files that a comment names of those that nobody judges; the rest is counted."""
MOST_OF_IT_DRAWN = 4
"""The chart takes at most one part in so many of the comment; a longer one is left out."""
LONGEST_NAME = 120
LONGEST_TEXT = 400
SAFE = (
    ("\\", "\\\\"), ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("@", "@\u200b"), ("#", "#\u200b"), ("[", "\\["), ("*", "\\*"),
    ("|", "¦"), ("://", ":\u200b//"), ("`", "'"),
)  # fmt: skip
"""What is markup to a host -> what is not: no HTML, mention, reference, link, emphasis or table comes from a text."""
PLURAL = {"delete": "deleted", "replace": "replaced", "update": "updated", "create": "created"}


MARKER = re.compile(r"<!-- mtlsedge preview [\w.-]+ -->")
"""Form of a comment's last line."""


def marker(project: str, stack: str) -> str:
    """The invisible last line by which a stack's comment is found again."""
    safe = "".join(letter if letter.isalnum() or letter in "-_." else "_" for letter in f"{project}:{stack}")
    return f"<!-- mtlsedge preview {safe} -->"


def comment(findings: Findings, limit: int = GITHUB_LIMIT) -> str:
    """The comment, at most `limit` bytes (not below 4,096)."""
    lists = (findings.rows, findings.effects, findings.weakenings, findings.unknown, findings.errors, findings.policies,
             findings.renewals)  # fmt: skip
    shown = max(1, *map(len, lists))
    limit = max(limit, SMALLEST_LIMIT)
    if len(findings.diagram.encode()) > limit // MOST_OF_IT_DRAWN:
        findings = replace(findings, diagram="")
    rows = shown
    while True:
        text = _comment(findings, shown, rows)
        if len(text.encode()) <= limit:
            return text
        rows, shown = rows // 2, shown if rows else shown // 2


def _comment(findings: Findings, shown: int, rows: int) -> str:
    parts = [headline(findings), summary(findings)]
    changed, renewed, affected = _sorted_out(findings)
    parts += _section("Who is let in", [f"{_names(one.who)}: {plain(one.what)}" for one in (*changed, *renewed)], shown)
    weaker, untold = _told_apart(findings)
    parts += _section("Less safe", [_weakening(one) for one in weaker], shown)
    parts += _section("Not judged", [_weakening(one) for one in untold], shown)
    parts += _section("Not previewed", [plain(text) for text in findings.errors], shown)
    parts += _section("Forbidden by policy", [plain(text) for text in findings.policies], shown)
    parts += _section("Who is affected", [f"{_names(one.who)}: {plain(one.what)}" for one in affected], shown)
    parts += _section("Certificates that renew", [_renewal(one) for one in findings.renewals], shown)
    parts += _section("Unknown", [plain(text) for text in findings.unknown], shown)
    parts += [unjudged(findings.unjudged)]
    parts += _folded(findings, rows)
    parts += _diagram(findings)
    return "\n\n".join([*filter(None, parts), marker(findings.project, findings.stack)]) + "\n"


def unjudged(names: Sequence[str]) -> str:
    """A sentence about stacks that the request changes, and that are none of those that are previewed; empty without any."""
    files = [f"Pulumi.{name}.yaml" for name in names]
    return (
        f"**Judged by nobody**, for no preview is made of these stacks: {_names(files, MOST_UNJUDGED)}."
        if files
        else ""
    )


def _sorted_out(findings: Findings) -> tuple[list[Effect], list[Effect], list[Effect]]:
    """Effects that change who is authorised, clients who get a new certificate, and all others."""
    changed = [one for one in findings.effects if one.kind in let_in.CHANGES]
    renewed = [one for one in findings.effects if one.kind == let_in.RENEWED]
    return changed, renewed, [one for one in findings.effects if one.kind not in let_in.KINDS]


def headline(findings: Findings) -> str:
    """The first line: the verdict on one stack, with its mark."""
    stack = code(f"{findings.project}/{findings.stack}")
    if findings.failure or findings.errors:
        return f"### ❌ {stack}: no preview"
    if findings.weakenings:
        verdict = " becomes less safe" if _told_apart(findings)[0] else ": not judged"
        return f"### {'🔴' if findings.refused else '🟠'} {stack}{verdict}"
    if not findings.passes:
        return f"### 🔴 {stack}: forbidden by policy"
    if not findings.rows:
        return f"### {_without_rows(findings, stack)}"
    noticed = any(one.kind != let_in.RENEWED for one in findings.effects)
    return f"### {'🟡' if noticed or findings.unknown else '🟢'} {stack}: {_counts(findings.rows)}"


def _without_rows(findings: Findings, stack: str) -> str:
    if findings.is_untouched:
        return f"⚪ {stack}: not touched"
    if findings.effects:
        return f"🟡 {stack}: outputs change, no resource does"
    return f"⚪ {stack}: {'no change known' if findings.unknown else 'no change'}"


def summary(findings: Findings) -> str:
    """The third line: every weakening by name, else who is affected."""
    labels = _sentence("; ".join(dict.fromkeys(_label(one) for one in findings.weakenings)))
    if findings.failure:
        return f"**{_sentence(findings.failure)}.** {labels and labels + '. '}What follows may lack changes: do not approve by it."
    if findings.errors:
        return f"**The engine reports errors.** {labels and labels + '. '}What follows may lack changes: do not approve by it."
    if findings.weakenings:
        verdict = (
            "Refused until settings in this change accept it."
            if findings.refused
            else "Accepted by settings in this change."
        )
        may_be = "" if _told_apart(findings)[0] else "It may become less safe: a preview does not show enough. "
        return f"**{labels}.** {may_be}{verdict}"
    unknown = "What is listed as unknown may make it less safe; nothing else does."
    if findings.effects:
        parts = zip(("Who is let in changes", "New certificates for", "Affected"), _sorted_out(findings), strict=True)
        texts = [f"{label}: {_names(_who(effects), MOST_IN_SUMMARY)}." for label, effects in parts if effects]
        return " ".join([unknown if findings.unknown else "Nothing becomes less safe.", *texts])
    if findings.unknown:
        return unknown
    quiet = "Nothing that this stack is made of differs: no preview was made." if findings.is_untouched else ""
    return "Nothing becomes less safe, nobody is affected." if findings.rows else quiet


def _told_apart(findings: Findings) -> tuple[list[Weakening], list[Weakening]]:
    """What makes the stack less safe, and what may and cannot be told."""
    untold = [one for one in findings.weakenings if one.kind == not_judged.KIND]
    return [one for one in findings.weakenings if one.kind != not_judged.KIND], untold


def _label(one: Weakening) -> str:
    return f"{one.label}: {one.subject}" if one.kind == not_judged.KIND else one.label


def _who(effects: Sequence[Effect]) -> list[str]:
    return list(dict.fromkeys(name for one in effects for name in one.who))


def _weakening(one: Weakening) -> str:
    verdict = f"accepted by {code(one.accepted_by)}" if one.accepted_by else f"to accept it, set {code(one.remedy)}"
    return f"**{_sentence(one.label)}** ({code(one.subject)}): {plain(one.detail)}. {verdict[0].upper()}{verdict[1:]}"


def _renewal(one: Renewal) -> str:
    until = f" (until {one.until})" if one.until else ""
    return f"{code(one.name)}{until}: {plain(one.why)}"


def _section(title: str, lines: Sequence[str], shown: int) -> list[str]:
    if not lines:
        return []
    more = [f"… and {len(lines) - shown} more"] if len(lines) > shown else []
    return [f"#### {title}", "\n".join(f"- {line}" for line in [*lines[:shown], *more])]


def _folded(findings: Findings, shown: int) -> list[str]:
    """Every change; none of a failed preview, whose list ends wherever the engine happened to stop."""
    if not findings.rows or findings.failure:
        return []
    named = [
        f"**{PLURAL[operation].capitalize()}:** {_names([row.name for row in findings.rows if row.operation == operation], shown)}"
        for operation in ("delete", "replace")
        if any(row.operation == operation for row in findings.rows)
    ]
    table = ["| | resource | kind | changes |", "|---|---|---|---|", *(_row(row) for row in findings.rows[:shown])]
    more = [f"… and {len(findings.rows) - shown} more"] if len(findings.rows) > shown else []
    details = f"<details><summary>All changes: {_counts(findings.rows)}, {findings.unchanged} unchanged</summary>"
    return [details, *named, "\n".join(table), *more, "</details>"]


def _diagram(findings: Findings) -> list[str]:
    """The topology as it will be, where something changes."""
    if not findings.diagram or not findings.rows or findings.failure:
        return []
    chart = f"```mermaid\n{findings.diagram}```"
    return ["<details><summary>Topology after this change</summary>", chart, "</details>"]


def _row(row: Row) -> str:
    changed = ", ".join(code(name) for name in row.changed[:10]) + (" …" if len(row.changed) > 10 else "")
    return f"| {row.operation} | {code(row.name)} | {code(row.kind)} | {changed} |"


def _counts(rows: Sequence[Row]) -> str:
    counts = {operation: sum(row.operation == operation for row in rows) for operation in PLURAL}
    others = len(rows) - sum(counts.values())
    texts = [f"{count} {PLURAL[operation]}" for operation, count in counts.items() if count]
    return ", ".join(texts + ([f"{others} others"] if others else []))


def _names(names: Sequence[str], shown: int = 20) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(code(name) for name in names[:shown]) + more


def code(text: str) -> str:
    """A text as one code span that nothing in it can end."""
    flat = " ".join(str(text).replace("`", "'").replace("|", "¦").split()) or " "
    return f"`{flat[:LONGEST_NAME]}{'…' if len(flat) > LONGEST_NAME else ''}`"


def _sentence(text: str) -> str:
    """A text that begins a line."""
    return plain(text[:1].upper() + text[1:])


def plain(text: str) -> str:
    """A sentence without markup: what is markup to the host is taken from it."""
    flat = " ".join(str(text).split())[:LONGEST_TEXT]
    for plain, safe in SAFE:
        flat = flat.replace(plain, safe)
    return flat
