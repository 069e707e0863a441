"""`make test-providers`: the tests of graphs and tables with each of the vendor's provider packages that `providers/` pins.

Each is laid before the pinned package's place, so everything else is what the lock file says. A newer pair replaces the
files: `uv pip compile --no-deps --generate-hashes` writes one.
"""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

from local.toolchain import cache
from local.toolchain.process import pip_install

TESTS = Path(__file__).resolve().parent
PINS = TESTS / "providers"
WHERE = "import os, pulumi_alicloud; print(os.path.dirname(pulumi_alicloud.__file__))"
RUN = ("graph", "unit/test_provider_arguments.py", "unit/test_exposure_properties.py")


def main() -> int:
    """Print a line for each version; 1 when a test failed with one."""
    pins = sorted(PINS.glob("*.txt"), key=lambda one: [int(part) for part in one.stem.split(".")])
    said = [(one.stem, *_tests(_installed(one))) for one in pins]
    print("\npulumi-alicloud  tests")
    for version, _, shown in said:
        print(f"{version:<15}  {shown}")
    return int(any(status for _, status, _ in said))


def _installed(pin: Path) -> Path:
    """The folder in the cache that holds the package, and nothing that it needs."""
    target = cache.root() / f"provider-package-{pin.stem}-{hashlib.sha256(pin.read_bytes()).hexdigest()[:16]}"
    if not target.exists():
        with cache.scratch(target.name) as place:
            arguments: list[str | Path] = ["--no-deps", "--require-hashes", "--target", place, "-r", pin]
            pip_install(sys.executable, *arguments, doing=f"installing pulumi-alicloud {pin.stem}")
            place.rename(target)
    return target


def _tests(package: Path) -> tuple[int, str]:
    """Exit status and last line of the tests with `package`; what they write is shown as it comes."""
    command = [sys.executable, "-m", "pytest", "-q", "-n", "2", *(str(TESTS / one) for one in RUN)]
    environment = {**os.environ, "PYTHONPATH": str(package)}
    found = subprocess.check_output([sys.executable, "-c", WHERE], env=environment, text=True).strip()
    assert Path(found).parent == package, f"{found} would be tested instead of {package}"
    last = ""
    with subprocess.Popen(command, env=environment, cwd=TESTS.parent, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            last = line.strip() or last
    return process.returncode, re.sub(r" in [\d.]+s.*", "", last)


if __name__ == "__main__":
    sys.exit(main())
