"""A few combinations in which every pair of answers of two switches occurs: most faults need two of them, not ten."""

import itertools
import random
from collections.abc import Mapping, Sequence

Row = dict[str, str]
Pair = frozenset[tuple[str, str]]
TRIES = 60
"""Greedy attempts, each breaking ties in another way; the shortest is taken."""


def pairs(row: Mapping[str, str]) -> set[Pair]:
    """Every two answers that occur together in a combination."""
    return {frozenset(two) for two in itertools.combinations(row.items(), 2)}


def pairwise(switches: Mapping[str, Sequence[str]]) -> list[Row]:
    """Combinations that together hold each pair of answers; the same for the same switches."""
    return min((_attempt(switches, random.Random(seed)) for seed in range(TRIES)), key=len)


def _attempt(switches: Mapping[str, Sequence[str]], chance: random.Random) -> list[Row]:
    wanted = {
        frozenset({(one, first), (other, second)})
        for one, other in itertools.combinations(switches, 2)
        for first in switches[one]
        for second in switches[other]
    }
    rows: list[Row] = []
    while wanted:
        rows.append(_row(switches, wanted, chance))
        wanted -= pairs(rows[-1])
    return rows


def _row(switches: Mapping[str, Sequence[str]], wanted: set[Pair], chance: random.Random) -> Row:
    """Begins with a pair that is missing, and gives every other switch the answer that finds the most missing pairs."""
    row: Row = dict(sorted(chance.choice(sorted(wanted, key=sorted))))
    left = [name for name in switches if name not in row]
    chance.shuffle(left)
    for name in left:
        gains = {answer: _gain(row, (name, answer), wanted) for answer in switches[name]}
        row[name] = chance.choice([answer for answer, gain in gains.items() if gain == max(gains.values())])
    return {name: row[name] for name in switches}


def _gain(row: Row, item: tuple[str, str], wanted: set[Pair]) -> int:
    return sum(frozenset({item, other}) in wanted for other in row.items())
