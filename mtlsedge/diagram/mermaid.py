"""The same picture as a Mermaid flow chart, for pages that render it (GitHub, GitLab)."""

import re
from dataclasses import dataclass

from mtlsedge.diagram.picture import WITHOUT_PROOF, Card, EntryPoint, Group, Picture

LINE = re.compile(
    r"""flowchart\ LR | \s*end
    | \s*subgraph\ \w+\ \[(?:\w+|"[^"`]*")\]
    | \s*\w+(?:\[\w+\] | \["[^"`]*"\] | \(\["[^"`]*"\]\))
    | \s*\w+\ -\.?->(?:\|(?:[\w\ ]+|"[^"`]*")\|)?\ \w+""",
    re.VERBOSE,
)
"""Every line that `draw` can write. Links, scripts, styles and directives are none of them."""


def is_ours(text: str) -> bool:
    """Whether a text is a chart as `draw` makes it, so that one from outside can be shown."""
    lines = text.rstrip("\n").split("\n")
    return lines[0] == "flowchart LR" and all(LINE.fullmatch(line) for line in lines)


def draw(picture: Picture) -> str:
    """The Mermaid text."""
    entry_points = [
        _EntryPoint(entry, "" if number == 1 else str(number)) for number, entry in enumerate(picture.entry_points, 1)
    ]
    lines = ["flowchart LR", *_clients(picture)]
    for part in (_EntryPoint.name, _EntryPoint.balancer, _EntryPoint.groups):
        lines += [line for entry in entry_points for line in part(entry)]
    lines += [*_trust(picture), "  authority -.->|signs| clients"]
    lines += [link for entry in entry_points for link in entry.links()]
    lines += ["  authority -.->|upload| repository"] if picture.repository else []
    holder = "repository" if picture.repository else "authority"
    anchored = [entry.suffix for entry in entry_points if entry.entry.clients is None]
    return "\n".join([*lines, *(f"  {holder} -.->|trust anchor| https{suffix}" for suffix in anchored), ""])


def _clients(picture: Picture) -> list[str]:
    cards = [f"    {_node(f'client{number}', card)}" for number, card in enumerate(picture.clients)]
    return ["  subgraph clients [Clients]", *(cards or ["    client0[none]"]), "  end"]


@dataclass(frozen=True)
class _EntryPoint:
    """One entry point; the suffix keeps the names of its nodes apart from another's."""

    entry: EntryPoint
    suffix: str

    def name(self) -> list[str]:
        suffix, own = self.suffix, self.entry.clients
        others = [] if own is None else [f"  clients{suffix}[{_quoted(('Clients of its own CA', *own))}]"]
        return [*others, f"  name{suffix}([{_quoted(self.entry.hosts or ('no name',))}])"]

    def balancer(self) -> list[str]:
        entry, suffix = self.entry, self.suffix
        mode = "mutual TLS" if entry.mutual else "client certificates OFF"
        https = Card(f"{entry.https.title} · {mode}", entry.https.lines)
        http = [f"    {_node(f'http{suffix}', entry.http)}"] if entry.http else []
        opening = f"  subgraph balancer{suffix} [{_quoted((entry.balancer,))}]"
        return [opening, *http, f"    {_node(f'https{suffix}', https)}", "  end"]

    def groups(self) -> list[str]:
        lines = []
        for key, group in self._keyed():
            heading = (group.title, group.detail) if group.detail else (group.title,)
            lines.append(f"  subgraph group{key} [{_quoted(heading)}]")
            members = group.servers or ("servers kept elsewhere",)
            lines += [f"    server{key}x{place}[{_quoted((server,))}]" for place, server in enumerate(members)]
            lines.append("  end")
        return lines

    def links(self) -> list[str]:
        suffix = self.suffix
        clients = "clients" if self.entry.clients is None else f"clients{suffix}"
        links = [f"  {clients} -->|TLS| name{suffix}", f"  name{suffix} --> https{suffix}"]
        if self.entry.http:
            links.append(f"  name{suffix} -.->|plain HTTP| http{suffix}")
            if not any(group.is_in_clear for group in self.entry.groups):
                links.append(f"  http{suffix} -.->|redirect| https{suffix}")
        for key, group in self._keyed():
            if group.is_in_clear:
                links.append(f"  http{suffix} -->|{WITHOUT_PROOF}| group{key}")
            if group.condition != "":
                said = [*filter(None, [group.condition]), *([] if self.entry.mutual else [WITHOUT_PROOF])]
                label = f"|{_quoted(tuple(said))}|" if said else ""
                links.append(f"  https{suffix} -->{label} group{key}")
        return links

    def _keyed(self) -> list[tuple[str, Group]]:
        """The groups, each with the key its nodes are called by."""
        before = f"{self.suffix}x" if self.suffix else ""
        return [(f"{before}{number}", group) for number, group in enumerate(self.entry.groups)]


def _trust(picture: Picture) -> list[str]:
    cards = [("authority", picture.authority), ("repository", picture.repository)]
    return [f"  {_node(name, card)}" for name, card in cards if card]


def _node(name: str, card: Card) -> str:
    return f"{name}[{_quoted((card.title, *(line.strip() for line in card.lines)))}]"


def _quoted(lines: tuple[str, ...]) -> str:
    """Lines as one label; quotes and angle brackets as the entities Mermaid reads."""
    safe = [_safe(" ".join(line.split())) for line in lines]
    return f'"{"<br/>".join(safe)}"'


def _safe(line: str) -> str:
    for sign, entity in (("&", "#amp;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("`", "#96;")):
        line = line.replace(sign, entity)
    return line
