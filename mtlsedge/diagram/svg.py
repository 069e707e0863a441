"""Lays a picture out from left to right: clients, name, load balancer, servers; the authority runs below."""

from dataclasses import dataclass

from mtlsedge.diagram.canvas import Box, Canvas, Point, clipped, wrapped
from mtlsedge.diagram.picture import WITHOUT_PROOF, Card, EntryPoint, Group, Picture

MARGIN, GAP, PAD = 24.0, 10.0, 14.0
TOP, ROW_GAP = 76.0, 34.0
CLIENTS_X, CLIENTS_WIDTH = MARGIN, 220.0
NAME_X, NAME_WIDTH = 296.0, 200.0
BALANCER_X, BALANCER_WIDTH = 560.0, 336.0
GROUPS_X, GROUPS_WIDTH = 966.0, 290.0
WIDTH = GROUPS_X + GROUPS_WIDTH + MARGIN
LINE, TITLE, AREA_NAME = 18.0, 26.0, 30.0
MOST_CLIENTS, MOST_SERVERS = 5, 8
"""More than that are counted, not drawn."""


def draw(picture: Picture) -> str:
    """The SVG text."""
    canvas = Canvas()
    rows = _rows(canvas, picture.entry_points)
    clients = _clients(canvas, picture.clients, rows[0].axis)
    _arrivals(canvas, clients, rows)
    bottom = _trust(canvas, picture, clients, rows, max(clients.bottom, rows[-1].bottom) + 56)
    sheet = Canvas()
    sheet.box(Box(0.5, 0.5, WIDTH - 1, bottom + MARGIN - 1), "sheet", 12)
    sheet.text((MARGIN, 42), f"mtlsedge · {picture.title}", "heading")
    sheet.elements += canvas.elements
    return sheet.svg(WIDTH, bottom + MARGIN, f"Mutual TLS topology of {picture.title}")


@dataclass(frozen=True)
class Row:
    """Where one entry point was drawn: its names, its HTTPS listener, and how far down it reaches."""

    name: Box
    https: Box
    bottom: float
    has_own_ca: bool = False
    """Whether another CA than the picture's is trusted there."""

    @property
    def axis(self) -> float:
        """Level at which requests run from left to right."""
        return self.name.middle[1]


def _rows(canvas: Canvas, entry_points: tuple[EntryPoint, ...]) -> list[Row]:
    """The entry points, one below the other."""
    rows, top = [], TOP
    for entry in entry_points:
        rows.append(_row(canvas, entry, top))
        top = rows[-1].bottom + ROW_GAP
    return rows


def _row(canvas: Canvas, entry: EntryPoint, top: float) -> Row:
    http, https, balancer = _balancer(canvas, entry, top)
    name = _name(canvas, entry, https.y + 30)
    groups = _groups(canvas, entry.groups, top)
    _arriving(canvas, name, http, https)
    _served(canvas, entry, name.middle[1], https, groups)
    if http:
        _served_in_clear(canvas, entry, http, groups)
    bottom = max(balancer.bottom, *(group.bottom for group in groups))
    return Row(name, https, bottom, has_own_ca=entry.clients is not None)


def _card_height(card: Card) -> float:
    return PAD + TITLE + LINE * len(card.lines)


def _card(canvas: Canvas, card: Card, x: float, y: float, width: float, style: str = "card") -> Box:
    """A title and its lines in a box as high as they need."""
    box = Box(x, y, width, _card_height(card))
    canvas.box(box, style)
    canvas.text((x + PAD, y + 23), clipped(card.title, width - 2 * PAD, 14), "title")
    for number, line in enumerate(card.lines):
        indent = 10 if line.startswith(" ") else 0
        words = clipped(line.strip(), width - 2 * PAD - indent, 12)
        canvas.text((x + PAD + indent, y + 25 + LINE * (number + 1)), words, "line")
    return box


def _area(canvas: Canvas, box: Box, name: str) -> None:
    canvas.box(box, "area", 10)
    canvas.text((box.x + PAD, box.y + 21), clipped(name, box.width - 2 * PAD, 14.5), "area-name")


def _balancer(canvas: Canvas, entry: EntryPoint, top: float) -> tuple[Box | None, Box, Box]:
    """The load balancer: the HTTP listener above, if there is one, the HTTPS one below; then the box around them."""
    http = None
    http_height = _card_height(entry.http) + 34 if entry.http else 0
    height = AREA_NAME + http_height + _card_height(entry.https) + PAD
    area = Box(BALANCER_X, top, BALANCER_WIDTH, height)
    _area(canvas, area, entry.balancer)
    x, width, y = area.x + PAD, area.width - 2 * PAD, area.y + AREA_NAME
    if entry.http:
        http = _card(canvas, entry.http, x, y, width, "plain")
        if not any(group.is_in_clear for group in entry.groups):
            canvas.arrow([(http.x + 40, http.bottom), (http.x + 40, http.bottom + 34)], "arrow-plain")
            canvas.text((http.x + 50, http.bottom + 21), "redirect", "label")
    https = _card(canvas, entry.https, x, y + http_height, width, "secure")
    _badge(canvas, https, on=entry.mutual)
    return http, https, area


def _badge(canvas: Canvas, card: Box, *, on: bool) -> None:
    """Says whether the listener demands client certificates."""
    words, width = ("mutual TLS", 78) if on else ("client certificates OFF", 146)
    badge = Box(card.right - width - 10, card.y + 9, width, 20)
    canvas.box(badge, "badge" if on else "badge-off", 10)
    canvas.text((badge.middle[0], badge.y + 14), words, "badge-text", "middle")


def _clients(canvas: Canvas, clients: tuple[Card, ...], axis: float) -> Box:
    """The holders of client certificates, one card each."""
    shown = list(clients[:MOST_CLIENTS]) or [Card("none in this stack")]
    if len(clients) > MOST_CLIENTS:
        shown.append(Card(f"and {len(clients) - MOST_CLIENTS} more"))
    height = AREA_NAME + sum(_card_height(card) + GAP for card in shown) + PAD - GAP
    area = Box(CLIENTS_X, max(TOP, axis - height / 2), CLIENTS_WIDTH, height)
    _area(canvas, area, "Clients")
    y = area.y + AREA_NAME
    for card in shown:
        y = _card(canvas, card, area.x + PAD, y, area.width - 2 * PAD).bottom + GAP
    return area


def _name(canvas: Canvas, entry: EntryPoint, axis: float) -> Box:
    """The DNS names, level with the HTTPS listener."""
    shown = entry.hosts[:3] or ("no name",)
    more = (f"and {len(entry.hosts) - 3} more",) if len(entry.hosts) > 3 else ()
    card = Card(shown[0], (*shown[1:], *more, "CNAME of the ALB's name"))
    return _card(canvas, card, NAME_X, axis - _card_height(card) / 2, NAME_WIDTH)


def _groups(canvas: Canvas, groups: tuple[Group, ...], y: float) -> list[Box]:
    """The server groups, one below the other."""
    boxes = []
    for group in groups or (Group("No server group", "", "", ()),):
        boxes.append(_group(canvas, group, y))
        y = boxes[-1].bottom + 16
    return boxes


def _group(canvas: Canvas, group: Group, y: float) -> Box:
    facts = [
        line for fact in (group.condition or "", group.detail) for line in wrapped(fact, GROUPS_WIDTH - 2 * PAD, 12)
    ]
    servers = [*group.servers[:MOST_SERVERS]]
    servers += [f"and {len(group.servers) - MOST_SERVERS} more"] if len(group.servers) > MOST_SERVERS else []
    height = AREA_NAME + LINE * len(facts) + 4 + 42 * len(servers) + (PAD if servers else 4)
    area = Box(GROUPS_X, y, GROUPS_WIDTH, height)
    _area(canvas, area, group.title)
    for number, line in enumerate(facts):
        canvas.text((area.x + PAD, area.y + 40 + LINE * number), clipped(line, area.width - 2 * PAD, 12), "line")
    top = area.y + AREA_NAME + LINE * len(facts) + 4
    for number, server in enumerate(servers):
        chip = Box(area.x + PAD, top + 42 * number, area.width - 2 * PAD, 34)
        canvas.box(chip, "card", 6)
        canvas.text((chip.x + 12, chip.y + 22), clipped(server, chip.width - 24, 12), "line")
    return area


def _arrivals(canvas: Canvas, clients: Box, rows: list[Row]) -> None:
    """From the clients to the names of every entry point."""
    bend = (clients.right + NAME_X) / 2
    for row in (row for row in rows if not row.has_own_ca):
        canvas.arrow([(clients.right, rows[0].axis), (bend, rows[0].axis), (bend, row.axis), (row.name.x, row.axis)])


def _arriving(canvas: Canvas, name: Box, http: Box | None, https: Box) -> None:
    """Requests: through the name to each listener."""
    axis = name.middle[1]
    canvas.arrow([(name.right, axis), (https.x, axis)])
    canvas.text(((name.right + BALANCER_X) / 2, axis - 7), "TLS", "label", "middle")
    if http:
        plain = http.middle[1]
        canvas.arrow([(name.middle[0], name.y), (name.middle[0], plain), (https.x, plain)], "arrow-plain")
        canvas.text((name.middle[0] + 10, plain - 7), "plain HTTP", "label")


def _served(canvas: Canvas, entry: EntryPoint, axis: float, https: Box, groups: list[Box]) -> None:
    """From the HTTPS listener to what its requests reach; in red where it asks for no certificate."""
    bend, style = (BALANCER_X + BALANCER_WIDTH + GROUPS_X) / 2, "arrow" if entry.mutual else "arrow-open"
    reached = [box for box, group in zip(groups, entry.groups, strict=False) if group.condition != ""]
    for box in reached if entry.groups else groups:
        level = min(max(axis, box.y + 20), box.bottom - 12)
        canvas.arrow([(https.right, axis), (bend, axis), (bend, level), (box.x, level)], style)


def _served_in_clear(canvas: Canvas, entry: EntryPoint, http: Box, groups: list[Box]) -> None:
    """From the HTTP listener to what anybody reaches."""
    bend, axis = (BALANCER_X + BALANCER_WIDTH + GROUPS_X) / 2 - 8, http.middle[1]
    for box in (box for box, group in zip(groups, entry.groups, strict=False) if group.is_in_clear):
        level = min(max(axis, box.y + 14), box.bottom - 6)
        canvas.arrow([(http.right, axis), (bend, axis), (bend, level), (box.x, level)], "arrow-open")
        canvas.text((http.right - PAD, axis - 7), WITHOUT_PROOF, "label-open", "end")


def _trust(canvas: Canvas, picture: Picture, clients: Box, rows: list[Row], y: float) -> float:
    """Who believes whom: the authority signs the clients, its certificate goes to the repository and so to the listeners."""
    authority = _card(canvas, picture.authority, CLIENTS_X, y, NAME_X + NAME_WIDTH - CLIENTS_X, "trust")
    centre = clients.middle[0]
    canvas.arrow([(centre, authority.y), (centre, clients.bottom)], "arrow-trust")
    canvas.text((centre + 10, (authority.y + clients.bottom) / 2 + 4), "signs", "label")
    level, listener = y + 30, rows[-1].https
    if not picture.repository:
        start, path = (authority.right, level), [(authority.right, level), (listener.middle[0], level)]
        bottom = authority.bottom
    else:
        repository = _card(canvas, picture.repository, BALANCER_X, y, BALANCER_WIDTH, "trust")
        canvas.arrow([(authority.right, level), (repository.x, level)], "arrow-trust")
        canvas.text(((authority.right + repository.x) / 2, level - 7), "upload", "label", "middle")
        start, path = (repository.right, level), [(listener.middle[0], repository.y)]
        bottom = max(authority.bottom, repository.bottom)
    if not rows[-1].has_own_ca:
        canvas.arrow([*path, (listener.middle[0], listener.bottom)], "arrow-trust")
        canvas.text((listener.middle[0] + 10, y - 16), "trust anchor", "label")
    _anchors_above(canvas, [row for row in rows if not row.has_own_ca and row is not rows[-1]], start)
    return bottom


def _anchors_above(canvas: Canvas, rows: list[Row], start: Point) -> None:
    """The trust anchor's way past the lowest load balancer, in a lane beside it."""
    lane = BALANCER_X + BALANCER_WIDTH + 12
    for row in rows:
        entry = row.https.bottom - 14
        path = [start, (lane, start[1]), (lane, entry), (row.https.right, entry)]
        canvas.arrow(path, "arrow-trust")
