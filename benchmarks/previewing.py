"""What `mtlsedge preview` with a comment costs, against the `pulumi preview` inside it; and what a snapshot costs."""

from collections.abc import Iterator

from benchmarks.measuring import Comparison, Goal, costs_in_turn
from benchmarks.scaling import only_groups
from benchmarks.workplace import Workplace
from tests.engine.sandbox import STACK, Sandbox

ROUNDS = 3
AT_MOST = 1.15
CHANGE = {"mtlsedge:domain": {"zone": "example.test", "names": ["www"], "ttl": 900}}


def comments(place: Workplace) -> Iterator[Comparison]:
    """Preview and comment: of the whole stack, from its public snapshot, and with many server groups more."""
    stack = place.up()
    snapshot = stack.root / "snapshot.json"
    _publish(stack)
    with stack.changed(CHANGE):
        yield _comparison(stack, "preview and comment, the whole local stack", ROUNDS)
        yield _comparison(stack, "the same without secrets", ROUNDS, "--snapshot", str(snapshot))
    many = max(place.sizes)
    with stack.changed({**CHANGE, "mtlsedge:serverGroups": _more_groups(stack, many)}):
        yield _comparison(stack, f"preview and comment, {many} server groups more", 1)
        yield _comparison(stack, f"the same without secrets, {many} more", 1, "--snapshot", str(snapshot))


def snapshots(place: Workplace) -> Iterator[Comparison | str]:
    """Publishing a snapshot of the whole stack: time and size."""
    stack = place.up()
    ours, export = costs_in_turn(lambda: _publish(stack), stack.state, ROUNDS)
    yield Comparison("snapshot of the local stack", ours, export, "`pulumi stack export`, secrets left encrypted")
    size, state = (stack.root / "snapshot.json").stat().st_size, len(stack.state().encode())
    yield f"size of the snapshot\n    {size:,} bytes; the state it is made from: {state:,} bytes"


def _more_groups(stack: Sandbox, count: int) -> dict:
    return {**stack.read_config()["config"]["mtlsedge:serverGroups"], **only_groups(count)["mtlsedge:serverGroups"]}


def _publish(stack: Sandbox) -> None:
    stack.python("-m", "mtlsedge", "snapshot", "publish", "--to", str(stack.root / "snapshot.json"), "--stack", STACK)


def _comparison(stack: Sandbox, title: str, rounds: int, *arguments: str) -> Comparison:
    written = str(stack.root / "comment.md")
    command = ("-m", "mtlsedge", "preview", "--stack", STACK, "--comment", written, *arguments)
    ours, bare = costs_in_turn(lambda: stack.python(*command), stack.preview, rounds)
    goal = Goal(f"ratio at most {AT_MOST}", ours.over(bare), lambda ratio: ratio <= AT_MOST)
    return Comparison(title, ours, bare, "`pulumi preview`", goals=(goal,))
