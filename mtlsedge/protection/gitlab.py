"""GitLab: a protected branch, a pipeline that must succeed, approvals, a protected environment. Pure.

Source of the calls: GitLab's API reference, "Protected branches", "Projects", "Merge request approvals", "Protected
environments". Approval rules and protected environments are of its paid tiers.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mtlsedge.protection.model import Ask, Plan, Step, Wanted, differences

NOBODY, MAINTAINER = 0, 40


def plan(wanted: Wanted, ask: Ask) -> Plan:
    """What would be set, and what remains open."""
    base = f"/projects/{quote(wanted.repository, safe='')}"
    project = ask(base) or {}
    steps = [
        *_branch(wanted, ask, base),
        *_merging(project, base),
        *_approvals(ask, base),
        *_environment(wanted, ask, base),
    ]
    return Plan(tuple(steps), tuple(_gaps(wanted, project, ask, base)))


def _branch(wanted: Wanted, ask: Ask, base: str) -> Iterator[Step]:
    present = ask(f"{base}/protected_branches/{quote(wanted.branch, safe='')}")
    if present is None:
        document = {
            "name": wanted.branch,
            "push_access_level": NOBODY,
            "merge_access_level": MAINTAINER,
            "allow_force_push": False,
            "code_owner_approval_required": True,
        }
        yield Step(
            "POST", f"{base}/protected_branches", document, f"protect {wanted.branch}: merged into, never pushed to"
        )
    elif changed := differences(present, {"allow_force_push": False, "code_owner_approval_required": True}):
        document = {"allow_force_push": False, "code_owner_approval_required": True}
        path = f"{base}/protected_branches/{quote(wanted.branch, safe='')}"
        yield Step("PATCH", path, document, f"protect {wanted.branch}: {'; '.join(changed)}")


def _merging(project: dict[str, Any], base: str) -> Iterator[Step]:
    document = {"only_allow_merge_if_pipeline_succeeds": True, "allow_merge_on_skipped_pipeline": False}
    if changed := differences(project, document):
        yield Step("PUT", base, document, f"merging: {'; '.join(changed)}")


def _approvals(ask: Ask, base: str) -> Iterator[Step]:
    document = {"reset_approvals_on_push": True, "merge_requests_author_approval": False}
    present = ask(f"{base}/approvals")
    if present is not None and (changed := differences(present, document)):
        yield Step("POST", f"{base}/approvals", document, f"approvals: {'; '.join(changed)}")


def _environment(wanted: Wanted, ask: Ask, base: str) -> Iterator[Step]:
    if wanted.environment and ask(f"{base}/protected_environments/{quote(wanted.environment, safe='')}") is None:
        levels = [{"access_level": MAINTAINER}]
        document = {"name": wanted.environment, "deploy_access_levels": levels}
        yield Step(
            "POST", f"{base}/protected_environments", document, f"environment {wanted.environment}: maintainers deploy"
        )


def _gaps(wanted: Wanted, project: dict[str, Any], ask: Ask, base: str) -> Iterator[str]:
    if "@" not in (project.get("ci_config_path") or ""):
        yield (
            "the pipeline's file is the request's own: it could leave the preview out and succeed. "
            "Keep the file in another project and name it as CI/CD configuration file (path@group/project)"
        )
    for one in ask(f"{base}/variables") or []:
        if one.get("environment_scope", "*") == "*" and not one.get("protected"):
            yield f"variable {one['key']}: every pipeline sees it; protect it and give it an environment's scope"
    levels = [
        level.get("access_level_description", "somebody")
        for level in (ask(f"{base}/protected_branches/{quote(wanted.branch, safe='')}") or {}).get(
            "push_access_levels", []
        )
        if level.get("access_level") != NOBODY
    ]
    if levels:
        yield f"pushes to {wanted.branch} are allowed to: {', '.join(levels)}; unprotect it and run this again"
