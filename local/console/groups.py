"""Server groups with their servers and health: what the ALB console shows under Server Groups."""

from typing import Any

from local.console.balancers import Overview
from local.console.layout import Body, code, facts, lead, lines, table
from local.console.markup import Child, element, joined
from local.console.sources import Sources, find, health_summary, health_word, listener_link, text
from local.places import CONSOLE_PATH
from local.proxy import health_checks, inventory, servers
from local.proxy.health import UNUSED

HEADS = ("Server group", "Health", "Servers", "Protocol", "Scheduler", "Health check", "Used by")


def page(sources: Sources) -> Body:
    """Every server group."""
    overview = Overview(sources)
    users = _users(overview)
    rows = (_row(overview, group, users.get(name, [])) for name, group in overview.seen.server_groups.items())
    about = lead(
        "What the ALB console shows under Server Groups. Only groups that a served listener forwards to are checked; servers "
        "of the others are unused."
    )
    listed = table("Server groups", HEADS, rows, "There is no server group.")
    return Body("server-groups", "Server groups", joined([about, listed]))


def _users(overview: Overview) -> dict[str, list[dict[str, Any]]]:
    """Listeners by the group that they forward to."""
    found: dict[str, list[dict[str, Any]]] = {}
    for listener in overview.seen.listeners:
        for group in inventory.groups_of(overview.seen, listener):
            found.setdefault(group, []).append(listener)
    return found


def _row(overview: Overview, group: dict[str, Any], users: list[dict[str, Any]]) -> list[Child]:
    identifier = str(group["ServerGroupId"])
    return [
        lines([overview.group(identifier), code(identifier)]),
        health_summary(overview.states(identifier)),
        str(len(group.get("Servers") or [])),
        text(group, "Protocol"),
        text(group, "Scheduler"),
        _check(group),
        lines(listener_link(listener, overview.seen.load_balancers) for listener in users),
    ]


def _check(group: dict[str, Any]) -> str:
    """The health check in one line."""
    if not health_checks.enabled(group):
        return "off"
    config = group.get("HealthCheckConfig") or {}
    probe = [config.get("HealthCheckMethod"), config.get("HealthCheckPath")]
    asked = " ".join(str(part) for part in probe if part) if health_checks.protocol(group) in ("HTTP", "HTTPS") else ""
    return f"{health_checks.protocol(group)} {asked} every {config.get('HealthCheckInterval') or 2} s".replace(
        "  ", " "
    )


def group_page(sources: Sources, identifier: str) -> Body:
    """One server group with its servers. Raises Missing."""
    overview = Overview(sources)
    group = find(dict(overview.seen.server_groups), identifier, "server group")
    described = facts([
        ("Server group ID", code(identifier)),
        ("Health", health_summary(overview.states(identifier))),
        ("Type", text(group, "ServerGroupType")),
        ("Protocol", text(group, "Protocol")),
        ("Scheduler", text(group, "Scheduler")),
        ("Health check", _check(group)),
        ("Used by", lines(listener_link(one, overview.seen.load_balancers) for one in _users(overview).get(identifier, []))),
    ])  # fmt: skip
    known = overview.health.get(identifier, {})
    found = servers.members(overview.seen, overview.sources.placement, group)
    rows = [_server(one, known.get((one.ip, one.port), UNUSED)) for one in found]
    rows += [[one, health_word(UNUSED), "-", "-", "not found", "-"] for one in _missing(overview, group)]
    heads = ("Server", "Health", "Address", "Weight", "ID", "Served at")
    listed = table("Servers", heads, rows, "This server group has no server.")
    back = element("p", element("a", "All server groups", href=f"{CONSOLE_PATH}server-groups"))
    name = text(group, "ServerGroupName", otherwise=identifier)
    return Body("server-groups", f"Server group {name}", joined([described, listed, back]))


def _missing(overview: Overview, group: dict[str, Any]) -> list[str]:
    return servers.missing(overview.seen, overview.sources.placement, group)


def _server(member: servers.Member, state: str) -> list[Child]:
    return [
        member.name,
        health_word(state),
        code(f"{member.ip}:{member.port}"),
        str(member.weight),
        code(member.identifier),
        code(f"{member.address}:{member.local_port}"),
    ]
