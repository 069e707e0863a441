"""What a server group costs in a preview: 10, 100 and 1,000 of them, against as many bare components."""

from benchmarks.measuring import Comparison, seconds
from tests.engine.sandbox import Sandbox

SIZES = (10, 100, 1000)
PROJECT = "name: bare\nruntime:\n  name: python\n  options: {toolchain: pip, virtualenv: .venv}\n"
PROGRAM = """
import pulumi
class Bare(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("bare:index:Bare", name)
        self.register_outputs({{}})
for number in range({count}):
    Bare(f"bare-{{number}}")
"""


def groups(count: int) -> dict:
    """`count` server groups of IP type with one server each."""
    return {
        f"g{number}": {"type": "ip", "port": 8080, "servers": {"s": f"10.{number // 250}.{number % 250}.10"}}
        for number in range(count)
    }


def per_group(stack: Sandbox, count: int) -> Comparison:
    """Milliseconds of preview per server group, beyond the same stack without them."""
    network = {"vpcId": "vpc-bench", "zones": {"ap-southeast-1a": "vsw-a", "ap-southeast-1b": "vsw-b"}}
    changes = {
        "mtlsedge:network": network,
        "mtlsedge:listener": None,
        "mtlsedge:loadBalancer": None,
        "mtlsedge:domain": None,
        "mtlsedge:serverCertificate": None,
    }
    with stack.changed(changes | {"mtlsedge:serverGroups": groups(1)}):
        base = seconds(stack.preview)
    with stack.changed(changes | {"mtlsedge:serverGroups": groups(count)}):
        whole = seconds(stack.preview)
    bare = stack.root / "bare"
    bare.mkdir(exist_ok=True)
    (bare / "Pulumi.yaml").write_text(PROJECT)
    if not (bare / ".venv").exists():
        (bare / ".venv").symlink_to(stack.root / ".venv")
    stack.run("pulumi", "--cwd", str(bare), "stack", "init", "local", "--non-interactive", check=False)
    command = ("pulumi", "--cwd", str(bare), "preview", "--non-interactive", "--stack", "local")
    (bare / "__main__.py").write_text(PROGRAM.format(count=1))
    bare_base = seconds(lambda: stack.run(*command))
    (bare / "__main__.py").write_text(PROGRAM.format(count=count))
    bare_whole = seconds(lambda: stack.run(*command))
    ours, beside = (1000 * (whole - base) / count, 1000 * (bare_whole - bare_base) / count)
    return Comparison(
        f"preview of {count} server groups, each",
        ours,
        max(beside, 0.01),
        "ms",
        f"{count} bare components (the engine's own cost); beyond it {ours - beside:.1f} ms",
        "under 6 ms beyond",
    )
