"""A control plane in a process of its own, with nothing beside it: it ends when its standard input is closed."""

import subprocess
import sys
from pathlib import Path
from typing import IO

CHECKOUT = Path(__file__).resolve().parents[1]
SERVE = """
import sys
from pathlib import Path
from local.cloud.application import Cloud
cloud = Cloud(Path(sys.argv[1]), api_address=sys.argv[2])
cloud.start()
print(cloud.api_address, flush=True)
sys.stdin.read()
cloud.stop()
"""


def start(
    folder: Path, address: str = "127.0.0.1:0", errors: IO[str] | None = None
) -> tuple["subprocess.Popen[str]", str]:
    """The process, and the address at which it serves what `folder` holds. As a context it closes its input, and waits."""
    process = subprocess.Popen(
        [sys.executable, "-c", SERVE, str(folder), address],
        cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    return process, process.stdout.readline().strip()
