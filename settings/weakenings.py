"""`mtlsedge:acceptWeakening`: what a change makes less safe on purpose, and why. Read by `mtlsedge preview`.

An entry holds for the change that brings it: left in the file, it accepts nothing later.
"""

from mtlsedge_components.reading.nodes import Form, Node

KINDS = (
    "access-log-off", "authority-replaced", "calls-in-clear", "client-verification-off", "deletion-protection-off",
    "foreign-endpoint", "header-forwarding-off", "networks-widened", "not-judged", "path-past-mutual-tls",
    "public-address", "script-changed", "tls-floor-lowered", "tls-weaker",
)  # fmt: skip
SHORTEST_REASON = 15
"""Characters; enough for a reason, too many for a shrug."""
KIND = Form(f"one of {', '.join(KINDS)}", lambda text: text in KINDS, "|".join(KINDS))
REASON = Form(
    f"a reason of {SHORTEST_REASON} to 300 characters on one line",
    lambda text: len(text.strip()) >= SHORTEST_REASON and len(text) <= 300 and text.isprintable(),
    rf".{{{SHORTEST_REASON},300}}",
)


def read_accepted(node: Node) -> None:
    """Notes each accepted weakening, with its reason, among those in force."""
    for _, child in [] if node.value is None else node.entries(KIND):
        reason = child.text(REASON)
        node.findings.weaken(child.path, reason)
