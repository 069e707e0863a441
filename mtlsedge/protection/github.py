"""GitHub: branch protection, and an environment that only the protected branch may use. Pure.

Source of the calls: GitHub's REST reference, "Branch protection", "Deployment environments", "Actions permissions".
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from mtlsedge.protection.model import Ask, Plan, Step, Wanted, differences


def plan(wanted: Wanted, ask: Ask) -> Plan:
    """What would be set, and what remains open."""
    base = f"/repos/{quote(wanted.repository)}"
    return Plan((*_branch(wanted, ask, base), *_environment(wanted, ask, base)), tuple(_gaps(ask, base)))


def _branch(wanted: Wanted, ask: Ask, base: str) -> Iterator[Step]:
    path = f"{base}/branches/{quote(wanted.branch, safe='')}/protection"
    changed = differences(_flat(ask(path) or {}), _wanted_flat(wanted))
    if changed:
        document = {
            "required_status_checks": {"strict": True, "contexts": [wanted.status]},
            "enforce_admins": True,
            "required_pull_request_reviews": {
                "required_approving_review_count": wanted.approvals,
                "dismiss_stale_reviews": True,
                "require_last_push_approval": True,
            },
            "restrictions": None,
            "allow_force_pushes": False,
            "allow_deletions": False,
        }
        yield Step("PUT", path, document, f"protect {wanted.branch}: {'; '.join(changed)}")


def _wanted_flat(wanted: Wanted) -> dict[str, Any]:
    return {
        "required status": [wanted.status],
        "branch up to date": True,
        "approvals": wanted.approvals,
        "stale approvals dismissed": True,
        "last push approved by another": True,
        "holds for administrators": True,
        "force push": False,
        "deletion": False,
    }


def _flat(present: dict[str, Any]) -> dict[str, Any]:
    checks = present.get("required_status_checks") or {}
    reviews = present.get("required_pull_request_reviews") or {}
    if not present:
        return {}
    return {
        "required status": checks.get("contexts") or [],
        "branch up to date": checks.get("strict", False),
        "approvals": reviews.get("required_approving_review_count", 0),
        "stale approvals dismissed": reviews.get("dismiss_stale_reviews", False),
        "last push approved by another": reviews.get("require_last_push_approval", False),
        "holds for administrators": (present.get("enforce_admins") or {}).get("enabled", False),
        "force push": (present.get("allow_force_pushes") or {}).get("enabled", False),
        "deletion": (present.get("allow_deletions") or {}).get("enabled", False),
    }


def _environment(wanted: Wanted, ask: Ask, base: str) -> Iterator[Step]:
    if not wanted.environment:
        return
    path = f"{base}/environments/{quote(wanted.environment, safe='')}"
    policy = (ask(path) or {}).get("deployment_branch_policy") or {}
    if policy.get("protected_branches") is not True:
        document = {"deployment_branch_policy": {"protected_branches": True, "custom_branch_policies": False}}
        yield Step("PUT", path, document, f"environment {wanted.environment}: protected branches only")


def _gaps(ask: Ask, base: str) -> Iterator[str]:
    for one in (ask(f"{base}/actions/secrets") or {}).get("secrets", []):
        yield f"secret {one['name']}: a workflow on any branch sees it; move it to an environment"
    rights = ask(f"{base}/actions/permissions/workflow") or {}
    if rights.get("default_workflow_permissions") == "write":
        yield "a job's token may write unless its workflow says otherwise; set the default to read"
    if rights.get("can_approve_pull_request_reviews"):
        yield "a workflow may approve requests; take that right away"
    yield (
        "who may write here could set the required status with a token of their own: GitHub takes it from any source "
        "unless the rule names the app that must set it"
    )
