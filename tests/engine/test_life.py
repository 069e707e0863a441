"""A stack's whole life: up, protected, destroyed in two steps, gone, and up again."""

import pytest

from tests.engine.sandbox import STACK, Sandbox

pytestmark = pytest.mark.engine


def destroy(stack: Sandbox, *, check: bool = True) -> str:
    """`pulumi destroy`; what it printed."""
    done = stack.pulumi("destroy", "--yes", "--skip-preview", "--color", "never", "--stack", STACK, check=check)
    assert check or done.returncode != 0
    return done.stdout + done.stderr


def test_destroy_takes_two_steps_leaves_nothing_and_up_works_again(fresh: Sandbox) -> None:
    """Deletion protection stops `destroy`; switched off in the stack file it goes, the cloud is empty, and `up` works again."""
    guarded = {"mtlsedge:loadBalancer": {"edition": "Standard", "addressType": "Internet", "deletionProtection": True}}
    fresh.init()
    with fresh.changed(guarded):
        fresh.up()
        assert "DeletionProtection" in destroy(fresh, check=False)
    assert fresh.objects()["alb.load_balancer"]
    fresh.up()
    destroy(fresh)
    assert {} == fresh.objects()
    fresh.up()
    fresh.export()
    assert {"ok"} == set(fresh.verify().values())
