"""The picture: well-formed, complete, and from every source the same topology."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import yaml

from mtlsedge import command
from mtlsedge.diagram import mermaid, outline, svg
from mtlsedge.diagram.canvas import clipped
from mtlsedge.diagram.picture import Card, EntryPoint, Group, Picture
from mtlsedge.diagram.running import from_outputs
from mtlsedge.diagram.sources import of_preview, of_stack_file
from mtlsedge.outputs import parse
from tests.unit import verify_stack
from tests.unit.verify_stack import pki

ROOT = Path(__file__).parents[2]
LOCAL = ROOT / "Pulumi.local.yaml"
TELLING = (
    "alice",
    "www.example.test",
    "HTTPS :443",
    "HTTP :80",
    "ECS01",
    "ECS02",
    "x-client-subject",
    "Certificate authority",
)


def words(text: str) -> str:
    """Everything an SVG says."""
    return " ".join(ET.fromstring(text).itertext())


CLUSTER = ("demo.example.test", "AlbConfig alb", "Ingress demo", "Service web :80 · /")
BOTH = [lambda picture: words(svg.draw(picture)), mermaid.draw]


@pytest.mark.parametrize("draw", BOTH)
def test_the_local_stack_is_drawn_whole(draw):
    """Clients, names, listeners, servers, headers and authority are in the picture, of the cluster's entry point too."""
    drawn = draw(of_stack_file(LOCAL, "mtlsedge"))
    assert [word for word in (*TELLING, *CLUSTER, "mutual TLS", "Acme Edge Root 2026") if word not in drawn] == []


@pytest.mark.parametrize("draw", BOTH)
def test_a_stack_of_the_cluster_alone_is_drawn_without_the_other_entry_point(draw, tmp_path):
    """One entry point is absent, and so is its box."""
    document = yaml.safe_load(LOCAL.read_text())
    for key in ("loadBalancer", "listener", "serverGroups", "domain"):
        del document["config"][f"mtlsedge:{key}"]
    (tmp_path / "Pulumi.local.yaml").write_text(yaml.safe_dump(document))
    picture = of_stack_file(tmp_path / "Pulumi.local.yaml", "mtlsedge")
    drawn = draw(picture)
    assert [word for word in CLUSTER if word not in drawn] == []
    assert len(picture.entry_points) == 1 and "ECS01" not in drawn and "no load balancer" not in drawn


def test_the_picture_in_the_readme_is_the_local_stack():
    """Whoever changes the stack or the drawing makes it anew: `mtlsedge diagram --settings Pulumi.local.yaml --to ...`."""
    assert (ROOT / "docs" / "pictures" / "topology.svg").read_text() == svg.draw(of_stack_file(LOCAL, "mtlsedge"))


def test_a_running_stack_is_drawn_from_its_outputs():
    """Without the stack file, the outputs tell enough."""
    drawn = words(svg.draw(from_outputs(verify_stack.outputs(pki()), "dev")))
    assert [word for word in TELLING if word not in drawn] == []


def test_a_running_cluster_entry_point_is_drawn_from_its_outputs():
    """The second entry point's hosts and listeners are among the outputs."""
    document = verify_stack.outputs_document(pki())
    document["kubernetes"] = document["loadBalancer"] | {
        "loadBalancerId": "alb-2", "hosts": ["demo.example.test"], "zone": "example.test", "mutualAuthentication": False,
    }  # fmt: skip
    picture = from_outputs(parse(document), "dev")
    assert [one.mutual for one in picture.entry_points] == [True, False]
    drawn = words(svg.draw(picture))
    assert [word for word in (*TELLING, "demo.example.test", "by AlbConfig") if word not in drawn] == []


def test_a_preview_draws_what_the_stack_file_draws(tmp_path):
    """A preview records its configuration, structured values as JSON text."""
    config = yaml.safe_load(LOCAL.read_text())["config"]
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}
    file = tmp_path / "preview.json"
    file.write_text(json.dumps({"config": texts, "steps": [{"urn": "urn:pulumi:local::mtlsedge::a:b:C::d"}]}))
    assert of_preview(file, "mtlsedge") == of_stack_file(LOCAL, "mtlsedge")


def test_the_switched_off_check_is_loud():
    """A listener without client verification says so in red."""
    document = verify_stack.outputs_document(pki())
    document["loadBalancer"]["mutualAuthentication"] = False
    drawn = svg.draw(from_outputs(parse(document), "dev"))
    assert "client certificates OFF" in drawn
    assert 'class="badge-off"' in drawn


def links(picture: Picture) -> list[str]:
    """The arrows out of the first entry point's two listeners."""
    lines = [line.strip() for line in mermaid.draw(picture).splitlines()]
    return [line for line in lines if line.split(" ")[0] in ("http", "https")]


def changed(folder: Path, groups: dict[str, object] | None = None, **listener: object) -> Picture:
    """The local stack with another listener, perhaps with more server groups."""
    document = yaml.safe_load(LOCAL.read_text())
    document["config"]["mtlsedge:listener"] |= listener
    document["config"]["mtlsedge:serverGroups"] |= groups or {}
    (folder / "Pulumi.local.yaml").write_text(yaml.safe_dump(document))
    return of_stack_file(folder / "Pulumi.local.yaml", "mtlsedge")


FORWARDING = {"redirectHttp": False, "httpForwarding": "allow-http-forwarding-past-mutual-tls"}
OPEN = "NO client certificate"


def test_plain_http_that_is_served_is_drawn_to_its_servers(tmp_path):
    """No arrow says that it redirects; one in red leads to the servers. A listener that redirects has none."""
    served = changed(tmp_path, **FORWARDING)
    assert links(served) == [f"http -->|{OPEN}| group0", 'https -->|"by default"| group0']
    assert OPEN in words(svg.draw(served)) and 'class="arrow-open"' in svg.draw(served)
    assert f"by default, over plain HTTP with {OPEN}" in outline.draw(served)
    redirected = changed(tmp_path)
    assert links(redirected) == ["http -.->|redirect| https", 'https -->|"by default"| group0']
    assert 'class="arrow-open"' not in svg.draw(redirected) and OPEN not in outline.draw(redirected)


def test_a_running_stack_that_serves_plain_http_is_drawn_so():
    """Its outputs say that the setting is in force."""
    document = verify_stack.outputs_document(pki())
    assert "http -.->|redirect| https" in links(from_outputs(parse(document), "dev"))
    document["weakenings"] = ["mtlsedge:listener.httpForwarding: plain HTTP reaches the servers without a certificate"]
    drawn = links(from_outputs(parse(document), "dev"))
    assert [line.partition("| ")[0] for line in drawn if line.startswith("http ")] == [f"http -->|{OPEN}"]


def test_a_listener_that_asks_nobody_is_drawn_with_open_paths(tmp_path):
    """Each arrow from it says that anybody may take it."""
    picture = changed(tmp_path, clientVerification="off-for-migration")
    assert links(picture)[-1] == f'https -->|"by default<br/>{OPEN}"| group0'
    assert 'class="arrow-open"' in svg.draw(picture)


def test_only_rules_that_requests_come_to_lead_to_a_group(tmp_path):
    """Of a rule whose requests an earlier one takes there is no arrow; nor of a group that no rule names."""
    group = {"id": "sgp-1"}
    rules = {
        "first": {"serverGroup": "api", "priority": 10, "paths": ["/api/*"]},
        "late": {"serverGroup": "late", "priority": 20, "paths": ["/api/v1/*"]},
    }
    picture = changed(tmp_path, {"api": group, "late": group, "spare": group}, rules=rules)
    assert links(picture)[1:] == ['https -->|"path /api/*"| group0', 'https -->|"by default"| group3']
    assert "Server group late, reached by no rule" in outline.draw(picture)
    rules["late"]["priority"] = 5
    earlier = changed(tmp_path, {"api": group, "late": group, "spare": group}, rules=rules)
    assert 'https -->|"path /api/v1/*"| group1' in links(earlier)


def test_signs_that_mean_something_are_escaped():
    """Names from a stack file cannot break the picture."""
    nasty = '<b>&"quoted"</b>'
    card = Card(nasty, (nasty,))
    entry = EntryPoint((nasty,), nasty, card, mutual=True, http=card, groups=(Group(nasty, nasty, nasty, (nasty,)),))
    picture = Picture(nasty, (card,), (entry, entry), card)
    assert nasty in words(svg.draw(picture))
    assert "<b>" not in mermaid.draw(picture)


def test_many_clients_and_servers_are_counted():
    """A picture stays readable with fifty clients."""
    card = Card("HTTPS :443")
    many = tuple(Card(f"client-{number}") for number in range(50))
    group = Group("web", "", "", tuple(f"server-{number}" for number in range(50)))
    entry = EntryPoint(("h",), "ALB", card, mutual=True, groups=(group,))
    drawn = words(svg.draw(Picture("t", many, (entry,), card, card)))
    assert "and 45 more" in drawn
    assert "and 42 more" in drawn


def test_an_empty_stack_has_a_picture():
    """No client, name, group or HTTP listener: still a well-formed sheet."""
    card = Card("none")
    picture = Picture("t", (), (EntryPoint((), "no load balancer", card, mutual=False),), card)
    assert words(svg.draw(picture))
    assert mermaid.draw(picture).startswith("flowchart LR")


def test_long_words_are_cut():
    """Text stays in its box."""
    assert clipped("a" * 100, 60, 10) == "aaaaaaaaa…"
    assert clipped("short", 100, 10) == "short"


def test_the_command_writes_a_file(tmp_path, capfd):
    """`--to FILE`; without it, standard output."""
    target = tmp_path / "topology.svg"
    assert command.run(["diagram", "--settings", str(LOCAL), "--to", str(target)]) == 0
    assert target.read_text().startswith("<svg")
    capfd.readouterr()
    assert command.run(["diagram", "--settings", str(LOCAL), "--format", "mermaid"]) == 0
    assert capfd.readouterr().out.startswith("flowchart LR")


def test_a_stack_file_with_mistakes_is_refused_by_its_own_rules(tmp_path, capfd):
    """The settings' own list of problems, no traceback."""
    file = tmp_path / "Pulumi.bad.yaml"
    document = yaml.safe_load(LOCAL.read_text())
    document["config"]["mtlsedge:listener"]["port"] = 70000
    file.write_text(yaml.safe_dump(document))
    assert command.run(["diagram", "--settings", str(file)]) == 2
    assert "mtlsedge:listener.port" in capfd.readouterr().err


@pytest.mark.parametrize("name", ["local", "dev"])
def test_every_line_of_a_chart_is_known_to_be_ours(name):
    """What is drawn passes the check that keeps other people's charts out of comments, hostile names included."""
    assert mermaid.is_ours(mermaid.draw(of_stack_file(ROOT / f"Pulumi.{name}.yaml", "mtlsedge")))
    nasty = 'a"]\n```\n<b>`click`</b>'
    card = Card(nasty, (nasty,))
    groups = (Group(nasty, nasty, nasty, (nasty,)),)
    entry = EntryPoint((nasty,), nasty, card, mutual=True, http=card, groups=groups)
    picture = Picture(nasty, (card,), (entry, entry), card, card)
    assert mermaid.is_ours(mermaid.draw(picture))
    assert not mermaid.is_ours(mermaid.draw(picture) + "```\n")


def test_long_conditions_are_wrapped_and_long_names_cut():
    """What leads to a group is said whole, on as many lines as it takes; a heading stays in its box."""
    card = Card("HTTPS :443")
    condition = "host api.example.test and path /v1/*, /v2/*, /v3/*, /v4/*, /v5/*"
    group = Group("n" * 80, "HTTP", condition, ())
    entry = EntryPoint(("h",), "ALB", card, mutual=True, groups=(group,))
    drawn = words(svg.draw(Picture("t", (), (entry,), card)))
    assert all(part in drawn for part in condition.split())
    assert "n" * 80 not in drawn and "…" in drawn
    assert "none in this stack" in drawn and "trust anchor" in drawn
