"""Which stacks a request touches: what a stack is made of, and what is harmless to it; in doubt it is touched."""

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from mtlsedge.command import run
from mtlsedge.errors import CommandError
from mtlsedge.preview import touched
from mtlsedge.preview.findings import untouched
from mtlsedge.preview.markdown import comment
from mtlsedge.preview.reading import from_json
from mtlsedge.preview.request import passes, request_comment
from mtlsedge.preview.touched import Difference

FILES = {
    "Pulumi.yaml": "name: p\nruntime: python\n",
    "Pulumi.dev.yaml": "config: {a: clients/alice.csr}\n",
    "Pulumi.prod.yaml": "config: {b: docs/trust.md, c: via}\n",
    "__main__.py": "",
    "requirements.lock": "",
    "clients/alice.csr": "A",
    "docs/trust.md": "CA",
    "docs/linked.md": "CA",
    "README.md": "",
    "picture.svg": "",
}
Edit = Callable[[Path], None]


def checkout(folder: Path, edit: Edit | None = None) -> Path:
    """A checkout of the project, perhaps edited, in a repository of its own as a job makes it."""
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    (folder / "via").symlink_to("docs/linked.md")
    if edit:
        edit(folder)
    for line in (["init", "-q"], ["add", "-A"], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *line], cwd=folder, check=True, capture_output=True, timeout=60)
    return folder


def written(name: str, text: str = "other") -> Edit:
    """An edit that writes a file."""

    def edit(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)

    return edit


def link(name: str, target: str) -> Edit:
    """An edit that puts a link in the place of a file."""

    def edit(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return edit


@pytest.mark.parametrize(
    ("edit", "dev", "prod"),
    [
        (None, False, False),
        (written("README.md"), False, False),
        (written("docs/new.md"), False, False),
        (written("picture.svg"), False, False),
        (lambda folder: (folder / "README.md").unlink(), False, False),
        (written("Pulumi.dev.yaml"), True, False),
        (written("Pulumi.new.yaml"), False, False),
        (written("Pulumi.yaml"), True, True),
        (written("__main__.py"), True, True),
        (written("requirements.lock"), True, True),
        (written("clients/alice.csr"), True, True),
        (written("other/Pulumi.dev.yaml"), True, True),
        (written("docs/trust.md"), False, True),
        (written("docs/linked.md"), True, True),
        (written(".gitattributes"), True, True),
        (link("README.md", "/etc/passwd"), True, True),
        (link("Pulumi.dev.yaml", "Pulumi.prod.yaml"), True, True),
        (lambda folder: (folder / "Pulumi.prod.yaml").unlink(), False, True),
        (lambda folder: (folder / "README.md").chmod(0o755), True, True),
    ],
)
def test_a_stack_is_touched_by_what_it_is_made_of(tmp_path, edit, dev, prod):
    """Its file, program, lock and anything unknown; not another stack's file, nor what only people read, unless it names that or a
    link leads there.
    """
    base, head = checkout(tmp_path / "base"), checkout(tmp_path / "head", edit)
    request = Difference.between(base, head)
    assert (request.touches("dev"), request.touches("prod")) == (dev, prod)


def test_a_folder_inside_another_repository_is_no_checkout(tmp_path):
    """What lies around it would be compared in its place, and nothing would differ."""
    base = checkout(tmp_path / "base")
    inside = base / "head"
    inside.mkdir()
    with pytest.raises(CommandError, match="no checkout"):
        Difference.between(base, inside)


def test_the_command_says_so_in_place_of_a_preview(tmp_path, monkeypatch, capsys):
    """A stack that is not touched passes without an engine; one that is asks for it; --base alone is no preview."""
    base, head = checkout(tmp_path / "base"), checkout(tmp_path / "head", written("Pulumi.dev.yaml"))
    monkeypatch.chdir(head)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    line = ["preview", "--first", "--base", str(base), "--comment", str(tmp_path / "c.md"), "--stack"]
    assert run([*line, "prod"]) == 0 and "not touched" in capsys.readouterr().out
    assert (tmp_path / "c.md").read_text().startswith("### ⚪ `p/prod`: not touched")
    assert run([*line, "dev"]) == 2
    assert run(["preview", "--base", str(base)]) == 2


def test_the_command_asks_git_once_for_each_checkout(tmp_path, monkeypatch, capsys):
    """Whether the stack is touched and which others are judged by nobody come from the same two lists."""
    base, head = checkout(tmp_path / "base"), checkout(tmp_path / "head", written("Pulumi.dev.yaml"))
    asked = []
    monkeypatch.setattr(touched, "_tree", lambda folder, of=touched._tree: asked.append(folder) or of(folder))
    monkeypatch.chdir(head)
    assert run(["preview", "--first", "--base", str(base), "--stacks", "prod", "--stack", "prod"]) == 0
    assert "dev" in capsys.readouterr().out
    assert asked == [base, head]


def test_untouched_stacks_pass_and_are_told():
    """One is as good as a quiet one: its findings go through the schema, and a request of such stacks is green."""
    one = from_json(json.loads(json.dumps(untouched("p", "prod").to_json())))
    assert one.is_untouched and passes([one], []) and not passes([one], ["dev"])
    assert "no preview was made" in comment(one)
    assert "`p/prod`: not touched" in request_comment([one, untouched("p", "dev")])


def test_a_stack_file_that_nobody_judges_is_named(tmp_path):
    """Of stacks that no preview is made of: changed, new and removed files; none of those that are previewed, none unchanged."""

    def edit(folder: Path) -> None:
        for name in ("Pulumi.dev.yaml", "Pulumi.payments.yaml", "Pulumi.caf\xe9 `x`.yaml", "docs/Pulumi.other.yaml"):
            written(name, "config: {}\n")(folder)
        (folder / "Pulumi.prod.yaml").unlink()

    base, head = checkout(tmp_path / "base"), checkout(tmp_path / "head", edit)
    assert Difference.between(base, head).unjudged(["dev"]) == ("caf\xe9 `x`", "payments", "prod")
    assert Difference.between(base, head).unjudged(["dev", "prod", "payments", "caf\xe9 `x`"]) == ()
    assert Difference.between(base, base).unjudged([]) == ()


def test_the_comment_names_what_nobody_judged():
    """Of one stack and of several, once each, also where nothing is touched; thousands of names hide no line of a stack."""
    one = replace(untouched("p", "dev"), unjudged=("a`@b", "prod"))
    for text in (comment(one), request_comment([one]), request_comment([one, replace(one, stack="web")])):
        assert text.count("Judged by nobody") == 1 and "`Pulumi.prod.yaml`" in text and "`Pulumi.a'@b.yaml`" in text
    many = replace(one, unjudged=tuple(f"{'x' * 100}{number}" for number in range(10_000)))
    for text in (comment(many), request_comment([many, replace(many, stack="web")])):
        assert len(text.encode()) < 65_536 and "and 9990 more" in text and "`p/dev`: not touched" in text
    assert from_json(json.loads(json.dumps(one.to_json()))) == one
    assert "Judged by nobody" not in comment(untouched("p", "dev"))
