"""One comment and one verdict for all stacks of a request: worst first, nothing missing, never longer than the host takes."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from mtlsedge.command import run
from mtlsedge.commands.comment import run_page
from mtlsedge.preview.events import Preview
from mtlsedge.preview.findings import Findings, judge
from mtlsedge.preview.markdown import SMALLEST_LIMIT, comment, marker
from mtlsedge.preview.request import MARKER, passes, request_comment
from tests.unit.comment_host import TOKEN, CommentHost
from tests.unit.preview_samples import listener

QUIET = judge("edge", "quiet", Preview(()))
CHANGED = judge("edge", "changed", Preview((listener({"gzipEnabled": True}, {"gzipEnabled": False}),)))
WEAKER = judge("edge", "weaker", Preview((listener({}, {"caEnabled": False}),)))
FAILED = replace(QUIET, stack="failed", failure="the engine ended early")


def test_the_samples_are_what_they_are_called():
    """One that is quiet, one refused, one without a preview."""
    assert QUIET.passes and CHANGED.passes and not WEAKER.passes and not FAILED.passes


def test_one_stack_reads_as_it_always_did():
    """Its own comment, under the mark of the request."""
    assert request_comment([WEAKER]) == comment(WEAKER).replace(marker("edge", "weaker"), MARKER)


def test_the_worst_stack_stands_first():
    """A line a stack: no verdict, no preview, refused, changed, quiet; details of each folded below, in that order."""
    text = request_comment([QUIET, WEAKER, CHANGED, FAILED], ["absent"])
    places = [
        text.index(f"`{name}`") for name in ("absent", "edge/failed", "edge/weaker", "edge/changed", "edge/quiet")
    ]
    assert places == sorted(places)
    folded = [text.index(f"<summary>edge/{name}") for name in ("failed", "weaker", "changed", "quiet")]
    assert folded == sorted(folded) and places[-1] < folded[0]
    assert text.splitlines()[0] == "### ❌ 5 stacks: 1 without a verdict, 2 refused"
    assert text.rstrip().endswith(MARKER) and text.count("<!--") == 1


@pytest.mark.parametrize(
    ("several", "missing", "verdict"),
    [
        ([QUIET], [], True),
        ([QUIET, CHANGED], [], True),
        ([QUIET, WEAKER], [], False),
        ([QUIET], ["b"], False),
        ([], [], False),
    ],
)
def test_the_request_passes_only_with_every_stack(several, missing, verdict):
    """One refused or one without findings makes the whole request red; no stack at all is no verdict."""
    assert passes(several, missing) is verdict


@pytest.mark.parametrize("limit", [SMALLEST_LIMIT, 20_000, 65_536])
def test_fifty_stacks_fit_with_the_least_important_left_out(limit):
    """The comment is never longer than the host takes; the refused stack stays, what is left out is counted."""
    many: list[Findings] = [replace(CHANGED, stack=f"stack-{number:02}") for number in range(49)]
    text = request_comment([*many, WEAKER], limit=limit)
    assert len(text.encode()) <= limit
    assert text.index("`edge/weaker`") < text.index("`edge/stack-00`") and "<summary>edge/weaker" in text
    if limit == SMALLEST_LIMIT:
        assert "more stacks" in text and "did not fit" in text
    else:
        assert all(f"`edge/stack-{number:02}`" in text for number in range(49))


def test_what_did_not_fit_is_behind_a_link():
    """What the comment leaves out is a click away, where the host tells the address of the run."""
    many: list[Findings] = [replace(CHANGED, stack=f"stack-{number:02}") for number in range(49)]
    page = "https://forge.example/acme/edge/actions/runs/31"
    assert f"did not fit: [the job's log]({page}) has them" in request_comment(many, limit=SMALLEST_LIMIT, run=page)
    assert "did not fit: the job's log has them" in request_comment(many, limit=SMALLEST_LIMIT)


@pytest.mark.parametrize(
    ("told", "page"),
    [
        (
            {"GITHUB_SERVER_URL": "https://forge.example", "GITHUB_RUN_ID": "31"},
            "https://forge.example/acme/edge/actions/runs/31",
        ),
        (
            {"CI_PIPELINE_URL": "https://gitlab.example/acme/edge/-/pipelines/7"},
            "https://gitlab.example/acme/edge/-/pipelines/7",
        ),
        ({"GITHUB_SERVER_URL": "https://forge.example"}, ""),
        ({"CI_PIPELINE_URL": "https://gitlab.example/a) [b](/7"}, ""),
    ],
)
def test_the_page_of_the_run_is_what_the_host_tells(monkeypatch, told, page):
    """Each host tells it in its own words; what is no address is left out."""
    for name in ("CI_PIPELINE_URL", "GITHUB_SERVER_URL", "GITHUB_RUN_ID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in ({"GITHUB_REPOSITORY": "acme/edge"} | told).items():
        monkeypatch.setenv(name, value)
    assert run_page() == page


def test_a_name_in_html_is_no_markup():
    """A project's name comes from the request; in the folded title it can neither close a tag nor open one."""
    text = request_comment([replace(QUIET, project="</summary><b>@all"), CHANGED])
    assert "<b>" not in text.replace("`</summary><b>@all/quiet`", "")


@pytest.fixture
def host(monkeypatch) -> Iterator[CommentHost]:
    with CommentHost().serving() as serving:
        monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
        monkeypatch.setenv("GITHUB_REPOSITORY", "acme/edge")
        monkeypatch.setenv("GITHUB_API_URL", serving.address)
        monkeypatch.delenv("MTLSEDGE_COMMENT_AUTHOR", raising=False)
        yield serving


@pytest.mark.parametrize(
    ("findings", "stacks", "status"),
    [((QUIET, CHANGED), "quiet changed", 0), ((QUIET, WEAKER), "quiet weaker", 1), ((QUIET,), "quiet changed", 1)],
)
def test_the_command_writes_one_comment_and_ends_with_the_verdict(host, tmp_path, findings, stacks, status):
    """Several findings in one file: one comment whatever their number, and its status is the request's verdict."""
    file = tmp_path / "findings.json"
    file.write_text("".join(json.dumps(one.to_json(), indent=2) + "\n" for one in findings))
    for _ in range(2):
        assert run(["comment", str(file), "--number", "7", "--stacks", stacks]) == status
    assert len(host.comments) == 1


def test_a_stack_that_was_not_asked_for_is_not_shown(host, tmp_path):
    """Findings of a stack that nobody previewed are somebody's invention: they neither pass nor appear."""
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(QUIET.to_json()) + json.dumps(replace(QUIET, stack="invented").to_json()))
    assert run(["comment", str(file), "--number", "7", "--stacks", "quiet"]) == 0
    assert "invented" not in host.comments[0]["body"]


def test_without_names_each_stack_keeps_a_comment_of_its_own(host, tmp_path):
    """As before: a file with two stacks is two comments."""
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(QUIET.to_json()) + "\n" + json.dumps(WEAKER.to_json()))
    assert run(["comment", str(file), "--number", "7"]) == 0
    assert len(host.comments) == 2


COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"stack": "quiet"}', "\x00", "1" * 9_000_000])
def test_findings_that_are_none_replace_an_older_verdict(host, tmp_path, text, capsys):
    """A green comment of an earlier commit does not stay: the request is red, and the comment says that there is no verdict."""
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(QUIET.to_json()))
    assert run(["comment", str(file), "--number", "7", "--stacks", "quiet"]) == 0
    file.write_text(text)
    assert run(["comment", str(file), "--number", "7", "--stacks", "quiet", "--commit", COMMIT]) == 1
    (comment_,) = host.comments
    assert "no verdict" in comment_["body"] and COMMIT in comment_["body"]
    assert "Traceback" not in capsys.readouterr().err


def test_a_job_speaks_for_its_own_stacks_only(host, tmp_path):
    """Of two jobs, each has every second stack: what one says of the other's is not looked at, and one that says nothing, or
    something that is no findings, leaves its own stacks without a verdict and the others as they are.
    """
    one, two = tmp_path / "1.json", tmp_path / "2.json"
    line = ["comment", str(one), str(two), "--number", "7", "--stacks", "quiet changed weaker"]
    first, second, third = (json.dumps(found.to_json()) for found in (QUIET, CHANGED, replace(QUIET, stack="weaker")))
    one.write_text(first + third)
    two.write_text(second)
    assert run(line) == 0
    two.write_text(second + json.dumps(replace(WEAKER, stack="quiet").to_json()))
    assert run(line) == 0, "the first stack is the first job's"
    one.write_text(third)
    two.write_text(second + first)
    assert run(line) == 1
    assert "`quiet`: no verdict" in host.comments[0]["body"]
    one.write_text(first + third)
    two.write_text("{")
    assert run(line) == 1
    told = host.comments[0]["body"]
    assert "`changed`: no verdict" in told and "`quiet`: no verdict" not in told and len(host.comments) == 1


def test_one_stack_told_twice_is_no_verdict(host, tmp_path):
    """Findings of one stack that come twice are not a preview's: neither of them counts."""
    file = tmp_path / "findings.json"
    file.write_text(json.dumps(QUIET.to_json()) * 2)
    assert run(["comment", str(file), "--number", "7", "--stacks", "quiet"]) == 1
    assert "no verdict" in host.comments[0]["body"]


@pytest.mark.parametrize("several", [[QUIET], [QUIET, WEAKER]])
def test_the_comment_names_the_commit_that_was_judged(several):
    """One stack or several: the commit stands above the mark, which stays the last line."""
    *_, judged, empty, last = request_comment(several, commit=COMMIT).rstrip().split("\n")
    assert (judged, empty, last) == (f"Judged: commit `{COMMIT}`", "", MARKER)


@pytest.mark.parametrize("commit", ["HEAD", "a" * 39, "a" * 41, f"{COMMIT}\n", "-x" * 20])
def test_what_is_no_commit_is_refused(tmp_path, commit, capsys):
    """A name that moves, or a text of another form, is not what was judged."""
    assert run(["comment", str(tmp_path / "x.json"), "--number", "7", "--stacks", "a", "--commit", commit]) == 2
    assert "--commit" in capsys.readouterr().err
