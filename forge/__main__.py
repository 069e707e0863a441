"""A forge on this machine, seeded with this project; and what people do with its requests."""

import argparse
import shutil
import sys
import time
from pathlib import Path

from forge import accounts, checkout, parts, people, places, requests, runner, seeding, server, stack
from forge.api import Api, with_token
from forge.errors import ForgeError
from forge.people import REVIEWER, ROLES
from forge.places import Places
from local.places import Places as LocalPlaces
from local.toolchain.errors import ToolchainError
from local.toolchain.progress import say, step


def main() -> int:
    """Run one command; a problem is one message on standard error and exit status 1."""
    arguments = _parser().parse_args()
    where = places.places()
    try:
        match arguments.command:
            case "up":
                up(where, pages=arguments.pages)
            case "down":
                down(where)
                checkout.remove(checkout.place(LocalPlaces()))
            case "show":
                requests.show(_as(where, REVIEWER), arguments.number)
            case "approve":
                api = _as(where, REVIEWER)
                requests.approve(api, arguments.number, requests.head(api, arguments.number))
                print("approved, as it is proposed now")
            case "merge":
                return _merge(where, arguments.number)
    except (ForgeError, ToolchainError) as problem:
        print(f"forge: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("forge: stopped; `make forge-down` removes what is there", file=sys.stderr)
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m forge", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    start_it = commands.add_parser("up", help="start it; what it shows is in docs/guides/forge.md")
    start_it.add_argument("--pages", action="store_true", help="with pages for a browser; builds them with npm, once")
    commands.add_parser("down", help="end it and remove everything it made")
    for name, help_text in (
        ("show", "wait for the verdict on a request, and print its comment"),
        ("approve", "approve a request as it is proposed now, as the reviewer"),
        ("merge", "merge a request as the reviewer, and wait for the deployment"),
    ):
        commands.add_parser(name, help=help_text).add_argument("number", type=int, help="of the request")
    return parser


def _merge(where: Places, number: int) -> int:
    return 0 if requests.merge_and_deploy(_as(where, REVIEWER), _as(where, server.OPERATOR), number) else 1


def _as(where: Places, name: str) -> Api:
    return with_token(where.url, people.read(where.people)[name].token)


def up(where: Places, *, pages: bool) -> None:
    """Build, start, seed; a forge that is there already is started again. Prints links."""
    local = stack.read(LocalPlaces())
    author = checkout.place(LocalPlaces())
    parts.obtain(pages=pages)
    began = time.monotonic()
    for loss in accounts.losses():
        say(loss)
    start(where, local, {})
    checkout.make(author, where)
    say(f"the forge is ready after {time.monotonic() - began:.1f} s")
    _tell(where, author)
    with step("the first deployment, which publishes what requests are judged against", "half a minute"):
        requests.await_first_deployment(_as(where, server.OPERATOR))


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


def _tell(where: Places, author: Path) -> None:
    known = people.read(where.people)
    print(f"project       {where.url}/{seeding.PROJECT}")
    print(f"deployments   {where.url}/{seeding.TRUSTED}")
    print(f"checkout      {author}  (the author's: `git push origin HEAD:refs/for/main -o topic=NAME` proposes)")
    print(f"people        {where.people}  (names, passwords, tokens)")
    for name, role in ROLES.items():
        print(f"  {known[name].name:<11} {role}")


if __name__ == "__main__":
    sys.exit(main())
