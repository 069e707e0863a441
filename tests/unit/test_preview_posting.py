"""One comment a stack, edited in place, on hosts that page, limit and refuse."""

import json
from collections.abc import Iterator

import pytest

from mtlsedge.command import run
from mtlsedge.errors import CommandError
from mtlsedge.preview.markdown import marker
from mtlsedge.preview.posting import github, gitlab
from tests.unit.comment_host import TOKEN, CommentHost

pytestmark = pytest.mark.slow  # a host that answers late or not

MARKER = marker("mtlsedge", "prod")
BODY = f"### one\n\n{MARKER}\n"


@pytest.fixture
def host() -> Iterator[CommentHost]:
    with CommentHost().serving() as serving:
        yield serving


@pytest.fixture(params=["github", "gitlab"])
def put(request, host):
    """Puts a body on pull request 7."""
    author = "github-actions[bot]"
    made = {"github": github, "gitlab": gitlab}[request.param](host.address, "acme/edge", 7, TOKEN, author)
    return lambda body: made.put(body, MARKER)


def test_the_first_comment_is_written_and_the_next_one_edits_it(host, put):
    """Two previews leave one comment, with the second text; a third equal one writes nothing."""
    assert put(BODY) == "created"
    assert put(f"### two\n\n{MARKER}\n") == "edited"
    assert put(f"### two\n\n{MARKER}\n") == "unchanged"
    assert [one["body"] for one in host.comments] == [f"### two\n\n{MARKER}\n"]


def test_a_comment_beyond_the_first_page_is_found(host, put):
    """After 250 comments of others ours is edited, not written again (pulumi/actions loses it there)."""
    for number in range(230):
        host.add(f"comment {number}", "somebody")
    ours = host.add(BODY)
    for number in range(20):
        host.add(f"later {number}", "somebody")
    assert put(f"### new\n\n{MARKER}\n") == "edited"
    assert len(host.comments) == 251
    assert next(one for one in host.comments if one["id"] == ours)["body"].startswith("### new")


def test_exactly_one_full_page_is_no_reason_to_stop_or_to_loop(host, put):
    """With 100 comments of others a second, empty page is asked for, and ours is written."""
    for number in range(100):
        host.add(f"comment {number}", "somebody")
    assert put(BODY) == "created"


def test_a_host_that_knows_no_pages_is_read_once(host, put, monkeypatch):
    """Gitea answers with every comment whatever the page: 150 of them are no reason to ask for more than one page more."""
    monkeypatch.setattr(type(host), "_listing", lambda self, _: (200, self.comments))
    for number in range(150):
        host.add(f"comment {number}", "somebody")
    assert put(BODY) == "created"
    assert put(f"### two\n\n{MARKER}\n") == "edited"
    assert len(host.calls) == 5 and len(host.comments) == 151


def test_another_stacks_comment_and_a_strangers_copy_stay_untouched(host, put):
    """Neither a comment of another stack nor somebody's comment with our marker is edited."""
    other = f"### other\n\n{marker('mtlsedge', 'dev')}\n"
    host.add(other)
    host.add(BODY, "mallory")
    host.add(f"> {MARKER}\nquoted by ourselves")
    assert put(f"### mine\n\n{MARKER}\n") == "created"
    assert [one["body"] for one in host.comments][:2] == [other, BODY]


def test_on_gitlab_the_token_says_whose_comments_are_ours(host):
    """Without a name given, the note of the token's own user is edited, and a stranger's copy of its marker is not."""
    host.add(BODY, "mallory")
    host.add(BODY, "mtlsedge-bot")
    assert gitlab(host.address, "acme/edge", 7, TOKEN).put(f"### two\n\n{MARKER}\n", MARKER) == "edited"
    assert [one["body"].splitlines()[0] for one in host.comments] == ["### one", "### two"]


def test_a_text_over_the_hosts_limit_is_refused_before_it_is_sent(host):
    """The host's size limit is known here: nothing is sent that it would refuse."""
    with pytest.raises(CommandError, match="65536"):
        github(host.address, "acme/edge", 7, TOKEN).put("x" * 65_537 + MARKER, MARKER)
    assert host.calls == []


def test_a_text_without_marker_is_refused(put):
    """It could never be found again."""
    with pytest.raises(CommandError, match="marker"):
        put("### no marker")


@pytest.mark.parametrize(
    ("token", "number", "told"), [("wrong", 7, "401: the token"), (TOKEN, 8, "404: no such pull request")]
)
def test_a_refusal_is_one_line_without_the_token(host, token, number, told):
    """What the host refuses is told with its status and the likely reason."""
    with pytest.raises(CommandError, match=told) as problem:
        github(host.address, "acme/edge", number, token).put(BODY, MARKER)
    assert token not in str(problem.value)


def test_no_host_is_one_line():
    """A host that is not there is an error of one line."""
    with pytest.raises(CommandError, match="no answer"):
        github("http://127.0.0.1:9", "acme/edge", 7, TOKEN).put(BODY, MARKER)


def test_a_token_does_not_show_itself():
    """The host's repr has no token."""
    assert TOKEN not in repr(github("http://127.0.0.1:9", "acme/edge", 7, TOKEN))


def test_the_command_reads_the_hosts_environment(host, tmp_path, monkeypatch, capsys):
    """`mtlsedge comment FILE --number N` finds repository and token where GitHub Actions puts them."""
    file = tmp_path / "comment.md"
    file.write_text(BODY)
    for name in ("GITLAB_TOKEN", "CI_PROJECT_ID", "MTLSEDGE_COMMENT_AUTHOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", TOKEN)
    monkeypatch.setenv("GITHUB_REPOSITORY", "acme/edge")
    monkeypatch.setenv("GITHUB_API_URL", host.address)
    assert run(["comment", str(file), "--number", "7"]) == 0
    assert "created" in capsys.readouterr().out
    assert host.comments[0]["body"] == BODY
    assert run(["comment", str(file), "--number", "7", "--json"]) == 0
    (done,) = json.loads(capsys.readouterr().out)
    assert done["marker"] in BODY
    assert done["done"] != "created"


def test_the_command_reads_gitlabs_environment(host, tmp_path, monkeypatch, capsys):
    """The same on GitLab: project and address come from its variables, the token from the one that the guide names."""
    file = tmp_path / "comment.md"
    file.write_text(BODY)
    for name in ("GITHUB_TOKEN", "GITHUB_REPOSITORY", "MTLSEDGE_COMMENT_AUTHOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITLAB_TOKEN", TOKEN)
    monkeypatch.setenv("CI_PROJECT_ID", "acme/edge")
    monkeypatch.setenv("CI_API_V4_URL", host.address)
    assert run(["comment", str(file), "--number", "7"]) == 0
    assert "created" in capsys.readouterr().out
    assert host.comments[0]["body"] == BODY


def test_the_command_refuses_a_file_that_is_no_comment(tmp_path, capsys):
    """Only what `preview --comment` wrote is put there."""
    file = tmp_path / "comment.md"
    file.write_text("hello\n")
    assert run(["comment", str(file), "--number", "7"]) == 2
    assert "marker" in capsys.readouterr().err
