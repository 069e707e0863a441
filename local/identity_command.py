"""`python -m local identity`: RAM users of the local cloud, each with a key and a policy."""

import json
from pathlib import Path
from typing import Annotated

import typer

from local import whole_files
from local.cloud.access.identities import FILE, load, put, remove
from local.cloud.access.policy import PolicyError
from local.cloud.credentials import Credentials
from local.places import Places
from local.problems import fail
from local.session import exports

AsJson = Annotated[bool, typer.Option("--json", help="Report for programs.")]
identities = typer.Typer(help="RAM users, each with a key and a policy that decides every call.", no_args_is_help=True)


@identities.command("add")
def add_identity(
    name: Annotated[str, typer.Argument(help="Name of the user: a-z, 0-9 and -.")],
    policy: Annotated[
        Path, typer.Option(help="RAM policy document (JSON), such as docs/reference/permissions/up.json.")
    ],
    *,
    as_json: AsJson = False,
) -> None:
    """Make a user, or give an existing one another policy; the running cloud obeys from the next call on.

    Example: `python -m local identity add ci --policy docs/reference/permissions/up.json`.
    """
    places = Places()
    try:
        pair = put(_file(places), name, json.loads(policy.read_text()))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as problem:
        raise fail(f"{policy}: found no JSON document ({type(problem).__name__}); allowed a RAM policy") from None
    except PolicyError as problem:
        raise fail("\n".join(f"{policy}: {line}" for line in str(problem).splitlines())) from None
    except ValueError as problem:
        raise fail(str(problem)) from None
    shell = places.identity(name)
    shell.parent.mkdir(mode=0o700, exist_ok=True)
    whole_files.write(shell, _shell_file(name, pair), durable=True)
    if as_json:
        print(json.dumps({"name": name, "accessKeyId": pair.access_key_id, "shellFile": str(shell)}, indent=1))
    else:
        print(f"`. {places.env}; . {shell}` makes this shell call as {name}")


@identities.command("remove")
def remove_identity(name: Annotated[str, typer.Argument(help="Name of the user.")], *, as_json: AsJson = False) -> None:
    """Take a user away; its key is unknown from the next call on.

    Example: `python -m local identity remove ci`.
    """
    places = Places()
    if not remove(_file(places), name):
        raise fail(f"name: found {name!r}; allowed {', '.join(load(_file(places))) or 'none, there are no users'}")
    places.identity(name).unlink(missing_ok=True)
    print(json.dumps({"removed": name}, indent=1) if as_json else f"{name} is gone")


@identities.command("list")
def list_identities(*, as_json: AsJson = False) -> None:
    """The users and how many statements decide for each; the account's own key is none of them.

    Examples: `python -m local identity list`, `python -m local identity list --json`.
    """
    found = [
        {"name": name, "accessKeyId": entry["accessKeyId"], "statements": len(entry["policy"]["Statement"])}
        for name, entry in load(_file(Places())).items()
    ]
    if as_json:
        print(json.dumps(found, indent=1))
        return
    for one in found:
        print(f"{one['name']:32} {one['accessKeyId']}  {one['statements']} statement(s)")


def _file(places: Places) -> Path:
    """Where the users stand; the folder is there once the local cloud has run."""
    if not places.cloud.is_dir():
        raise fail(f"there is no local cloud in {places.root}; `python -m local start`")
    return places.cloud / FILE


def _shell_file(name: str, pair: Credentials) -> str:
    values = {
        "ALIBABA_CLOUD_ACCESS_KEY_ID": pair.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": pair.access_key_secret,
    }
    return "\n".join([f"# After `. .local/env`: calls are made as the RAM user {name}.", *exports(values), ""])
