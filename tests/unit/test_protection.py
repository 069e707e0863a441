"""`mtlsedge forge protect`: what would be set on each host, what is left alone, and what is said to remain open.

Gitea's shapes are those of the real forge; GitHub's and GitLab's are from memory of their API references.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mtlsedge.command import run
from mtlsedge.protection import gitea, github, gitlab
from mtlsedge.protection.model import Wanted

WANTED = Wanted(
    "acme/edge", "main", "preview / verdict (pull_request_target)", snapshot_writer="bot", environment="prod"
)
PLANS = {"gitea": gitea.plan, "github": github.plan, "gitlab": gitlab.plan}
GITEA = "/repos/acme/edge"
RULE = {
    "rule_name": "main", "enable_push": False, "enable_force_push": False, "enable_status_check": True,
    "status_check_contexts": [WANTED.status], "required_approvals": 1, "dismiss_stale_approvals": True,
    "block_on_rejected_reviews": True, "block_on_outdated_branch": True, "block_admin_merge_override": True,
    "priority": 1,
}  # fmt: skip
SNAPSHOTS = {
    "rule_name": "mtlsedge-snapshots", "enable_push": True, "enable_push_whitelist": True,
    "push_whitelist_usernames": ["bot"], "enable_force_push": False,
}  # fmt: skip
PROTECTED = {
    "gitea": {
        f"{GITEA}/branch_protections/main": RULE,
        f"{GITEA}/branch_protections/mtlsedge-snapshots": SNAPSHOTS,
    },
    "github": {
        f"{GITEA}/branches/main/protection": {
            "required_status_checks": {"strict": True, "contexts": [WANTED.status]},
            "required_pull_request_reviews": {
                "required_approving_review_count": 1, "dismiss_stale_reviews": True, "require_last_push_approval": True,
            },
            "enforce_admins": {"enabled": True},
            "allow_force_pushes": {"enabled": False},
            "allow_deletions": {"enabled": False},
        },
        f"{GITEA}/environments/prod": {"deployment_branch_policy": {"protected_branches": True}},
    },
    "gitlab": {
        "/projects/acme%2Fedge": {
            "only_allow_merge_if_pipeline_succeeds": True, "allow_merge_on_skipped_pipeline": False,
            "ci_config_path": "mtlsedge.yml@acme/pipelines",
        },
        "/projects/acme%2Fedge/protected_branches/main": {
            "name": "main", "allow_force_push": False, "code_owner_approval_required": True,
            "push_access_levels": [{"access_level": 0, "access_level_description": "No one"}],
        },
        "/projects/acme%2Fedge/approvals": {"reset_approvals_on_push": True, "merge_requests_author_approval": False},
        "/projects/acme%2Fedge/protected_environments/prod": {"name": "prod"},
    },
}  # fmt: skip
"""Host -> path -> what it answers when all is as wanted."""


@pytest.mark.parametrize("host", PLANS)
def test_what_is_as_wanted_is_left_alone(host):
    """No call is planned for a repository that is protected already."""
    assert PLANS[host](WANTED, PROTECTED[host].get).steps == ()


@pytest.mark.parametrize("host", PLANS)
def test_what_is_not_protected_is_protected_whole(host):
    """On a host that knows nothing of the repository's protection every part is set, and each step says what it does."""
    steps = PLANS[host](WANTED, lambda _: None).steps
    assert len(steps) >= 2 and all(step.says and step.document for step in steps)
    sent = json.dumps([dict(step.document) for step in steps])
    assert host == "gitlab" or WANTED.status in sent


DEVIATIONS = [
    *(("gitea", "branch_protections/main", {key: value}) for key, value in [
        ("enable_push", True), ("enable_status_check", False), ("status_check_contexts", ["*"]), ("required_approvals", 0),
        ("dismiss_stale_approvals", False), ("block_admin_merge_override", False), ("block_on_outdated_branch", False),
    ]),
    ("gitea", "branch_protections/mtlsedge-snapshots", {"push_whitelist_usernames": ["bot", "mallory"]}),
    ("github", "branches/main/protection", {"enforce_admins": {"enabled": False}}),
    ("github", "branches/main/protection", {"required_status_checks": {"strict": True, "contexts": ["other"]}}),
    ("github", "branches/main/protection", {"required_status_checks": None}),
    ("github", "branches/main/protection", {"allow_force_pushes": {"enabled": True}}),
    ("github", "environments/prod", {"deployment_branch_policy": None}),
    ("gitlab", "", {"only_allow_merge_if_pipeline_succeeds": False}),
    ("gitlab", "", {"allow_merge_on_skipped_pipeline": True}),
    ("gitlab", "protected_branches/main", {"allow_force_push": True}),
    ("gitlab", "approvals", {"reset_approvals_on_push": False}),
]  # fmt: skip


@pytest.mark.parametrize(("host", "end", "changed"), DEVIATIONS)
def test_each_deviation_is_one_call_that_puts_it_right(host, end, changed):
    """One thing that is not as wanted is one step, which names what is set."""
    base = "/projects/acme%2Fedge" if host == "gitlab" else GITEA
    path = f"{base}/{end}".rstrip("/")
    answers = {**PROTECTED[host], path: {**PROTECTED[host][path], **changed}}
    (step,) = PLANS[host](WANTED, answers.get).steps
    assert step.path == path and step.method in ("PATCH", "PUT", "POST")
    assert "->" in step.says or "environment" in step.says


GAPS = [
    ("gitea", f"{GITEA}/actions/secrets", [{"name": "PULUMI_CONFIG_PASSPHRASE"}], "PULUMI_CONFIG_PASSPHRASE"),
    ("gitea", f"{GITEA}/teams", [{"name": "devs", "units_map": {"repo.code": "write"}}], "team devs"),
    ("gitea", f"{GITEA}/branch_protections", [{"rule_name": "ma*"}], "'ma*'"),
    ("github", f"{GITEA}/actions/secrets", {"secrets": [{"name": "PASSPHRASE"}]}, "PASSPHRASE"),
    ("github", f"{GITEA}/actions/permissions/workflow", {"default_workflow_permissions": "write"}, "default to read"),
    ("github", f"{GITEA}/actions/permissions/workflow", {"can_approve_pull_request_reviews": True}, "may approve"),
    ("gitlab", "/projects/acme%2Fedge", {**PROTECTED["gitlab"]["/projects/acme%2Fedge"], "ci_config_path": None}, "request's own"),
    ("gitlab", "/projects/acme%2Fedge/variables", [{"key": "P", "environment_scope": "*"}], "variable P"),
]  # fmt: skip


@pytest.mark.parametrize(("host", "path", "answer", "told"), GAPS)
def test_what_no_call_closes_is_said(host, path, answer, told):
    """A way around the verdict that stays is named, and is not named where it is not there."""
    assert told in "\n".join(PLANS[host](WANTED, {**PROTECTED[host], path: answer}.get).gaps)
    assert told not in "\n".join(PLANS[host](WANTED, PROTECTED[host].get).gaps)


NO_GAPS = [
    ("gitea", f"{GITEA}/actions/secrets", [{"name": "START_TOKEN"}]),
    ("gitea", f"{GITEA}/teams", [{"name": "readers", "units_map": {"repo.code": "read"}, "permission": "read"}]),
    ("gitlab", "/projects/acme%2Fedge/variables", [{"key": "P", "environment_scope": "prod"}]),
    ("github", f"{GITEA}/actions/permissions/workflow", {"default_workflow_permissions": "read"}),
]


@pytest.mark.parametrize(("host", "path", "answer"), NO_GAPS)
def test_what_opens_nothing_is_not_said(host, path, answer):
    """The near misses: a token that only starts, a team that only reads, a variable of one environment."""
    assert (
        PLANS[host](WANTED, {**PROTECTED[host], path: answer}.get).gaps == PLANS[host](WANTED, PROTECTED[host].get).gaps
    )


@contextmanager
def serving(calls: list[tuple[str, str]]) -> Iterator[str]:
    """A host that knows no protection and takes everything; its address."""

    class Handler(BaseHTTPRequestHandler):
        def _serve(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            calls.append((self.command, self.path))
            self.send_response(404 if self.command == "GET" else 201)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_GET = do_POST = do_PATCH = do_PUT = _serve  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Nothing is printed."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("host", PLANS)
def test_nothing_is_changed_without_apply(host, monkeypatch, capsys):
    """First it says what it would set; with --apply it sets just that."""
    calls: list[tuple[str, str]] = []
    with serving(calls) as address:
        for name in ("GITHUB_API_URL", "CI_API_V4_URL"):
            monkeypatch.setenv(name, address)
        for name in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
            monkeypatch.setenv(name, "the-token")
        line = ["forge", "protect", "--host", host, "--repository", "acme/edge", "--environment", "prod"]
        assert run(line) == 0
        told = capsys.readouterr().out
        assert {method for method, _ in calls} == {"GET"} and "nothing was changed" in told
        assert run([*line, "--json"]) == 0
        document = json.loads(capsys.readouterr().out)
        assert (document["applied"], len(document["steps"])) == (False, told.count("would set  "))
        assert {method for method, _ in calls} == {"GET"}
        assert run([*line, "--apply"]) == 0
    said = capsys.readouterr().out
    assert said.count("\nset  ") + said.startswith("set  ") == told.count("would set  ")
    assert len([method for method, _ in calls if method != "GET"]) == told.count("would set  ")


@pytest.mark.parametrize(
    ("host", "name"), [("gitea", "GITHUB_TOKEN"), ("github", "GITHUB_TOKEN"), ("gitlab", "GITLAB_TOKEN")]
)
def test_without_a_token_it_names_the_variable(host, name, monkeypatch, capsys):
    """One line that says which variable is missing."""
    for one in ("GITHUB_TOKEN", "GITLAB_TOKEN"):
        monkeypatch.delenv(one, raising=False)
    assert run(["forge", "protect", "--host", host, "--repository", "acme/edge"]) == 2
    assert name in capsys.readouterr().err
