"""What a client costs: in previews at several numbers of them, and in `up` at one.

A client is a component with two dynamic resources, a key and a certificate. Beside it run as many components with two
dynamic resources that do nothing. Previews grow in proportion. `up` on a `file://` backend does not, in either program:
the engine writes the whole state at every step, which for 1,000 clients (3,000 resources) takes most of an hour; what
remains without that, `--skip-checkpoints` shows. No stack is ever run that way outside of measurements.
"""

from collections.abc import Iterator

from benchmarks.bare import Beside
from benchmarks.each import Each
from benchmarks.measuring import Comparison, Cost, Goal, cost
from benchmarks.workplace import Workplace
from tests.engine.sandbox import Sandbox

NOTHING = """
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult

class NothingProvider(ResourceProvider):
    serialize_as_secret_always = False

    def create(self, props):
        return CreateResult("nothing", props)

    def diff(self, _id, olds, news):
        return DiffResult(changes=olds["value"] != news["value"])

    def update(self, _id, _olds, news):
        return UpdateResult(news)

class Nothing(Resource, module="bench", name="Nothing"):
    def __init__(self, name, value, opts):
        super().__init__(NothingProvider(), name, {"value": value}, opts)
"""
PROGRAM = """
import pulumi
from nothing import Nothing

class Pair(pulumi.ComponentResource):
    def __init__(self, name, value):
        super().__init__("bench:index:Pair", name)
        child = pulumi.ResourceOptions(parent=self)
        Nothing(f"{{name}}-one", "same", child)
        Nothing(f"{{name}}-two", value, child)
        self.register_outputs({{}})

for number in range({count}):
    Pair(f"pair-{{number}}", "{value}" if number == 0 else "same")
"""
OTHERS = ("listener", "loadBalancer", "domain", "serverCertificate", "network", "serverGroups")
SANDBOX_NUMBER = 8
LINEAR = 1.25
"""Cost of each client at one size over that at a smaller one, up to which a preview counts as linear."""
MANY = 100
"""Sizes beyond which that is judged: among few the start of the processes varies by more than a client costs."""
WITHOUT_CHECKPOINTS = {"PULUMI_EXPERIMENTAL": "true", "PULUMI_SKIP_CHECKPOINTS": "true"}


def previews(place: Workplace) -> Iterator[Comparison]:
    """Milliseconds of preview a client that is to be made, beyond the first."""
    beside = Beside(place.stack, "pairs", nothing=NOTHING)
    ours, bare = Each(lambda count: _preview(place.stack, count)), Each(lambda count: _preview_bare(beside, count))
    fewer: Cost | None = None
    for count in place.sizes:
        of_each = ours.of(count)
        goals = (linearity(of_each, fewer),) if fewer and count > MANY else ()
        title = f"preview of {count} clients, each"
        yield Comparison(title, of_each, bare.of(count), "as many that do nothing", "ms", 1000, goals)
        fewer = of_each


def linearity(of_each: Cost, fewer: Cost) -> Goal:
    """Whether one client among many costs what one among fewer does: growth with the square would cost ten times that."""
    words = f"linear: each at most {LINEAR} times what it is among fewer"
    return Goal(words, of_each.over(fewer), lambda ratio: ratio <= LINEAR)


def ups(place: Workplace) -> Iterator[Comparison]:
    """`up` of a stack with many clients: the first, one without a change, and one with one client changed."""
    stack = Sandbox(place.stack.root / "clients", SANDBOX_NUMBER)
    stack.start()
    try:
        stack.init()
        yield from _ups(stack, place.clients, skip_checkpoints=place.skip_checkpoints)
    finally:
        stack.stop()


def _ups(stack: Sandbox, count: int, *, skip_checkpoints: bool) -> Iterator[Comparison]:
    beside = Beside(stack, "pairs", nothing=NOTHING)
    environment = stack.environment() | (WITHOUT_CHECKPOINTS if skip_checkpoints else {})
    how = ", no checkpoints" if skip_checkpoints else ""
    for step, days, value in (("first", 30, "same"), ("no-change", 30, "same"), ("one changed:", 31, "other")):
        beside.program(PROGRAM.format(count=count, value=value))
        with stack.changed(only_clients(count, days)):
            ours = cost(lambda: stack.up(env=environment))
        bare = cost(lambda: beside.up(env=environment))
        yield Comparison(f"{step} up, {count} clients{how}", ours, bare, "as many that do nothing")


def only_clients(count: int, days: int = 30) -> dict:
    """Changes of the stack file: an authority with `count` clients, the first valid for `days`, and no entry point."""
    clients: dict[str, dict] = {f"c{number}": {} for number in range(count)}
    clients["c0"] = {"validityDays": days}
    return {**{f"mtlsedge:{key}": None for key in OTHERS}, "mtlsedge:clients": clients}


def _preview(stack: Sandbox, count: int) -> None:
    with stack.changed(only_clients(count)):
        stack.preview()


def _preview_bare(beside: Beside, count: int) -> None:
    beside.program(PROGRAM.format(count=count, value="same"))
    beside.preview()
