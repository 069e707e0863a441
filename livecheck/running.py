"""One live check from the first create to the last delete."""

import math
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livecheck.clock import Clock, Interrupted, OutOfTime, interruptible, uninterruptible
from livecheck.ownership import Owner, Run
from livecheck.questions import QUESTIONS
from livecheck.questions.model import NotAsked, Question, World
from livecheck.record import Record
from livecheck.removal import Account, Removal, Thing, named
from livecheck.tutorial import Builder, Wish
from mtlsedge.cloud import CloudProblem
from mtlsedge.errors import CommandError

REMOVAL_SECONDS = 1200.0
"""A VPC can go once the ALB's own interfaces have, which takes minutes."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Plan:
    """What a run was told."""

    run: Run
    account: Account
    wish: Wish
    private_ca: str = ""
    has_stack: bool = False


def check(plan: Plan, record: Record, say: Say) -> str:
    """Makes, asks, deletes. The reason why it ended early, or an empty string; the record is filled in any case."""
    with uninterruptible():
        try:
            with interruptible():
                reason = _ask_everything(plan, record, say)
        except Interrupted as signal:
            reason = f"interrupted ({signal})"
        finally:
            record.left = named(remove(plan.account, plan.run, say))
    record.calls, record.shapes = sorted(plan.account.calls.answered), plan.account.calls.shapes
    record.complete, record.ended = not reason, reason
    return reason


def remove(account: Account, owner: Owner, say: Say) -> list[Thing]:
    """Deletes everything of a run or of all runs, in a time of its own; what is left.

    That time ends between two rounds and within none: half a round would not know what is left.
    """
    own = account.timed(Clock(math.inf, account.calls.clock.poll))
    return Removal(own, owner, say).all(REMOVAL_SECONDS)


def _ask_everything(plan: Plan, record: Record, say: Say) -> str:
    builder = Builder(plan.account.calls, plan.run, plan.wish, say)
    try:
        world = World(builder, builder.build(), plan.account, plan.private_ca, plan.has_stack)
        for question in QUESTIONS:
            _ask(question, world, record, say)
    except OutOfTime:
        return "the time is over"
    except (CloudProblem, CommandError) as problem:
        return str(problem)
    except Exception as problem:  # noqa: BLE001 - an answer of a form nobody has seen yet must not cost the deletion
        return unforeseen(problem)
    return ""


def _ask(question: Question, world: World, record: Record, say: Say) -> None:
    """One question; a call that fails costs its answer and no other."""
    if question.ask is None:
        record.not_asked(question, question.how.removeprefix("not asked: "))
        return
    say(question.id)
    try:
        record.answered(question, question.ask(world))
    except NotAsked as reason:
        record.not_asked(question, str(reason))
    except OutOfTime:
        raise
    except CloudProblem as problem:
        record.failed(question, str(problem))
    except Exception as problem:  # noqa: BLE001 - as above: it costs this answer and no other
        record.failed(question, unforeseen(problem))


def unforeseen(problem: Exception) -> str:
    """A failure nobody foresaw: its kind and its place in this package, never its text, which may quote a key."""
    places = [f"{Path(step.filename).name}:{step.lineno}" for step in traceback.extract_tb(problem.__traceback__)
              if "livecheck" in step.filename]  # fmt: skip
    return f"unforeseen: {type(problem).__name__} at {places[-1] if places else 'an unknown place'}"
