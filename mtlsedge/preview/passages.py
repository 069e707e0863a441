"""What a preview says about security groups: who gets to servers past the load balancer, before and after."""

from dataclasses import replace

from exposure import security_groups
from exposure.facts import UNKNOWN
from exposure.security_groups import Passage
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview


def after(preview: Preview) -> list[Passage]:
    """What rules let in or refuse after the change. One that refuses in a group that is not told is left out."""
    made = [one for one in t.of_type(preview, t.SECURITY_GROUP) if one.is_made]
    remade = {one.id for one in made if one.operation == "replace"}
    found = []
    for one in _rules(preview):
        if (passage := security_groups.passage(one.new)) is None:
            continue
        if passage.group == UNKNOWN and passage.is_refused:
            before = str((one.old or {}).get("securityGroupId", ""))
            mine = {before} & remade or (remade if len(made) == 1 else set())
            found += [replace(passage, group=group) for group in mine]
        else:
            found.append(passage)
    return found


def opened(preview: Preview) -> list[tuple[Change, Passage]]:
    """Rules that let in something of the Internet which no rule let in before, each with that."""
    before = [found for one in _rules(preview) if (found := security_groups.passage(one.old)) is not None]
    changed = ((one, security_groups.opened(one.new, before)) for one in _rules(preview) if one.is_change)
    return [(one, found) for one, found in changed if found is not None]


def declared_groups(preview: Preview) -> frozenset[str]:
    """Groups that the stack has before and after. It is taken to have all of their rules."""
    groups = t.of_type(preview, t.SECURITY_GROUP)
    return frozenset(one.id for one in groups if one.operation not in ("create", "import") and one.new is not None)


def shown(found: Passage) -> str:
    """A passage in words."""
    first, last = found.ports
    every = found.ports == security_groups.ANY_PORT
    return f"{found.network} to {'every port' if every else f'port {first}' if first == last else f'ports {first} to {last}'}"


def guarded_ports(preview: Preview) -> frozenset[int]:
    """The ports of servers behind mutual TLS, as far as they are told."""
    return frozenset(port for port in map(_port, preview.once(t.guarded)) if port is not None)


def are_guarded_ports_told(preview: Preview) -> bool:
    """Whether each server behind mutual TLS has a port that is told. What a cluster's services have, a preview does not tell."""
    return None not in map(_port, preview.once(t.guarded))


def _port(server: str) -> int | None:
    text = server.rpartition(":")[2]
    return int(text) if text.isdigit() else None


def _rules(preview: Preview) -> list[Change]:
    return list(t.of_type(preview, t.SECURITY_RULE))
