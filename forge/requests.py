"""What people do with a request on the forge: wait for its verdict, read its comment, approve it, merge it."""

import time
from collections.abc import Callable
from typing import Any

from forge.api import Api, Refused
from forge.errors import ForgeError
from forge.seeding import PROJECT, TRUSTED, VERDICT

BOT_OF_JOBS = "gitea-actions"
"""The name under which the forge's own jobs write."""
DONE = ("success", "failure", "error")
LONGEST_SECONDS = 900
POLL_SECONDS = 0.5
FOLDED = "<details>"


def head(api: Api, number: int) -> str:
    """The commit that the request proposes now."""
    return str(api.get(f"/repos/{PROJECT}/pulls/{number}")["head"]["sha"])


def verdict(api: Api, commit: str) -> str | None:
    """The forge's status for the verdict on a commit; None while its job has not ended."""
    found = api.get(f"/repos/{PROJECT}/commits/{commit}/statuses?limit=50")
    ours = sorted((one for one in found if one["context"] == VERDICT), key=lambda one: one["id"])
    return str(ours[-1]["status"]) if ours and ours[-1]["status"] in DONE else None


def comments(api: Api, number: int) -> list[dict[str, Any]]:
    """The comments that the jobs wrote."""
    found = api.get(f"/repos/{PROJECT}/issues/{number}/comments")
    return [one for one in found if one["user"]["login"] == BOT_OF_JOBS]


def approve(api: Api, number: int, commit: str) -> None:
    """Approve what the request proposes at this commit."""
    api.post(f"/repos/{PROJECT}/pulls/{number}/reviews", event="APPROVED", commit_id=commit, body="looks right")


def merge(api: Api, number: int) -> Refused | None:
    """Merge; the forge's refusal if it refuses."""
    try:
        api.post(f"/repos/{PROJECT}/pulls/{number}/merge", Do="merge")
    except Refused as problem:
        return problem
    return None


def deployments(api: Api) -> list[dict[str, Any]]:
    """The runs that deploy, oldest first."""
    found = api.get(f"/repos/{TRUSTED}/actions/runs?limit=100")["workflow_runs"]
    return sorted((one for one in found if one["path"].startswith("deploy.yml")), key=lambda one: one["id"])


def await_first_deployment(operator: Api) -> None:
    """Until it has published the snapshot that requests are judged against. Raises ForgeError when it went wrong."""

    def ended() -> dict[str, Any] | None:
        return next((one for one in deployments(operator) if one["status"] == "completed"), None)

    found = awaited(ended, "first deployment")
    if found["conclusion"] != "success":
        raise ForgeError(
            f"the first deployment ended as {found['conclusion']!r}; its log says why: {found['html_url']}"
        )


def show(api: Api, number: int) -> None:
    """Wait for the verdict on what is proposed now; print the comment as far as it is unfolded, and the verdict."""
    commit = head(api, number)
    said = awaited(lambda: verdict(api, commit), f"verdict on {commit[:8]}")
    for comment in comments(api, number):
        print(comment["body"].partition(FOLDED)[0].strip())
    print(f"\nverdict on {commit[:8]}: {said}")


def merge_and_deploy(api: Api, operator: Api, number: int) -> bool:
    """Merge, wait for the deployment that follows, print how both went; False when one did not."""
    before = len(deployments(operator))
    if refused := merge(api, number):
        print(f"the forge refuses to merge, with status {refused.status}: {refused.message}")
        return False
    print("merged; the deployment has begun")

    def ended() -> str | None:
        after = deployments(operator)[before:]
        return str(after[0]["conclusion"]) if after and after[0]["status"] == "completed" else None

    began = time.monotonic()
    how = awaited(ended, "deployment")
    print(f"deployment: {how}, after {time.monotonic() - began:.0f} s")
    return how == "success"


def awaited(look: Callable[[], Any], what: str) -> Any:
    """The first true answer of `look`. Raises ForgeError when none comes."""
    deadline = time.monotonic() + LONGEST_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise ForgeError(f"no {what} came in {LONGEST_SECONDS} s; the jobs' logs say why")
        time.sleep(POLL_SECONDS)
    return found
