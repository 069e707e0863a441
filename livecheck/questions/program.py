"""What the program itself does in this account, through the engine and the vendor's provider."""

from collections.abc import Callable, Iterator

from livecheck.calls import Calls
from livecheck.questions.model import Answer, NotAsked, Question, World
from livecheck.stack import Place, Stack, configuration, has_engine, prepared

WELL = ("ok", "no changes")
OURS = "only certificates and keys"
"""What a client's change may change: resources of this program, none of the provider's."""


def life(world: World) -> Answer:
    """Up, quiet previews, another certificate for a client, destroy; between them the API is read for the record."""
    if not world.has_stack:
        raise NotAsked("without --stack the program makes nothing")
    if not has_engine():
        raise NotAsked("there is no pulumi on the PATH")
    topology, calls = world.topology, world.builder.calls
    name, account = world.builder.run.name, str(calls.do("sts", "GetCallerIdentity")["AccountId"])
    place = Place(calls, name, topology.vpc, topology.vswitches, topology.server, world.account.zone)
    seen: dict[str, str] = {}
    with prepared(calls, configuration(place, account)) as stack:
        for step, told in _steps(stack, place, account):
            world.builder.say(f"stack: {step}")
            seen[step] = told()
            if seen[step].startswith("failed"):
                break
        world.builder.say("stack: destroy")
        seen["destroy"] = stack.change("destroy")
    wrong = {step: told for step, told in seen.items() if told not in (*WELL, OURS)}
    return Answer("; ".join(f"{step}: {told}" for step, told in wrong.items()) or "all went well", seen)


def _steps(stack: Stack, place: Place, account: str) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "up", lambda: stack.change("up")
    yield "preview", stack.preview
    yield "preview --refresh", lambda: stack.preview("--refresh")
    yield "reading", lambda: _read(place.calls, place.name("stack-"))
    changed = configuration(place, account)
    changed["mtlsedge:clients"]["alice"] = {"validityDays": 20}
    stack.write(changed)
    yield "preview of a client's change", lambda: _own(stack.preview())
    yield "up with it", lambda: stack.change("up")
    yield "preview after it", lambda: stack.preview("--refresh")


def _own(changes: str) -> str:
    is_own = ":" in changes and "alicloud:" not in changes and not changes.startswith("failed")
    return OURS if is_own else f"the client's change: {changes}"


def _read(calls: Calls, name: str) -> str:
    """Asks the API about everything of the stack, for the shapes of its answers."""
    asked = {"LoadBalancerNames.1": f"{name}load-balancer"}
    for row in calls.pages("alb", "ListLoadBalancers", "LoadBalancers", asked):
        id = row["LoadBalancerId"]
        calls.do("alb", "GetLoadBalancerAttribute", LoadBalancerId=id)
        calls.do("alb", "ListRules", LoadBalancerIds=[id])
        for listener in calls.pages("alb", "ListListeners", "Listeners", {"LoadBalancerIds.1": id}):
            calls.do("alb", "GetListenerAttribute", ListenerId=listener["ListenerId"])
    for group in calls.pages(
        "alb", "ListServerGroups", "ServerGroups", {"ServerGroupNames.1": f"{name}server-group-web"}
    ):
        calls.do("alb", "ListServerGroupServers", ServerGroupId=group["ServerGroupId"])
    return "ok"


QUESTIONS = (
    Question(
        "program.life",
        "Does the program go through up, quiet previews, a change of a client and destroy?",
        "with --stack: pulumi and the vendor's provider, in a stack of the run's own",
        "What a preview would change, and the code of what failed, is a fault here; `behave --from` plays the answers' shapes.",
        life,
    ),
)
