"""An organisation as a team would have it: two repositories, people with what each needs, protection, secrets."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from forge import people, project, runner, server
from forge.api import Api, Refused, with_password, with_token
from forge.people import AUTHOR, BOT, REVIEWER, ROLES, STARTER, STRANGER, Person
from forge.places import Places
from forge.runner import CHECKS, DEPLOYMENTS
from forge.stack import NAME, LocalStack
from mtlsedge.protection import gitea
from mtlsedge.protection.model import Wanted

ORGANISATION, REPOSITORY, TRUSTED_REPOSITORY = "acme", "edge", "edge-deployments"
PROJECT = f"{ORGANISATION}/{REPOSITORY}"
TRUSTED = f"{ORGANISATION}/{TRUSTED_REPOSITORY}"
VERDICT = "preview / verdict (pull_request_target)"
"""The status that a request needs. The forge sets it for the job of that name, and only for the default branch's workflow:
one that a request brings along runs under another event, which is part of the name."""


@dataclass(frozen=True)
class Team:
    """What a team may do in a repository, unit by unit."""

    name: str
    repository: str
    members: tuple[str, ...]
    units: Mapping[str, str]


TEAMS = (
    Team(
        "reviewers", REPOSITORY, (REVIEWER,),
        {"repo.code": "write", "repo.pulls": "write", "repo.issues": "write", "repo.actions": "write"},
    ),
    Team("bots", REPOSITORY, (BOT,), {"repo.code": "write", "repo.issues": "write", "repo.pulls": "read"}),
    Team("starters", TRUSTED_REPOSITORY, (STARTER,), {"repo.code": "read", "repo.actions": "write"}),
)  # fmt: skip


def seed(places: Places, stack: LocalStack, overlay: Mapping[str, str]) -> dict[str, Person]:
    """Everything, on an empty forge. Returns the people; also written to the forge's folder. Raises ForgeError."""
    operator = Person(server.OPERATOR, people.new_password())
    operator = Person(operator.name, operator.password, server.make_operator(places, operator.password))
    api = with_token(places.url, operator.token)
    everybody = {operator.name: operator} | {name: _person(api, places, name) for name in ROLES}
    api.post("/orgs", username=ORGANISATION, visibility="public", repo_admin_change_team_access=False)
    for name, private in ((REPOSITORY, False), (TRUSTED_REPOSITORY, True)):
        api.post(f"/orgs/{ORGANISATION}/repos", name=name, private=private, default_branch="main", auto_init=False)
    for team in TEAMS:
        _team(api, team)
    project.push_deployments(f"{places.url}/{TRUSTED}.git", api.authorization)
    _settings(api, stack, everybody)
    for one, repository in ((CHECKS, PROJECT), (DEPLOYMENTS, TRUSTED)):
        token = api.post(f"/repos/{repository}/actions/runners/registration-token")["token"]
        runner.register(places, one, token)
    project.push_project(f"{places.url}/{PROJECT}.git", api.authorization, overlay)
    _protect(api)
    for name in (AUTHOR, STRANGER):
        with_token(places.url, everybody[name].token).post(f"/repos/{PROJECT}/forks", name=f"{REPOSITORY}-{name}")
    people.write(places.people, everybody)
    return everybody


def _person(api: Api, places: Places, name: str) -> Person:
    password = people.new_password()
    api.post("/admin/users", username=name, email=f"{name}@forge.test", password=password, must_change_password=False)
    answer = with_password(places.url, name, password).post(
        f"/users/{name}/tokens", name="made-by-make-forge", scopes=people.scopes()
    )
    return Person(name, password, answer["sha1"])


def _team(api: Api, team: Team) -> None:
    made = api.post(
        f"/orgs/{ORGANISATION}/teams",
        name=team.name, permission="read", includes_all_repositories=False,
        units=list(team.units), units_map=dict(team.units),
    )  # fmt: skip
    api.put(f"/teams/{made['id']}/repos/{ORGANISATION}/{team.repository}")
    for member in team.members:
        api.put(f"/teams/{made['id']}/members/{member}")


def _settings(api: Api, stack: LocalStack, everybody: Mapping[str, Person]) -> None:
    """Secrets where only maintainers' code sees them: a workflow on any branch of a repository sees all of its secrets."""
    api.post(f"/repos/{PROJECT}/actions/variables/STACKS", value=NAME)
    api.post(f"/repos/{PROJECT}/actions/variables/DEPLOYMENTS", value=TRUSTED)
    api.put(f"/repos/{PROJECT}/actions/secrets/START_TOKEN", data=everybody[STARTER].token)
    variables = {"STACKS": NAME, "PROJECT": PROJECT} | stack.variables
    secrets = {"BOT_TOKEN": everybody[BOT].token} | stack.secrets
    for name, value in variables.items():
        api.post(f"/repos/{TRUSTED}/actions/variables/{name}", value=value)
    for name, value in secrets.items():
        api.put(f"/repos/{TRUSTED}/actions/secrets/{name}", data=value)


def _protect(api: Api) -> None:
    """As `mtlsedge forge protect --apply` does it."""
    wanted = Wanted(PROJECT, "main", VERDICT, snapshot_writer=BOT)
    for step in gitea.plan(wanted, lambda path: _found(api, path)).steps:
        api.call(step.method, step.path, dict(step.document))


def _found(api: Api, path: str) -> Any:
    try:
        return api.get(path)
    except Refused as problem:
        if problem.status == 404:
            return None
        raise
