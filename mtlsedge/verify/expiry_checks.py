"""How long the certificates last, by the stack's own record."""

from mtlsedge.expiry import lifetimes
from mtlsedge.verify.result import Evidence, Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target


def days_left(target: Target) -> Finding:
    """No certificate is inside its window."""
    windows = target.options.windows
    did = (
        f"compared the stack's dates with {windows.authority}/{windows.server}/{windows.client} days (CA/server/client)"
    )
    lives = lifetimes(target.outputs, windows, target.now)
    if not lives:
        return not_checked(did, "the stack outputs carry no date")
    due = [life for life in lives if life.due]
    listed = ", ".join(f"{life.what} {life.days:.0f}" for life in due or lives)
    if due:
        return failed(did, f"days left: {listed}", Evidence.COMPUTED)
    return ok(did, f"days left: {listed}", Evidence.COMPUTED)
