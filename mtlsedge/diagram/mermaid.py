"""The same picture as a Mermaid flow chart, for pages that render it (GitHub, GitLab)."""

import re

from mtlsedge.diagram.picture import Card, Picture

LINE = re.compile(
    r"""flowchart\ LR | \s*end
    | \s*subgraph\ \w+\ \[(?:\w+|"[^"`]*")\]
    | \s*\w+(?:\[\w+\] | \["[^"`]*"\] | \(\["[^"`]*"\]\))
    | \s*\w+\ -\.?->(?:\|(?:[\w\ ]+|"[^"`]*")\|)?\ \w+""",
    re.VERBOSE,
)
"""Every line that `draw` can write. Links, scripts, styles and directives are none of them."""


def is_ours(text: str) -> bool:
    """Whether a text is a chart as `draw` makes it, so that it can be shown although somebody else drew it."""
    lines = text.rstrip("\n").split("\n")
    return lines[0] == "flowchart LR" and all(LINE.fullmatch(line) for line in lines)


def draw(picture: Picture) -> str:
    """The Mermaid text."""
    lines = ["flowchart LR", *_clients(picture), *_balancer(picture), *_groups(picture), *_trust(picture)]
    return "\n".join([*lines, *_links(picture), ""])


def _clients(picture: Picture) -> list[str]:
    cards = [f"    {_node(f'client{number}', card)}" for number, card in enumerate(picture.clients)]
    name = f"  name([{_quoted(picture.hosts or ('no name',))}])"
    return ["  subgraph clients [Clients]", *(cards or ["    client0[none]"]), "  end", name]


def _balancer(picture: Picture) -> list[str]:
    mode = "mutual TLS" if picture.mutual else "client certificates OFF"
    https = Card(f"{picture.https.title} · {mode}", picture.https.lines)
    http = [f"    {_node('http', picture.http)}"] if picture.http else []
    return [f"  subgraph balancer [{_quoted((picture.balancer,))}]", *http, f"    {_node('https', https)}", "  end"]


def _groups(picture: Picture) -> list[str]:
    lines = []
    for number, group in enumerate(picture.groups):
        lines.append(f"  subgraph group{number} [{_quoted((f'server group {group.name}', group.detail))}]")
        members = group.servers or ("servers kept elsewhere",)
        lines += [f"    server{number}x{place}[{_quoted((server,))}]" for place, server in enumerate(members)]
        lines.append("  end")
    return lines


def _trust(picture: Picture) -> list[str]:
    cards = [("authority", picture.authority), ("repository", picture.repository)]
    return [f"  {_node(name, card)}" for name, card in cards if card]


def _links(picture: Picture) -> list[str]:
    links = ["  clients -->|TLS| name", "  name --> https", "  authority -.->|signs| clients"]
    if picture.http:
        links += ["  name -.->|plain HTTP| http", "  http -.->|redirect| https"]
    for number, group in enumerate(picture.groups):
        label = f"|{_quoted((group.condition,))}|" if group.condition else ""
        links.append(f"  https -->{label} group{number}")
    if picture.repository:
        return [*links, "  authority -.->|upload| repository", "  repository -.->|trust anchor| https"]
    return [*links, "  authority -.->|trust anchor| https"]


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
