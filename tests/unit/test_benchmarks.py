"""What `make bench` says of a measurement, and that its page names every part. Nothing is timed here."""

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from benchmarks import each
from benchmarks.__main__ import ON_REQUEST, PARTS
from benchmarks.clients import linearity
from benchmarks.engines import no_slower
from benchmarks.measuring import Comparison, Cost, Goal, cost, rates, under
from benchmarks.shares import shares
from tests.unit.settings_sample import PROJECT

BUSY = [sys.executable, "-c", "for number in range(10**7): pass"]


def test_a_goal_is_judged_on_each_clock() -> None:
    """A loaded machine spoils the wall's clock only, and the reader sees which of them missed."""
    goal = Goal("ratio at most 1.15", Cost(wall=1.4, cpu=1.15), lambda value: value <= 1.15)
    assert str(goal).split(": ")[1] == "MISSED by the clock (1.40), met in CPU time (1.15)"


def test_a_comparison_shows_both_clocks_in_its_unit() -> None:
    """Seconds are scaled for display; the ratio is not."""
    shown = str(Comparison("each", Cost(0.02, 0.01), Cost(0.01, 0.004), "bare ones", "ms", 1000))
    assert re.findall(r"[\d.]+", shown) == ["20.00", "10.00", "10.00", "4.00", "2.00", "2.50"]


def test_a_cost_lost_in_the_noise_has_no_ratio() -> None:
    """A negative difference is shown as what it is, and never meets a goal by its ratio."""
    ratio = Cost(-0.1, 0.2).over(Cost(0.1, 0.1))
    assert str(ratio.wall) == "nan"
    assert ratio.cpu == 2
    assert "MISSED by the clock" in str(Goal("at most 1", ratio, lambda value: value <= 1))


@pytest.mark.parametrize(("ours", "verdict"), [(80.0, "met"), (79.0, "MISSED")])
def test_a_rate_meets_its_goal_from_the_limit_on(ours: float, verdict: str) -> None:
    """At least means at least."""
    assert f": {verdict} (" in str(rates("signatures", ours, 100.0, "bare", at_least=0.8))


@pytest.mark.parametrize(("many", "verdict"), [(0.025, "met"), (0.026, "MISSED"), (-0.01, "MISSED")])
def test_a_client_among_many_costs_what_it_does_among_few(many: float, verdict: str) -> None:
    """A quarter more is the most that counts as linear; a cost lost in the noise proves nothing."""
    assert f": {verdict} by the clock" in str(linearity(Cost(many, 0.02), Cost(0.02, 0.02)))


@pytest.mark.parametrize(("ours", "verdict"), [(6.0, "met"), (6.1, "MISSED")])
def test_ours_may_be_slower_by_what_the_engines_differ_by(ours: float, verdict: str) -> None:
    """Beside 5 s, with 2 s and 1 s for programs without resources, 6 s are as many as there may be."""
    goal = no_slower((Cost(ours, 1.0), Cost(5.0, 1.0)), (Cost(2.0, 1.0), Cost(1.0, 1.0)))
    assert f": {verdict} by the clock" in str(goal)


def test_each_is_what_one_more_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the first brings with it does not count."""
    previewed: list[int] = []

    def read(work: Callable[[], object], _rounds: int) -> Cost:
        work()
        return Cost(5.0 + 0.25 * previewed[-1], 3.0 + 0.5 * previewed[-1])

    monkeypatch.setattr(each, "median_cost", read)
    assert each.Each(previewed.append).of(11) == Cost(0.25, 0.5)
    assert previewed == [1, 1, 11]


def test_cpu_time_is_that_of_the_processes_started() -> None:
    """A busy child counts, and is found among the descendants."""
    assert cost(lambda: subprocess.run(BUSY, check=True)).cpu > 0.05
    assert sum(shares(lambda: subprocess.run(BUSY, check=True)).values()) > 0.05


def test_the_page_names_every_part_and_no_other() -> None:
    """docs/reference/benchmarks.md is the list of `make bench ARGS=--list`, in its order of meaning."""
    page = (PROJECT / "docs" / "reference" / "benchmarks.md").read_text()
    assert set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE)) == set(PARTS)
    assert set(ON_REQUEST) < set(PARTS)


def test_a_value_without_a_clock_is_printed_as_a_cost_is() -> None:
    """A size or a rate has one figure a line, the ratio and its goals like any other."""
    shown = str(Comparison("memory", 120.0, 80.0, "Envoy", "MB", goals=(under(150, 120.0, "MB"),)))
    assert re.findall(r"[\d.]+", shown) == ["120.00", "80.00", "1.50", "150", "120.00"]
    assert "CPU" not in shown
    assert shown.endswith("under 150 MB: met (120.00 MB)")
