"""`python -m exposure.page > docs/reference/exposure.md`: the table of properties as a page."""

import sys
from collections.abc import Iterator

from exposure.properties import ANY, READ, TYPES, UNJUDGED, UNREAD_TYPES, Line

HEAD = """# What a verdict reads

Every property of the provider's resources, and every field of an AlbConfig, that could let somebody in, and how
`mtlsedge preview` decides on it. Made from `exposure/properties.py` by `python -m exposure.page > docs/reference/exposure.md`;
a test fails when the installed provider has a property or a resource type that stands neither here nor there.

* **read**: the function in the third column reads it; a change for the worse is a weakening.
* **not judged**: it may let somebody in and no function reads it; a change ends in exit status 3.
* **harmless**: why it lets nobody in.
"""

STRICT = {
    "which cipher suites that adds is not published": "A custom policy takes the place of one of the vendor's, or the other way round. The vendor's pages do not say which suites theirs have.",
    "is not declared in the stack or hidden": "Several policies are made at once and none has an id yet: any of them may be the listener's.",
    "no rule reads a": "A load balancer of another service is made anew, just as it was.",
    "QUIC past mutual TLS": "A listener with QUIC reaches no server yet, or lets in nobody.",
    "plain HTTP past mutual TLS": "Several listeners are made anew at once: a rule of one of them may be of each. Or several patterns together take what one took.",
    "HTTPS past mutual TLS": "The same at a listener that asks for no certificate.",
    "TCP past mutual TLS": "The same at a network load balancer.",
    "UDP past mutual TLS": "The same at a network load balancer.",
    "servers for": "Several listeners together let in as many before, none of them alone.",
    "servers over": "The same of TLS.",
    "whether servers are reached by": "The same of a proof that cannot be read, or of servers that may be in a group which the stack does not declare.",
    "servers at a public address": "The same of the address.",
    "servers open to": "Two rules of a security group together let in as many before, none of them alone. Or no server is in the group, which a preview does not tell.",
    "network may connect": "A list of allowed networks becomes one of refused networks, a list that allowed 0.0.0.0/0 (no IPv6 address) goes, or networks of the Internet are let in to an address of an inner network, where none arrives, or a load balancer's security group refuses no more at a port where it has no listener that the stack declares, or a rule of a load balancer's security group lets in at the priority of one that refuses.",
    "networks may connect": "The same, or several entries together hold another.",
    "which networks it lets in": "The same of a list that cannot be read.",
    "whom it lets in is a secret": "A security group's rule is about a list of prefixes: the stack does not tell what is in it.",
    "another rule of its security group": "A rule gets another priority, and no other rule is about the same requests.",
    "refuse at its new port": "The port is a secret, or known after `up` only, and is the one of before.",
    "whether it served anybody before": "A server group that another program declares had servers.",
    "which list it is an entry of": "The list is the one that it was of before, or one that no listener uses.",
    "whether requests need a certificate": "A rule or its actions change at a listener, or for a rule, that the stack does not declare.",
    "whether it reaches servers behind mutual TLS": "Servers are named by address or by a scaling group: they may be those behind mutual TLS under another name.",
    "whether it lets in to servers behind mutual TLS": "A security group's rule lets a network of the Internet in to a port, and a preview does not tell the ports of a cluster's services.",
    "client verification off": "A listener's list, or its load balancer's inner address, lets in nobody.",
    "CA replaced": "The same.",
    "TLS floor": "The same.",
    "TLS off": "The same.",
    "public address": "The same.",
    "weaker TLS policy": "The same, or TLS 1.3 goes and forward secrecy stays.",
}
"""A part of a finding -> when it is said of a change that lets nobody in."""


def render() -> str:
    """The whole page."""
    return "\n".join([HEAD, *_tables(), *_unread(), *_strict()]) + "\n"


def _tables() -> Iterator[str]:
    for type_, lines in TYPES.items():
        yield f"## `{type_}`\n"
        yield "| property | verdict | by, or why |\n| --- | --- | --- |"
        for path, line in sorted(lines.items()):
            yield f"| `{path.replace('.', ' / ')}` | {line.kind} | {_text(line)}{_first_seen(line)} |"
        yield ""


def _text(line: Line) -> str:
    if line.kind == READ:
        return f"`{line.text}`"
    former = {"": "", ANY: "; where it was something else before"}.get(
        line.only_from, f"; where it was `{line.only_from}`"
    )
    past = "; not where every client shows a certificate" if line.only_past_mutual_tls else ""
    return f"{line.text}{former if line.kind == UNJUDGED else ''}{past}"


def _first_seen(line: Line) -> str:
    return f" (of `pulumi_alicloud` {line.since}, not of the pinned one)" if line.since else ""


def _unread() -> Iterator[str]:
    yield "## Types that nothing reads\n\nEach change of one of these is not judged.\n"
    yield from (f"* `{one}`" for one in UNREAD_TYPES)


def _strict() -> Iterator[str]:
    yield (
        "\n## What is said of a harmless change\n\n"
        "A verdict errs to one side. `make exposure` compares it on 20,000 generated changes with a simulator of single\n"
        "requests: no change that lets a request in passes, and under 2 % of those that let none in are called less safe\n"
        "all the same; some more are not judged. They are of these kinds; a test fails at any other.\n\n"
        "An id that is known after `up` only is taken for that of a new thing, if the change makes one of its type. Where\n"
        "it makes none, the finding is *not judged*.\n\n"
        "| finding | when |\n| --- | --- |"
    )
    yield from (f"| {part} | {why} |" for part, why in STRICT.items())


if __name__ == "__main__":
    sys.stdout.write(render())
