"""Gitea and Forgejo: a protected branch with a required status, and a repository whose secrets open nothing. Pure.

Neither has environments: a workflow on any branch of a repository sees all of its secrets. So the stack's secrets belong
to a second repository that only maintainers may write (docs/guides/forge.md).
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mtlsedge.protection.model import Ask, Plan, Step, Wanted, differences

HARMLESS = ("START_TOKEN",)
"""Secrets that may stand in the project's repository: this one starts a deployment of what the branch holds."""


def plan(wanted: Wanted, ask: Ask) -> Plan:
    """What would be set, and what remains open."""
    base = f"/repos/{quote(wanted.repository)}"
    steps = [
        *_rule(ask, base, wanted.branch, _main(wanted)),
        *_rule(ask, base, wanted.snapshots, _snapshots(wanted)),
    ]
    return Plan(tuple(steps), tuple(_gaps(wanted, ask, base)))


def _main(wanted: Wanted) -> dict[str, Any]:
    return {
        "enable_push": False,
        "enable_force_push": False,
        "enable_status_check": True,
        "status_check_contexts": [wanted.status],
        "required_approvals": wanted.approvals,
        "dismiss_stale_approvals": True,
        "block_on_rejected_reviews": True,
        "block_on_outdated_branch": True,
        "block_admin_merge_override": True,
    }


def _snapshots(wanted: Wanted) -> dict[str, Any]:
    writers = [wanted.snapshot_writer] if wanted.snapshot_writer else []
    return {
        "enable_push": True,
        "enable_push_whitelist": True,
        "push_whitelist_usernames": writers,
        "enable_force_push": False,
    }


def _rule(ask: Ask, base: str, branch: str, document: dict[str, Any]) -> Iterator[Step]:
    present = ask(f"{base}/branch_protections/{quote(branch, safe='')}")
    if present is None:
        yield Step("POST", f"{base}/branch_protections", {"rule_name": branch, **document}, f"protect {branch}")
    elif changed := differences(present, document):
        path = f"{base}/branch_protections/{quote(branch, safe='')}"
        yield Step("PATCH", path, document, f"protect {branch}: {'; '.join(changed)}")


def _gaps(wanted: Wanted, ask: Ask, base: str) -> Iterator[str]:
    writers = sorted(_writers(ask, base))
    if writers:
        yield (
            f"{', '.join(writers)} may write here: with a token of their own each could set the status "
            f"{wanted.status!r} on any commit, and read the repository's secrets by a workflow on a branch. "
            "Have people propose from forks, and give write access to those who may merge alone"
        )
    for one in ask(f"{base}/actions/secrets") or []:
        if one["name"] not in HARMLESS:
            yield f"secret {one['name']}: a workflow on any branch sees it; move it to the deployments' repository"
    for one in ask(f"{base}/branch_protections") or []:
        if one["rule_name"] not in (wanted.branch, wanted.snapshots) and any(
            mark in one["rule_name"] for mark in "*?["
        ):
            yield f"rule {one['rule_name']!r}: a pattern that may stand before the rule of {wanted.branch}; look at its priority"
    if wanted.environment:
        yield f"environment {wanted.environment!r}: this host has none; use a repository that only maintainers may write"


def _writers(ask: Ask, base: str) -> Iterator[str]:
    for one in ask(f"{base}/collaborators") or []:
        found = ask(f"{base}/collaborators/{quote(one['login'])}/permission") or {}
        if found.get("permission") in ("write", "admin", "owner"):
            yield one["login"]
    for team in ask(f"{base}/teams") or []:
        units = team.get("units_map") or {}
        if units.get("repo.code") in ("write", "admin", "owner") or team.get("permission") in ("admin", "owner"):
            yield f"team {team['name']}"
