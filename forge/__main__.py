"""`python -m forge up | down`: a forge on this machine, seeded with this project."""

import argparse
import shutil
import sys
import time

from forge import accounts, parts, people, places, runner, seeding, server, stack
from forge.errors import ForgeError
from forge.people import ROLES
from forge.places import Places
from local.places import Places as LocalPlaces
from local.toolchain.errors import ToolchainError
from local.toolchain.progress import say


def main() -> int:
    """Run one command; a problem is one message on standard error and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m forge", description=__doc__)
    parser.add_argument("command", choices=["up", "down"], help="start it, or end it and remove everything it made")
    command = parser.parse_args().command
    try:
        if command == "up":
            up(places.places())
        else:
            down(places.places())
    except (ForgeError, ToolchainError) as problem:
        print(f"forge: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("forge: stopped; `make forge-down` removes what is there", file=sys.stderr)
        return 130
    return 0


def up(where: Places) -> None:
    """Build, start, seed; a forge that is there already is started again. Prints links."""
    local = stack.read(LocalPlaces())
    parts.obtain()
    began = time.monotonic()
    for loss in accounts.losses():
        say(loss)
    start(where, local, {})
    say(f"the forge is ready after {time.monotonic() - began:.1f} s")
    _tell(where)


def start(where: Places, local: stack.LocalStack, overlay: dict[str, str]) -> None:
    """Start forge and runners, with everything seeded. What a run that was cut off left half seeded is made anew."""
    if where.root.exists() and not where.people.exists():
        down(where)
    places.prepare(where.root)
    server.start(where)
    if not where.people.exists():
        seeding.seed(where, local, overlay)
    for one in runner.RUNNERS:
        runner.start(where, one)


def down(where: Places) -> None:
    """End what runs, and remove all of it."""
    for one in runner.RUNNERS:
        runner.stop(where, one)
    server.stop(where)
    if where.root.exists():
        places.prepare(where.root)
        shutil.rmtree(where.root)


def _tell(where: Places) -> None:
    known = people.read(where.people)
    print(f"project       {where.url}/{seeding.PROJECT}")
    print(f"deployments   {where.url}/{seeding.TRUSTED}")
    print(f"people        {where.people}  (names, passwords, tokens)")
    for name, role in ROLES.items():
        print(f"  {known[name].name:<11} {role}")


if __name__ == "__main__":
    sys.exit(main())
