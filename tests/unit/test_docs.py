"""The documentation says what the code does: keys, checks, outputs, commands, links."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import typer

from local.__main__ import app as local_app
from mtlsedge.command import build as operator_command
from mtlsedge.verify.table import CHECKS
from mtlsedge_components.kubernetes.alb_config_schema import CA_PREFIX, FACTS, OWN_FIELDS
from mtlsedge_components.reading.nodes import Node
from settings import Secret, SettingsError, catalog, load
from settings.loading import KEYS
from settings.weakenings import KINDS
from tests.unit.kubernetes_sample import CLUSTER, refusals
from tests.unit.settings_sample import PROJECT, local, stack_file
from tests.unit.test_kinds_matrix import made

PAGES = sorted([*PROJECT.glob("*.md"), *PROJECT.glob("docs/**/*.md")])
TEXTS = [*PAGES, *PROJECT.glob("docs/**/*.json"), *PROJECT.glob("docs/**/*.svg")]
REFERENCE = PROJECT / "docs" / "reference"
LINK = re.compile(r"\]\(([^)\s]+)\)")
FOREIGN = re.compile(
    r"(?:pypi|artifactory|nexus|registry|mirror|proxy)[a-z0-9-]*\.[a-z0-9.-]+|/(?:root|home|Users|work|tmp)/[\w.-]",
    re.IGNORECASE,
)
MODULES = {"local": local_app, "mtlsedge": operator_command()}
COMMAND = re.compile(r"python3? -m (local|mtlsedge)(?![.\w])((?: [a-z]+)*)")
NAMED = re.compile(r"`mtlsedge ([a-z]+(?: [a-z]+)*)`")
BOUGHT = {"serverCertificate": {"id": "12345678-ap-southeast-1"}}
"""For authorities that sign no server certificates."""
ALB_CONFIG = {
    "zoneMappings": [{"zoneId": f"ap-southeast-1{zone}", "vSwitchId": f"vsw-1{zone}"} for zone in "ab"],
    "accessLogConfig": {"logProject": "acme-logs", "logStore": "alb_demo"},
    "billingConfig": {"payType": "PostPay"},
    "modificationProtectionConfig": {"status": "NonProtection"},
    "tags": [{"key": "team", "value": "edge"}],
}
FIELDS = {
    "xForwardedForConfig": {"XForwardedForEnabled": True},
    "logConfig": {"accessLogTracingConfig": {"tracingEnabled": False}},
    "defaultActions": [{"actionType": "FixedResponse", "fixedResponseConfig": {"httpCode": "404"}}],
    "tags": [{"key": "team", "value": "edge"}],
}
WHOLE_CLUSTER = {
    **CLUSTER,
    "controllerVersion": "2.20.0",
    "albConfig": {"name": "alb", "config": ALB_CONFIG},
    "listener": {"forwardClientCertificate": {"subject": "x-client-subject"}, "fields": FIELDS},
    "additionalListeners": {"partners": {"authority": {"identifier": "0e40dda9"}, "listener": {"port": 8443}}},
    "ingressClass": {"name": "alb"},
    "ingresses": {
        "demo": {
            "host": "demo.example.test",
            "paths": {"/": {"service": "web:80"}},
            "healthCheck": {"path": "/"},
            "sticky": {"mode": "insert"},
            "cors": {"allowOrigin": ["*"]},
        },
        "next": {"host": "demo.example.test", "service": "web:80", "canary": {"weight": 5}},
    },
    "domain": {"zone": "example.test"},
}
"""Every mapping of a cluster's part, so that each says which keys it takes."""
REFUSED_CLUSTER = {
    **WHOLE_CLUSTER,
    "listener": {"fields": {"defaultActions": [{"actionType": "Redirect", "redirectConfig": 1}]}},
}
"""An action's details are free, and have to be a mapping: the schema asks for keys only to refuse what is none."""


def page_id(page: Path) -> str:
    """A page's name in the report."""
    return str(page.relative_to(PROJECT))


def every_page(test):
    """Runs a test once a page."""
    return pytest.mark.parametrize("page", PAGES, ids=page_id)(test)


FIELDS_PATH = "kubernetes.listener.fields"
REFUSED_FIELDS = (
    *OWN_FIELDS,
    "quicConfig",
    *(f"xForwardedForConfig.{CA_PREFIX}{fact}{kind}" for fact in FACTS for kind in ("Enabled", "Alias")),
)
"""Fields the cluster's definition has and the settings refuse: they have no row."""


@dataclass
class Accepted:
    """What loading configurations asks for: keys of sections, names of the operator's choice."""

    keys: set[tuple[str, ...]] = field(default_factory=set)
    named: set[tuple[str, ...]] = field(default_factory=set)

    def dotted(self) -> set[str]:
        """Each key as the page writes it: `clients.<name>.email`."""
        return {".".join(self._general(path)) for path in self.keys}

    def _general(self, path: tuple[str, ...]) -> Iterable[str]:
        for position, part in enumerate(path):
            yield "<name>" if path[:position] in self.named else part.removeprefix("mtlsedge:")


def samples(folder: Path) -> Iterable[tuple[str, dict]]:
    """Name and content of stack files that use every section; the files they name are in `folder`."""
    yield from ((stack, stack_file(stack)) for stack in ("dev", "local"))
    offline = made("offline", "ecdsa-p256")
    (folder / "root.pem").write_text(offline.root)
    (folder / "dora.pem").write_text(offline.leaf + offline.chain)
    brought = {"external": {"certificateFile": "root.pem"}}
    yield "external", local({"authority": brought, "clients": {"dora": {"certificateFile": "dora.pem"}}, **BOUGHT})
    subject = dict.fromkeys(("commonName", "state", "locality", "organization", "unit"), "Acme") | {"country": "SG"}
    yield "private-ca", local({"authority": {"privateCa": {"subject": subject}}, **BOUGHT})
    taken_over = {"selfManaged": {"generations": {"2019": {"certificateFile": "root.pem"}}}}
    keys = {"2019": {"key": Secret("locked"), "passphrase": Secret("opens it")}}
    yield "imported", local({"authority": taken_over, "importedKeys": keys})
    trees = {"dns": ["internal", "example.test"], "email": ["example.test"], "uri": [".example.test"]}
    limits = {"permitted": trees, "excluded": {kind: ["not.example.test"] for kind in trees}}
    yield "limited", local({"authority.selfManaged.generations.2026.nameConstraints": limits})
    yield "kubernetes", local({"kubernetes": WHOLE_CLUSTER})


@pytest.fixture
def accepted(monkeypatch, tmp_path) -> Accepted:
    """Every key that the settings accept, seen while they read stack files that use every section."""
    seen, section, entries = Accepted(), Node.section, Node.entries

    def watched_section(node, known, refused=None):
        seen.keys |= {(*map(str, node.path), key) for key in known}
        return section(node, known, refused)

    def watched_entries(node, name):
        seen.named.add(tuple(map(str, node.path)))
        return entries(node, name)

    monkeypatch.setattr(Node, "section", watched_section)
    monkeypatch.setattr(Node, "entries", watched_entries)
    for stack, config in samples(tmp_path):
        try:
            load(config, project="mtlsedge", stack=stack, files=tmp_path)
        except SettingsError as error:
            pytest.fail(str(error))
    with pytest.raises(SettingsError, match="redirectConfig"):
        load(local({"kubernetes": REFUSED_CLUSTER}), project="mtlsedge", stack="local", files=tmp_path)
    return seen


def documented() -> set[str]:
    """First cells of the tables of settings.md; the last one is of roles."""
    page = (REFERENCE / "settings.md").read_text().partition("| role |")[0]
    return set(re.findall(r"^\| `([A-Za-z][\w.<>]+)` \|", page, re.MULTILINE))


def described(key: str) -> str:
    """Where the page describes a key: what has one shape in several places has one description.

    Entries of a list have no number on the page.
    """
    key = re.sub(r"\.\d+(?=\.)", "", key)
    key = re.sub(r"^kubernetes\.additionalListeners\.<name>\.listener\.", "kubernetes.listener.", key)
    key = re.sub(r"^(?:kubernetes\.)?additionalListeners\.<name>\.(authority|clients|listener)\.", r"\1.", key)
    key = re.sub(r"^.*\.subject\.", "subject.", key)
    key = key.replace(".nameConstraints.excluded.", ".nameConstraints.permitted.")
    key = re.sub(r"^kubernetes\.listener\.(?!fields\b)", "listener.", key)
    key = re.sub(r"^kubernetes\.ingresses\.<name>\.(?=(?:healthCheck|sticky)\.)", "serverGroups.<name>.", key)
    key = key.replace("kubernetes.domain.", "domain.")
    return key.replace("serverCertificate.additional.<name>.", "serverCertificate.")


def test_what_is_declared_is_what_is_read(accepted):
    """Were a declared key never asked for, or one asked for that is not declared, page and schema would be wrong."""
    asked = {described(key) for key in accepted.dotted()}
    in_the_clusters_words = ("kubernetes.albConfig.config.", "kubernetes.listener.fields.")
    declared = {path for path, _ in catalog.every()}
    assert {key for key in asked if not key.startswith(in_the_clusters_words)} == declared


def test_every_kind_of_weakening_is_on_the_page():
    """`acceptWeakening` takes these words, and the page lists them."""
    page = (REFERENCE / "settings.md").read_text()
    listed = page.partition("Kinds (`weakenings.py`):")[2].partition("\n\n")[0]
    assert re.findall(r"`([a-z-]+)`", listed) == list(KINDS)


def test_every_setting_is_on_the_page(accepted):
    """A key that the settings accept has a row, and a row is a key that they accept, or one whose keys are names."""
    keys = {described(key) for key in accepted.dotted()} - {f"{FIELDS_PATH}.{key}" for key in REFUSED_FIELDS}
    assert {key.removeprefix("mtlsedge:") for key in KEYS} <= keys
    assert keys - documented() == set()
    assert documented() - keys == set()


@pytest.mark.parametrize("key", REFUSED_FIELDS)
def test_a_field_that_is_not_on_the_page_is_refused(key):
    """Fields of a cluster's listener that have a setting of their own, or none, are refused by their name."""
    assert any(line.startswith(f"mtlsedge:{FIELDS_PATH}.{key}: ") for line in refusals(f"listener.fields.{key}", "x"))


def test_every_role_is_on_the_page():
    """`names` and `adopt` take the roles of the naming table, which the page lists."""
    from mtlsedge_components.naming import ROLES

    page = (REFERENCE / "settings.md").read_text()
    for role, limits in ROLES.items():
        longest, adoptable = limits.longest or "no name made here", "yes" if limits.identifier else "no"
        assert f"| `{role}` | {longest} | {adoptable} |" in page


def test_every_check_is_on_its_page_in_order():
    """The rows of verify.md are the table of checks."""
    page = (REFERENCE / "verify.md").read_text()
    assert re.findall(r"^\| `([a-z-]+\.[a-z-]+)`", page, re.MULTILINE) == [check.id for check in CHECKS]


def test_every_output_is_on_its_page():
    """Each export of the program, and each key of those that are mappings, is named on outputs.md."""
    modules = [PROJECT / "program" / "outputs.py", *(PROJECT / "program" / "authorities").glob("*.py")]
    functions = [
        node
        for module in modules
        for node in ast.walk(ast.parse(module.read_text()))
        if isinstance(node, ast.FunctionDef)
    ]
    telling = [one for one in functions if one.returns and ast.unparse(one.returns).startswith("dict[str, ")]
    nodes = [node for function in telling for node in ast.walk(function)]
    keys = [key for node in nodes if isinstance(node, ast.Dict) for key in node.keys]
    keys += [node.slice for node in nodes if isinstance(node, ast.Subscript)]
    names = {key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
    names = {name for name in names if "_" not in name}  # exports are camelCase; the others are of components
    named = set(re.findall(r"`([A-Za-z]+)`", (REFERENCE / "outputs.md").read_text()))
    assert {"url", "caIdentifier", "clients"} <= names
    assert names - named == set()


@every_page
def test_every_link_leads_somewhere(page):
    """A relative link names a file, and a fragment names a heading of it."""
    for target in LINK.findall(page.read_text()):
        if target.startswith(("http://", "https://")):
            continue
        name, _, fragment = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), target
        assert not fragment or fragment in headings(file), target


def headings(page: Path) -> set[str]:
    """Anchors of a page, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", TEXTS, ids=page_id)
def test_no_page_knows_this_machine(page):
    """No registry's host name, no path of a machine; the project's own folder least of all."""
    text = page.read_text()
    assert FOREIGN.findall(text) == []
    assert str(PROJECT) not in text


@every_page
def test_every_make_target_exists(page):
    """`make …` in a page is a target of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert {"up", "verify"} <= targets
    named = re.findall(r"(?:^|`|\$ )make ([a-z-]+)", page.read_text(), re.MULTILINE)
    assert set(named) - targets == set()


@every_page
def test_every_command_exists(page):
    """`python -m …` in a page names a module of the project, and a command that it has."""
    text = page.read_text()
    for module in re.findall(r"python3? -m ([\w.]+)", text):
        path = PROJECT / module.replace(".", "/")
        assert module == "venv" or path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module
    for module, words in [*COMMAND.findall(text), *(("mtlsedge", words) for words in NAMED.findall(text))]:
        assert has_command(MODULES[module], words.split()), f"{module} {words}"


@every_page
def test_every_toolchain_command_exists(page):
    """`python3 -m local.toolchain …` takes four words."""
    named = re.findall(r"-m local\.toolchain ([a-z]+)", page.read_text())
    assert set(named) <= {"ensure", "venv", "doctor", "paths"}


def has_command(app: typer.Typer, words: list[str]) -> bool:
    """Whether the words lead to a command; what follows a command are its arguments."""
    groups = {group.name: group.typer_instance for group in app.registered_groups}
    names = {one.name or one.callback.__name__ for one in app.registered_commands if one.callback}
    if not words or words[0] in names:
        return True
    return words[0] in groups and has_command(groups[words[0]], words[1:])


@pytest.mark.parametrize(
    ("words", "known"),
    [(["verify"], True), (["clients", "export", "alice"], True), (["clients", "fly"], False), (["fly"], False)],
)
def test_an_unknown_command_is_noticed(words, known):
    """The check of the pages tells a command from an invention."""
    assert has_command(MODULES["mtlsedge"], words) is known


def test_a_foreign_name_is_noticed():
    """The check of the pages knows a registry's host and a machine's path when it sees one."""
    assert FOREIGN.search("see /" + "home/me/x")
    assert FOREIGN.search("from " + "pypi.internal.example")
    assert not FOREIGN.search("https://www.example.test/ and /srv/pulumi-state")
