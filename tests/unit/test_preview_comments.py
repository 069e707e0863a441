"""The comment of a preview: golden texts of recorded changes, its first lines, its size, and what it lets through."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mtlsedge.errors import CommandError
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import Findings, Row, judge
from mtlsedge.preview.markdown import GITHUB_LIMIT, MARKER, SMALLEST_LIMIT, code, comment, marker
from mtlsedge.preview.reading import from_json
from mtlsedge.preview.terminal import lines
from mtlsedge.preview.weakenings import Weakening
from tests.unit.preview_samples import FOLDER, RECORDED, recorded

WEAKER = {
    "mtls-off": "Client verification off",
    "ca-replaced": "CA replaced",
    "tls-floor-down": "TLS floor 1.2 → 1.0",
    "tls-ciphers-weaker": "Weaker TLS policy",
    "http-forwarding": "Plain HTTP past mutual TLS",
    "protection-off": "Deletion protection off",
    "headers-off": "Client headers off",
    "allow-list-removed": "Every network may connect",
    "allow-list-wider": "More networks may connect",
    "rotation-4-trusted": "CA replaced",
    "albconfig-mtls-off": "Client verification off",
    "albconfig-ca-replaced": "CA replaced",
    "albconfig-tls-weaker": "Weaker TLS policy",
    "albconfig-allow-list-removed": "Every network may connect",
    "albconfig-headers-off": "Client headers off",
    "albconfig-protection-off": "Deletion protection off",
    "adopted-albconfig-mtls-off": "Client verification off",
}
NEAR_MISSES = {
    "mtls-off": "idle-timeout",
    "ca-replaced": "rotation-2-issued",
    "tls-floor-down": "listener-port",
    "tls-ciphers-weaker": "http-port",
    "http-forwarding": "redirect-removed",
    "protection-off": "tags",
    "headers-off": "header-renamed",
    "allow-list-removed": "allow-list-narrower",
    "allow-list-wider": "allow-list-narrower",
    "rotation-4-trusted": "rotation-3-delivered",
    "albconfig-mtls-off": "albconfig-idle-timeout",
    "albconfig-ca-replaced": "albconfig-redirect-removed",
    "albconfig-tls-weaker": "albconfig-redirect-removed",
    "albconfig-allow-list-removed": "albconfig-idle-timeout",
    "albconfig-headers-off": "ingress-host",
    "albconfig-protection-off": "albconfig-redirect-removed",
    "adopted-albconfig-mtls-off": "adopted-albconfig-idle-timeout",
}
"""Each weakening -> a recorded change of the same thing that is none. More pairs: test_preview_rules, test_preview_cluster."""
ACCEPTED = {"mtls-off", "tls-floor-down", "http-forwarding", "albconfig-mtls-off", "adopted-albconfig-mtls-off"}
"""Recorded with their long setting; the program refuses to be without it."""


def findings(name: str) -> Findings:
    return judge("mtlsedge", "local", recorded(name))


@pytest.mark.parametrize("name", RECORDED)
def test_each_recorded_change_has_its_golden_comment(name):
    """The comment of a recorded change is the text beside the recording, letter by letter."""
    golden = FOLDER / f"{name}.md"
    assert comment(findings(name)) == golden.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", RECORDED)
def test_a_comment_does_not_depend_on_the_order_of_the_engines_events(name):
    """The engine works on many resources at a time: two previews of one change differ in their order alone."""
    preview = recorded(name)
    assert judge("mtlsedge", "local", replace(preview, changes=preview.changes[::-1])) == findings(name)


@pytest.mark.parametrize("name", RECORDED)
def test_every_weakening_is_in_the_first_three_lines_and_nothing_else_is(name):
    """A weakening is named in the first three lines; each other change, however near, is called none."""
    head = "\n".join(comment(findings(name)).splitlines()[:3])
    if name in WEAKER:
        assert WEAKER[name] in head and "less safe" in head
    else:
        assert "less safe" not in head.splitlines()[0] and not findings(name).weakenings


@pytest.mark.parametrize("name", sorted(WEAKER))
def test_each_weakening_has_a_near_miss_that_stays_unflagged(name):
    """A harmless change of the same thing was recorded too, and is green."""
    near = findings(NEAR_MISSES[name])
    assert near.passes and not near.weakenings and NEAR_MISSES[name] not in WEAKER


@pytest.mark.parametrize("name", sorted(WEAKER))
def test_a_weakening_passes_only_with_its_setting(name):
    """The job is green for a weakening only where this very change brings its long setting."""
    assert findings(name).passes is (name in ACCEPTED)


@pytest.mark.parametrize("name", sorted(ACCEPTED))
def test_a_setting_that_was_there_before_accepts_nothing(name):
    """The same weakening fails when its setting is in force already: it was written for another change."""
    preview = recorded(name)
    stale = Preview(preview.changes, preview.weakenings_after, preview.weakenings_after)
    assert not judge("mtlsedge", "local", stale).passes


@pytest.mark.parametrize("name", sorted(set(WEAKER) - ACCEPTED))
def test_a_reason_accepts_its_own_kind_and_no_other(name):
    """`acceptWeakening` with the kind the comment names makes the job green; with another kind it stays red."""
    preview, kind = recorded(name), findings(name).weakenings[0].kind
    accepted = Preview(preview.changes, (), (f"mtlsedge:acceptWeakening.{kind}: agreed with the security team",))
    other = Preview(preview.changes, (), ("mtlsedge:acceptWeakening.public-address: agreed with the security team",))
    assert judge("mtlsedge", "local", accepted).passes
    assert not judge("mtlsedge", "local", other).passes


def test_a_preview_that_failed_is_never_shown_as_one():
    """What the engine refused is headed "no preview", gives the engine's words, and fails the job."""
    told = findings("invalid")
    assert not told.passes
    assert comment(told).startswith("### ❌ `mtlsedge/local`: no preview")
    assert "found 70000" in comment(told)


def big(count: int, name: str = "resource") -> Findings:
    """Findings with `count` of everything."""
    return Findings(
        "mtlsedge", "local", "", (), (),
        tuple(Weakening("tls-weaker", "weaker TLS policy", f"{name}-{n}", "x" * 200) for n in range(count)),
        tuple(Effect("servers-out", (f"{name}-{n}",), "out of group web") for n in range(count)),
        (), tuple(f"{name}-{n}: unknown" for n in range(count)),
        tuple(Row("replace", f"{name}-{n}", "Listener", ("port",), is_component=False) for n in range(count)), 3,
    )  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40)
@given(st.integers(0, 3_000), st.text(min_size=1, max_size=60), st.integers(SMALLEST_LIMIT, GITHUB_LIMIT))
def test_the_comment_is_never_over_the_limit(count, name, limit):
    """However many changes, and whatever they are called, the text fits and keeps headline and marker."""
    text = comment(big(count, name), limit)
    assert len(text.encode()) <= limit
    assert text.startswith("### ") and text.rstrip().endswith(marker("mtlsedge", "local"))
    assert not count or "Weaker TLS policy" in "\n".join(text.splitlines()[:3])


def test_what_does_not_fit_is_counted():
    """A thousand replaced listeners leave a note of how many are not listed."""
    assert re.search(r"… and \d+ more", comment(big(1_000), 8_000))


@settings(max_examples=60)
@given(st.text(max_size=300))
def test_a_name_cannot_leave_its_code_span(name):
    """Names come from anybody: one line, no backtick, no cell border, of bounded length."""
    shown = code(name)
    assert shown.count("`") == 2 and shown[0] == shown[-1] == "`"
    assert "\n" not in shown and "|" not in shown and len(shown) <= 130


def test_a_message_cannot_mention_link_or_forge_a_marker():
    """An error text with a mention, a link, HTML and our marker is shown as plain text, and the last line stays ours."""
    evil = "@everyone [x](https://evil.test) <img src=x> `code` #1 <!-- mtlsedge preview other -->"
    text = comment(judge("mtlsedge", "local", Preview((), errors=(evil,))))
    assert "@everyone" not in text and "https://" not in text and "<img" not in text
    assert MARKER.findall(text) == [marker("mtlsedge", "local")]


def test_the_terminal_says_the_same():
    """Weakening, remedy, effect and every changed resource are on lines of their own, without control characters."""
    told = list(lines(findings("ca-replaced")))
    assert told[0] == "mtlsedge/local: becomes less safe, refused"
    assert any(line.startswith("  LESS SAFE") and "acceptWeakening.authority-replaced" in line for line in told)
    assert any("alice, bob, carol" in line for line in told)
    assert sum(line.startswith(("  replace ", "  delete ", "  create ", "  update ")) for line in told) == 13


def test_a_name_begins_no_line_of_the_log():
    """A host obeys lines of a job's log that begin with its mark: a resource's name with a line's end in it stays in its line."""
    found = findings("ca-replaced")
    evil = "x\n::set-output name=findings::forged\r::debug::"
    told = list(lines(replace(found, rows=(replace(found.rows[0], name=evil),), stack=evil)))
    assert len("\n".join(told).splitlines()) == len(told)
    assert not any(line.lstrip().startswith("::") for line in told)


def test_the_json_carries_the_verdict():
    """Programs read `passes`, and what is refused with the setting that would accept it."""
    document = findings("protection-off").to_json()
    assert document["passes"] is False
    assert [one["kind"] for one in document["refused"]] == ["deletion-protection-off"]


@pytest.mark.parametrize("name", RECORDED)
def test_findings_survive_their_file(name):
    """What another job made is rendered to the same comment."""
    assert comment(from_json(json.loads(json.dumps(findings(name).to_json())))) == comment(findings(name))


@pytest.mark.parametrize(
    "change", [{"rows": 1}, {"rows": [1]}, {"weakenings": [{"x": 1}]}, {"unchanged": "many"}, {"stack": None}]
)
def test_a_forged_findings_file_is_refused_or_escaped(change):
    """A file of another shape is one clear error, and texts that are none become text."""
    document = findings("nothing").to_json() | change
    try:
        assert comment(from_json(document)).startswith("### ")
    except CommandError as problem:
        assert "found no findings" in str(problem)


CHART = 'flowchart LR\n  subgraph clients [Clients]\n    client0["alice"]\n  end\n  clients -->|TLS| name\n'


def test_the_topology_after_the_change_is_folded_below_all_changes():
    """The chart stands in a fence of its own, only where something changes, and it survives the file of findings."""
    told = replace(findings("mtls-off"), diagram=CHART)
    assert f"<summary>Topology after this change</summary>\n\n```mermaid\n{CHART}```" in comment(told)
    assert comment(from_json(json.loads(json.dumps(told.to_json())))) == comment(told)
    for name in ("nothing", "invalid"):
        assert "mermaid" not in comment(replace(findings(name), diagram=CHART))


@pytest.mark.parametrize(
    "line",
    [
        '  click client0 href "https://evil.test"',
        "```",
        '  x["a`b"]',
        "%%{init: {}}%%",
        '  x["a"] --> y["b"]:::c',
        "<b>",
    ],
)
def test_a_chart_that_somebody_else_drew_is_left_out(line):
    """What the pull request's job wrote is shown only if every line is one that `mtlsedge diagram` could have drawn."""
    told = replace(findings("mtls-off"), diagram=f"{CHART}{line}\n")
    assert "mermaid" not in comment(from_json(json.loads(json.dumps(told.to_json()))))


def test_a_chart_that_would_crowd_the_comment_is_left_out():
    """Words before pictures: a chart may take a part of the limit only."""
    chart = CHART + "".join(f'    client{number}["a name"]\n' for number in range(2_000))
    assert "mermaid" in comment(replace(findings("mtls-off"), diagram=CHART), SMALLEST_LIMIT)
    assert "mermaid" not in comment(replace(findings("mtls-off"), diagram=chart))
