"""The topology as lines of text, for a terminal."""

from collections.abc import Iterator

from mtlsedge.diagram.picture import WITHOUT_PROOF, Card, EntryPoint, Group, Picture


def draw(picture: Picture) -> str:
    """What the picture shows, one thing a line."""
    return "".join(f"{line}\n" for line in _lines(picture))


def _lines(picture: Picture) -> Iterator[str]:
    yield picture.title
    for card in (picture.authority, *([picture.repository] if picture.repository else [])):
        yield from _card(card)
    for client in picture.clients:
        yield f"  Client {client.title}: {', '.join(client.lines)}"
    for entry in picture.entry_points:
        yield from _entry_point(entry)


def _entry_point(entry: EntryPoint) -> Iterator[str]:
    yield f"  {entry.balancer}, for {', '.join(entry.hosts)}"
    proof = "client certificate demanded" if entry.mutual else "NO client certificate demanded"
    yield from _card(Card(f"{entry.https.title}, {proof}", entry.https.lines), "    ")
    if entry.http:
        yield from _card(entry.http, "    ")
    for group in entry.groups:
        yield from _group(group)


def _group(group: Group) -> Iterator[str]:
    reached = {None: "", "": ", reached by no rule"}.get(group.condition, f", {group.condition}")
    in_clear = f", over plain HTTP with {WITHOUT_PROOF}" if group.is_in_clear else ""
    yield from _card(Card(f"{group.title}{reached}{in_clear}", (group.detail, *group.servers)), "    ")


def _card(card: Card, indent: str = "  ") -> Iterator[str]:
    yield f"{indent}{card.title}"
    yield from (f"{indent}  {line}" for line in card.lines)
