"""What a server group costs in a preview, at several numbers of them.

Two things run beside it: as many components that do nothing, which is the engine at its barest, and as many server
groups declared by a program that does nothing else, which is what the vendor's SDK, the engine and the provider
plugin cost together for the same resources. What is ours lies between the second and what was measured.
"""

from collections.abc import Iterator

from benchmarks.bare import Beside
from benchmarks.each import Each
from benchmarks.measuring import Comparison, Cost, Goal
from benchmarks.shares import shares
from benchmarks.workplace import Workplace
from tests.engine.sandbox import Sandbox

COMPONENTS = """
import pulumi
class Bare(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("bare:index:Bare", name)
        self.register_outputs({{}})
for number in range({count}):
    Bare(f"bare-{{number}}")
"""
GROUPS = """
from pulumi_alicloud import alb
for number in range({count}):
    address = f"10.{{number // 250}}.{{number % 250}}.10"
    alb.ServerGroup(
        f"g{{number}}",
        server_group_name=f"bare-g{{number}}",
        server_group_type="Ip",
        protocol="HTTP",
        scheduler="Wrr",
        vpc_id="vpc-bench",
        health_check_config=alb.ServerGroupHealthCheckConfigArgs(
            health_check_enabled=True, health_check_protocol="HTTP", health_check_method="HEAD",
            health_check_path="/", health_check_codes=["http_2xx"], health_check_connect_port=0,
            health_check_interval=2, health_check_timeout=5, healthy_threshold=3, unhealthy_threshold=3,
        ),
        sticky_session_config=alb.ServerGroupStickySessionConfigArgs(sticky_session_enabled=False),
        servers=[
            alb.ServerGroupServerArgs(
                server_id=address, server_type="Ip", server_ip=address, port=8080, weight=100, description="g/s"
            )
        ],
        tags={{"mtlsedge:project": "mtlsedge", "mtlsedge:stack": "local"}},
    )
"""
MOST_MILLISECONDS = 6
ENTRY_POINT = ("listener", "loadBalancer", "domain", "serverCertificate")


def only_groups(count: int) -> dict:
    """Changes of the stack file: `count` server groups of IP type with one server each, and no entry point."""
    network = {"vpcId": "vpc-bench", "zones": {"ap-southeast-1a": "vsw-a", "ap-southeast-1b": "vsw-b"}}
    groups = {
        f"g{number}": {"type": "ip", "port": 8080, "servers": {"s": f"10.{number // 250}.{number % 250}.10"}}
        for number in range(count)
    }
    without = {f"mtlsedge:{key}": None for key in ENTRY_POINT}
    return {**without, "mtlsedge:network": network, "mtlsedge:serverGroups": groups}


def scaling(place: Workplace) -> Iterator[Comparison | str]:
    """Milliseconds of preview a server group, beyond the first, and whose CPU time they are."""
    components, groups = Beside(place.stack, "components"), Beside(place.stack, "groups")
    ours = Each(lambda number: _preview(place.stack, number))
    engine = Each(lambda number: _program(components, COMPONENTS, number))
    bare = Each(lambda number: _program(groups, GROUPS, number))
    for count in place.sizes:
        title, whole = f"preview of {count} server groups, each", ours.of(count)
        for what, other in (("components", engine.of(count)), ("server groups", bare.of(count))):
            yield Comparison(title, whole, other, f"{count} bare {what}", "ms", 1000, (_goal(whole - other),))
        yield _whose(place.stack, groups, count)


def _goal(beyond: Cost) -> Goal:
    milliseconds = Cost(1000 * beyond.wall, 1000 * beyond.cpu)
    words = f"under {MOST_MILLISECONDS} ms each beyond them"
    return Goal(words, milliseconds, lambda value: value < MOST_MILLISECONDS, " ms")


def _preview(stack: Sandbox, count: int) -> None:
    with stack.changed(only_groups(count)):
        stack.preview()


def _program(beside: Beside, text: str, count: int) -> None:
    beside.program(text.format(count=count))
    beside.preview()


def _whose(stack: Sandbox, groups: Beside, count: int) -> str:
    """CPU seconds of both whole previews by kind of process, one line a kind."""
    with stack.changed(only_groups(count)):
        ours = shares(stack.preview)
    bare = shares(groups.preview)
    lines = [f"CPU seconds of the whole preview, {count} server groups: ours, and bare server groups"]
    lines += [f"    {kind:<20} {seconds:8.2f} {bare.get(kind, 0.0):8.2f}" for kind, seconds in sorted(ours.items())]
    return "\n".join(lines)
