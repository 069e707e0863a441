"""What several runs of `ensure` write in one checkout at the same moment, as the previews of a request do."""

import subprocess
import sys
from pathlib import Path

from local.places import CHECKOUT

RUNS, TIMES = 3, 300
WRITING = """
import sys
from pathlib import Path
from local.toolchain import replacing

place, link, mine = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
for _ in range({times}):
    replacing.write(place, mine * 1000)
    replacing.link(link, Path(mine))
    assert len(set(place.read_text())) == 1 and place.stat().st_size == 1000, "half of a file"
    assert link.is_symlink(), "no link"
"""


def test_runs_at_the_same_moment_do_not_disturb_each_other(tmp_path: Path) -> None:
    """None fails, none sees half of a file or a missing link, and nothing else is left."""
    line = [sys.executable, "-c", WRITING.format(times=TIMES), str(tmp_path / "file.json"), str(tmp_path / "link")]
    runs = [subprocess.Popen([*line, mine], cwd=CHECKOUT, stderr=subprocess.PIPE, text=True) for mine in "abc"[:RUNS]]
    for run in runs:
        _, told = run.communicate(timeout=120)
        assert run.returncode == 0, told
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file.json", "link"]
