"""The combinations under which a stack lives hold every pair of answers, and are few."""

import itertools

from local.behaviours import SWITCHES
from tests.covering import pairs, pairwise


def test_every_pair_of_answers_occurs():
    """Of the real switches; each combination answers each of them."""
    switches = {switch.name: [answer.name for answer in switch.answers] for switch in SWITCHES}
    rows = pairwise(switches)
    assert all(row.keys() == switches.keys() for row in rows)
    held = set().union(*map(pairs, rows))
    for one, other in itertools.combinations(switches, 2):
        for first in switches[one]:
            for second in switches[other]:
                assert frozenset({(one, first), (other, second)}) in held
    assert len(rows) <= 18
    assert rows == pairwise(switches)
