"""`python3 -m local.toolchain ensure | venv | doctor | paths`."""

import argparse
import signal
import sys
from pathlib import Path

MINIMUM_PYTHON = (3, 11)

HELP = """\
ensure   make the Python environment, the engine and the plugins present (yours, the vendor's, or built)
venv     make only the Python environment present; with --of FILE a request's, whose folder is printed
doctor   say what was found where and what is missing; exit status 1 when something needed is missing
paths    what to put first on PATH, separated by colons
"""


def main() -> int:
    """Run one command; a problem is one clear message on standard error and exit status 1."""
    parser = argparse.ArgumentParser(
        prog="python3 -m local.toolchain", formatter_class=argparse.RawDescriptionHelpFormatter, epilog=HELP
    )
    parser.add_argument("command", choices=["ensure", "venv", "doctor", "paths"])
    parser.add_argument(
        "--of", type=Path, metavar="FILE", help="with venv: requirements.lock of a request, which nobody trusts"
    )
    given = parser.parse_args()
    if sys.version_info < MINIMUM_PYTHON:
        found = "{}.{}".format(*sys.version_info)
        print(f"toolchain: python3 is {found}, 3.11 or newer is needed: make PYTHON=python3.12 …", file=sys.stderr)
        return 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that half-made folders are removed
    return _run(given.command, given.of)


def _run(command: str, of: Path | None) -> int:
    from local.places import Places  # noqa: PLC0415  after the version check: older Pythons cannot read these modules
    from local.toolchain import doctor, ensuring, environment, errors, requested  # noqa: PLC0415

    try:
        if command == "doctor":
            return doctor.report(Places())
        if command == "paths":
            return doctor.print_paths(Places())
        if command == "venv" and of:
            print(requested.ensure(of))
        elif command == "venv":
            environment.ensure()
        else:
            ensuring.ensure(Places())
    except errors.ToolchainError as problem:
        print(f"toolchain: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"toolchain: {errors.explain(problem)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("toolchain: stopped; nothing half made was kept", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
