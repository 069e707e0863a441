"""What is said about some hundred wrong stack files is written down, word for word."""

import re

from tests.unit.settings_mistakes import LABEL, fill, recorded, said, stack_files

FEWEST = 300


def test_every_mistake_is_told_in_the_recorded_lines(tmp_path):
    """Path, found and allowed stay as they are written in `mistakes/mistakes.txt`; a difference is made on purpose."""
    fill(tmp_path)
    files, mistakes = stack_files(), recorded()
    assert len({mistake.given for mistake in mistakes}) == len(mistakes) >= FEWEST
    different = {
        one.given: (one.lines, found) for one in mistakes if (found := said(one.given, files, tmp_path)) != one.lines
    }
    assert different == {}


def test_every_mistake_is_a_mistake_and_none_is_told_twice():
    """Each gives at least one line; a path has one line; nothing of a secret is in any."""
    for mistake in recorded():
        assert mistake.lines, mistake.given
        paths = [line.partition(": found ")[0] for line in mistake.lines]
        assert len(set(paths)) == len(paths), mistake.given
        for line in mistake.lines:
            assert re.fullmatch(r"(mtlsedge|alicloud):\S.*: found .+; allowed: .+", line), mistake.given
            assert not re.search(rf"hunter|planted|{LABEL}", line), mistake.given
