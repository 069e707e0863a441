"""One issue a stack about drift: opened, edited in place, closed when it is over, on hosts that are busy or do not page."""

import json
from collections.abc import Iterator

import pytest

from mtlsedge import code_host
from mtlsedge.command import run
from mtlsedge.drift.issue import Issue, issues
from mtlsedge.errors import CommandError
from mtlsedge.issues import github, gitlab
from tests.unit.issue_host import TOKEN, IssueHost

FINDING = {
    "kind": "drift", "part": "listener", "name": "https", "detail": "changed in the cloud: caEnabled",
    "remedy": "put it back",
}  # fmt: skip
FOUND = {"stack": "prod", "findings": [FINDING]}
QUIET = {"stack": "prod", "findings": []}


def issue(document: dict) -> Issue:
    """The one issue about drift."""
    (one,) = issues(document)
    return one


@pytest.fixture
def host() -> Iterator[IssueHost]:
    with IssueHost().serving() as serving:
        yield serving


@pytest.fixture
def waited(monkeypatch) -> list[int]:
    """What a busy host made us wait; nothing is waited for here."""
    waits: list[int] = []
    monkeypatch.setattr(code_host.time, "sleep", waits.append)
    return waits


@pytest.fixture(params=["github", "gitlab"])
def command(request, host, monkeypatch, tmp_path):
    """`mtlsedge issue` with these findings, in the environment of one host; its exit status."""
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "GITLAB_TOKEN", "CI_PROJECT_ID"):
        monkeypatch.delenv(name, raising=False)
    settings = {
        "github": {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "acme/edge", "GITHUB_API_URL": host.address},
        "gitlab": {"GITLAB_TOKEN": TOKEN, "CI_PROJECT_ID": "acme/edge", "CI_API_V4_URL": host.address},
    }[request.param]
    for name, value in {**settings, "MTLSEDGE_COMMENT_AUTHOR": "bot"}.items():
        monkeypatch.setenv(name, value)

    def call(document: object) -> int:
        file = tmp_path / "findings.json"
        file.write_text(json.dumps(document))
        return run(["issue", str(file)])

    return call


def test_an_issue_is_opened_edited_and_closed(host, command, capsys):
    """Drift opens one issue, other drift edits it, the same again changes nothing, none closes it; none again is quiet."""
    other = {"stack": "prod", "findings": [FINDING, {**FINDING, "name": "http"}]}
    told = []
    for document in (FOUND, other, other, QUIET, QUIET):
        assert command(document) == 0
        told.append(capsys.readouterr().out.partition("  <")[0])
    assert told == ["opened", "edited", "unchanged", "closed", "none open"]
    assert len(host.issues) == 1 and host.issues[0]["state"] == "closed" and "`http`" in host.issues[0]["body"]


def test_a_closed_issue_stays_closed_and_new_drift_opens_another(host, command):
    """History is kept: what was over is not opened again."""
    for document in (FOUND, QUIET, FOUND):
        assert command(document) == 0
    assert [one["state"] for one in host.issues] == ["closed", "open"]


def test_other_issues_stay_untouched(host, command):
    """Neither another stack's issue, nor a stranger's copy of the marker, nor a quotation of it is edited or closed."""
    marker = issue(FOUND).marker
    host.add(f"of dev\n\n{issue({**FOUND, 'stack': 'dev'}).marker}\n")
    host.add(f"copied\n\n{marker}\n", "mallory")
    host.add(f"> {marker}\n\nquoted by ourselves")
    assert command(QUIET) == 0
    assert [one["state"] for one in host.issues] == ["open"] * 3
    assert command(FOUND) == 0
    assert len(host.issues) == 4


def test_names_are_no_markup():
    """What somebody named in the cloud can neither mention, link nor end its code span."""
    hostile = {**FINDING, "name": "`</code>@all`", "detail": "<b>@all [x](http://evil)"}
    text = issue({"stack": "prod", "findings": [hostile]}).body
    outside = text.replace("`'</code>@all'`", "")
    assert outside != text and not any(markup in outside for markup in ("</code>", "@all", "<b>", "://"))
    assert "\\[x]" in outside


@pytest.mark.parametrize("document", [{}, [], {"stack": "prod"}, {"stack": "a b", "findings": []}, {"stack": "p", "findings": [3]}])  # fmt: skip
def test_what_is_no_list_of_findings_is_refused(document):
    """Only what `drift --json` writes becomes an issue."""
    with pytest.raises(CommandError):
        issue(document)


def test_what_is_less_safe_leads_the_text():
    """A listener that asks for no certificate any more stands above the list of what differs."""
    weaker = {
        "kind": "client-verification-off",
        "label": "client verification off",
        "name": "https",
        "detail": "no @all",
    }
    text = issue({**FOUND, "lessSafe": [weaker]}).body
    assert text.index("**client verification off** `https`") < text.index("changed in the cloud")
    assert "@all" not in text and "less safe" not in issue(FOUND).body


def test_many_findings_are_counted():
    """The text stays short enough for a host; what is left out is counted."""
    text = issue({"stack": "prod", "findings": [{**FINDING, "name": f"n{number}"} for number in range(130)]}).body
    assert "and 30 more" in text and len(text) < 65_536


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_host_is_asked_again(host, waited, status):
    """It did nothing, so every call is made again, and one issue comes of it."""
    host.answers = [status, status]
    made = github(host.address, "acme/edge", TOKEN, "bot")
    assert made.put("Drift: prod", issue(FOUND).body, issue(FOUND).marker) == "opened"
    assert len(host.issues) == 1 and waited == list(code_host.WAITS[:2])


def test_a_host_that_failed_is_not_asked_to_open_twice(host, waited):
    """After a 500 nobody knows whether the issue was opened: reading is tried again, opening is not."""
    host.answers = [500]
    made = github(host.address, "acme/edge", TOKEN, "bot")
    assert made.close(issue(FOUND).marker) == "none open"
    with pytest.raises(CommandError, match="500"):
        _failing_once_it_posts(host).put("t", "b\n<!-- m -->", "<!-- m -->")
    assert host.calls.count("POST") == 1


def _failing_once_it_posts(host: IssueHost):
    answer = host.answer

    def failing(method, target, document):
        host.answers = [500] if method == "POST" else []
        return answer(method, target, document)

    host.answer = failing
    return github(host.address, "acme/edge", TOKEN, "bot")


def test_a_host_that_stays_busy_is_an_error(host, waited):
    """In the end it is one line with the status."""
    host.answers = [429] * 10
    with pytest.raises(CommandError, match="429: too many"):
        github(host.address, "acme/edge", TOKEN, "bot").close("<!-- m -->")
    assert len(host.calls) == len(code_host.WAITS) + 1


@pytest.mark.parametrize(("header", "waits"), [("7", 7), ("3600", code_host.LONGEST_WAIT), ("soon", 4), (None, 4), ("-1", 4)])  # fmt: skip
def test_a_hosts_own_word_on_waiting_is_kept_within_bounds(header, waits):
    """Whole seconds, up to a minute; anything else is our own wait."""
    assert code_host._asked_to_wait(header, 4) == waits


def test_on_gitlab_the_token_says_whose_issues_are_ours(host):
    """Without a name given, the issue of the token's own user is found."""
    host.add(f"x\n{issue(FOUND).marker}")
    assert gitlab(host.address, "acme/edge", TOKEN).close(issue(FOUND).marker) == "closed"
