"""The provider's own waits are told apart from work."""

from datetime import UTC, datetime, timedelta

from local.waits import silent_seconds

START = datetime(2026, 11, 22, tzinfo=UTC)


def calls(*seconds: float) -> list[dict]:
    """A request log with calls so many seconds after the start."""
    return [{"time": (START + timedelta(seconds=second)).isoformat()} for second in seconds]


def test_gaps_of_a_compiled_in_delay_count_and_short_ones_do_not():
    """Five seconds of silence are a wait; two seconds between calls are somebody's work."""
    assert 5.0 == silent_seconds(calls(0, 2, 7, 7.5), START)


def test_what_happened_before_the_run_is_left_out():
    """An earlier run and the pause after it are no part of this one."""
    assert 5.0 == silent_seconds(calls(-600, -500, 1, 6), START)


def test_no_calls_are_no_waits():
    """A run that changed nothing made no calls."""
    assert 0 == silent_seconds([], START)
