"""The topology as it is at this moment: who gets in where, and which servers answer. A picture that a screen reader can read."""

import json
import time
from collections.abc import Iterator
from typing import Any

from local.console.balancers import Overview, mutual_authentication, state
from local.console.layout import IDLE, Body, code, lead, lines, link, word
from local.console.markup import Child, Markup, element, joined
from local.console.sources import Sources, health_summary, health_word, protocol_and_port, text
from local.places import CONSOLE_PATH
from local.proxy import inventory, servers
from local.proxy.health import UNUSED

TICK_SECONDS = 1.0
BEAT_SECONDS = 10
"""A comment is sent so often into a quiet stream: only then is a reader noticed that has gone."""
MOST_SERVERS = 12
"""Servers of a group that are drawn; of more it is said how many there are."""
ABOUT = "Who gets in where, and who answers behind: each listener from its clients to its servers. Health is what Envoy sees at this moment."


def page(sources: Sources) -> Body:
    """The picture; a script draws it anew when something changed."""
    shown = element("div", picture(sources), id="picture", data_stream=f"{CONSOLE_PATH}stream/topology")
    said = element("p", class_="empty", id="live-state", role="status")
    return Body("topology", "Topology", joined([lead(ABOUT), said, shown]), script="picture.js")


class Picture:
    """The picture as a stream of events."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def events(self) -> Iterator[bytes]:
        """The picture as it is, and again whenever it is another one."""
        last, quiet_since = "", time.monotonic()
        while True:
            drawn = picture(self._sources)
            if drawn != last:
                yield f"event: picture\ndata: {json.dumps({'html': drawn})}\n\n".encode()
                last, quiet_since = drawn, time.monotonic()
            elif time.monotonic() - quiet_since > BEAT_SECONDS:
                yield b": still here\n\n"
                quiet_since = time.monotonic()
            time.sleep(TICK_SECONDS)


def picture(sources: Sources) -> Markup:
    """A section for each load balancer, a row of boxes for each of its listeners."""
    overview = Overview(sources)
    drawn = [_balancer(overview, one) for one in overview.seen.load_balancers.values()]
    nothing = element("p", "There is no load balancer. ", code("pulumi up"), " makes one.", class_="empty")
    return joined(drawn or [nothing])


def _balancer(overview: Overview, balancer: dict[str, Any]) -> Markup:
    name = text(balancer, "LoadBalancerName", "LoadBalancerId")
    own = [one for one in overview.seen.listeners if one["LoadBalancerId"] == balancer["LoadBalancerId"]]
    ways = [_way(overview, balancer, one) for one in own]
    nothing = element("p", "This load balancer has no listener.", class_="empty")
    return element("section", element("h2", name), *(ways or [nothing]))


def _way(overview: Overview, balancer: dict[str, Any], listener: dict[str, Any]) -> Markup:
    """From left to right, on a phone from top to bottom."""
    groups = sorted(inventory.groups_of(overview.seen, listener))
    behind = [_group(overview, one) for one in groups] or [_box("Servers", word(IDLE, "none"))]
    return element(
        "ol",
        element("li", _clients(overview, listener)),
        element("li", _listener(overview, balancer, listener)),
        element("li", *behind),
        class_="way",
    )


def _box(title: Child, *facts: Child) -> Markup:
    return element("div", element("h3", title), *(element("div", one) for one in facts), class_="box")


def _clients(overview: Overview, listener: dict[str, Any]) -> Markup:
    if listener.get("ListenerProtocol") != "HTTPS" or not listener.get("CaEnabled"):
        return _box("Clients", "anybody")
    return _box("Clients", "with a certificate of", overview.authority(listener))


def _listener(overview: Overview, balancer: dict[str, Any], listener: dict[str, Any]) -> Markup:
    names = [
        f"{one['RR']}.{one['DomainName']}"
        for one in overview.sources.store.list("alidns.record")
        if one.get("Type") == "CNAME" and one.get("Value") == balancer.get("DNSName")
    ]
    has_tls = listener.get("ListenerProtocol") == "HTTPS"
    return _box(
        link("listeners", listener["ListenerId"], protocol_and_port(listener)),
        state(listener.get("ListenerStatus")),
        joined([mutual_authentication(listener), " mutual authentication" if has_tls else None]),
        overview.place(listener),
        *([lines(code(one) for one in names)] if names else []),
    )


def _group(overview: Overview, identifier: str) -> Markup:
    document = overview.seen.server_groups.get(identifier) or {}
    found = servers.members(overview.seen, overview.sources.placement, document) if document else []
    known = overview.health.get(identifier, {})
    drawn = [
        joined([health_word(known.get((one.ip, one.port), UNUSED)), " ", one.name]) for one in found[:MOST_SERVERS]
    ]
    more = [f"and {len(found) - MOST_SERVERS} more"] if len(found) > MOST_SERVERS else []
    below = [lines([*drawn, *more])] if drawn else []
    return _box(overview.group(identifier), health_summary(overview.states(identifier)), *below)
