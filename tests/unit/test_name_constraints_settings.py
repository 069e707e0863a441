"""What a stack file may say of name constraints, and whom they keep out before anything is signed."""

import pytest

from settings.model import NameConstraints, Subtrees
from tests.unit.settings_sample import local, problems, read
from tests.unit.test_name_constraints import constrained
from tests.unit.test_rotation_settings import NEW, OLD, stack

HOST = "www.example.test"
"""The local stack's server certificate is for it, and signed by the authority."""
GENERATION = "mtlsedge:authority.selfManaged.generations.2026"


def limited(*, clients: dict | None = None, **constraints: dict) -> dict:
    """A stack of one generation with the constraints, and clients that are inside unless others are given."""
    one = {"2026": {**OLD, "nameConstraints": constraints}}
    return stack(generations=one, clients=clients or {"alice": {"dns": ["alice.example.test"]}})


def test_constraints_are_read_and_absent_ones_are_none() -> None:
    """Every kind, both parts; a generation without the setting has none."""
    permitted = {
        "dns": ["example.test", "internal"],
        "email": ["a@b.test", "b.test", ".b.test"],
        "uri": ["b.test", ".c"],
    }
    authority = read(limited(permitted=permitted, excluded={"dns": ["x.example.test"]})).authority
    assert authority.generations["2026"].name_constraints == NameConstraints(
        Subtrees(("example.test", "internal"), ("a@b.test", "b.test", ".b.test"), ("b.test", ".c")),
        Subtrees(dns=("x.example.test",)),
    )
    assert read(stack()).authority.generations["2026"].name_constraints == NameConstraints()


@pytest.mark.parametrize(
    ("constraints", "at", "allowed"),
    [
        ({}, "", "at least one of permitted, excluded"),
        ({"permitted": None}, "", "at least one of permitted, excluded"),
        ({"permitted": {"dns": None}}, ".permitted", "at least one name under dns, email, uri"),
        ({"permitted": {}}, ".permitted", "at least one name under dns, email, uri"),
        ({"excluded": {"dns": []}}, ".excluded", "at least one name under dns, email, uri"),
        ({"permited": {"dns": ["a.b"]}}, ".permited", "permitted, the nearest"),
        ({"permitted": {"ip": ["10.0.0.0/8"]}}, ".permitted.ip", "the keys dns, email, uri"),
        ({"permitted": {"dns": "example.test"}}, ".permitted.dns", "a list, each entry a domain"),
        ({"permitted": {"dns": [HOST, "*.example.test"]}}, ".permitted.dns[1]", "a domain such as"),
        ({"permitted": {"dns": [HOST, ".example.test"]}}, ".permitted.dns[1]", "a domain such as"),
        ({"permitted": {"dns": [HOST, "Example.test"]}}, ".permitted.dns[1]", "a domain such as"),
        ({"permitted": {"dns": [HOST, HOST]}}, ".permitted.dns[1]", "each entry once"),
        ({"excluded": {"email": ["a b@example.test"]}}, ".excluded.email[0]", "an e-mail address, a host"),
        ({"excluded": {"email": ["@example.test"]}}, ".excluded.email[0]", "an e-mail address, a host"),
        ({"excluded": {"uri": ["https://example.test"]}}, ".excluded.uri[0]", "a host such as"),
        ({"excluded": {"uri": [".."]}}, ".excluded.uri[0]", "a host such as"),
    ],
)
def test_what_is_no_constraint_is_one_line(constraints: dict, at: str, allowed: str) -> None:
    """The key path, and what is allowed; no second line about who would be outside of it."""
    found = problems(limited(clients={"alice": {"dns": ["www.example.test"]}}, **constraints))
    assert len(found) == 1
    assert found[0].startswith(f"{GENERATION}.nameConstraints{at}: found ")
    assert allowed in found[0].partition("allowed: ")[2]


def test_everybody_outside_is_named_at_once_where_the_name_is_written() -> None:
    """Lists, subjects and defaults of clients, and the server's host; who is inside is not named."""
    clients = {
        "alice": {},
        "bob": {"dns": ["b.example.com", "b.example.test"]},
        "carl": {"uri": ["urn:x:carl"]},
        "dora": {"email": ["d@example.com"], "subject": {"commonName": "dora.example.test", "email": "d@example.test"}},
        "erna": {"email": ["e@example.com"], "commonName": "erna.example.test"},
        "fine": {"dns": ["fine.example.com"], "email": ["f@example.com"], "uri": ["https://example.com/f"]},
    }
    trees = {"dns": ["example.com"], "email": ["example.com"], "uri": ["example.com"]}
    found = problems(limited(clients=clients, permitted=trees))
    assert [line.partition("; ")[0] for line in found] == [
        "mtlsedge:clients.alice.dns: found 'alice.clients.local.mtlsedge.internal'",
        "mtlsedge:clients.bob.dns[1]: found 'b.example.test'",
        "mtlsedge:clients.carl.uri[0]: found 'urn:x:carl'",
        "mtlsedge:clients.dora.subject.commonName: found 'dora.example.test'",
        "mtlsedge:clients.dora.subject.email: found 'd@example.test'",
        "mtlsedge:clients.erna.commonName: found 'erna.example.test'",
        f"mtlsedge:serverCertificate.names: found '{HOST}'",
    ]
    assert found[0].endswith("allowed: host names in example.com (nameConstraints of generation 2026)")


def test_hosts_of_the_domain_that_are_outside_are_all_named() -> None:
    """The server certificate takes its names from the domain: they stand nowhere below its own key."""
    config = limited(permitted={"dns": ["alice.example.test"]})
    config["mtlsedge:domain"] = {"zone": "example.test", "names": ["www", "api"]}
    [found] = problems(config)
    assert found.startswith("mtlsedge:serverCertificate.names: found 'www.example.test', 'api.example.test'; allowed: ")


def test_an_address_of_the_authority_itself_has_to_be_inside() -> None:
    """It is a name of the intermediate, which strict verifiers judge as any other."""
    outside = {**OLD, "subject": {**OLD["subject"], "email": "ca@example.org"}}
    limits = {"nameConstraints": {"permitted": {"email": ["example.test"]}}}
    [found] = problems(stack(generations={"2026": {**outside, **limits}}))
    assert found.startswith(f"{GENERATION}.subject.email: found 'ca@example.org'; allowed: addresses in example.test")
    inside = {**OLD, "subject": {**OLD["subject"], "email": "ca@example.test"}}
    assert problems(stack(generations={"2026": {**inside, **limits}})) == []


def both(**managed: object) -> dict:
    """Two generations, the older one limited, and clients of which one is inside."""
    one = {"2026": {**OLD, "nameConstraints": {"permitted": {"dns": ["example.test"]}}}, "2027": NEW}
    clients = {
        name: {"dns": [host], "delivered": "2027"} for name, host in (("in", "in.example.test"), ("out", "out.test"))
    }
    return stack(generations=one, clients=clients, **managed)


def test_a_client_that_comes_through_a_bridge_obeys_the_trusted_generation() -> None:
    """The older root vouches for the newer one, within its own constraints; once the newer is trusted it is not asked."""
    [found] = problems(both(issuing="2027", trusted="2026"))
    assert found.startswith("mtlsedge:clients.out.dns[0]: found 'out.test'")
    assert found.endswith("(nameConstraints of generation 2026)")
    assert problems(both(issuing="2027", trusted="2026", acceptLockout=["out"])) == []
    assert problems(both(issuing="2027", trusted="2027")) == []


def test_an_imported_roots_own_constraints_hold(tmp_path) -> None:
    """They stand in its certificate; none can be added beside it."""
    limits = NameConstraints(Subtrees(dns=("example.test",)))
    (tmp_path / "root.pem").write_text(constrained(limits).root.certificate_pem)
    generation = {"certificateFile": "root.pem"}
    config = local({
        "authority": {"selfManaged": {"generations": {"2026": generation}}}, "serverCertificate": {"id": "1-ap-southeast-1"},
        "clients": {"in": {"dns": ["in.example.test"]}, "out": {"dns": ["out.test"]}},
        "importedKeys": {"2026": {"key": "secret"}},
    })  # fmt: skip
    secret = ("mtlsedge:importedKeys",)
    [found] = problems(config, tmp_path, secret)
    assert found.startswith("mtlsedge:clients.out.dns[0]: found 'out.test'; allowed: host names in example.test")
    generation["nameConstraints"] = {"permitted": {"dns": ["example.test"]}}
    assert f"{GENERATION}.nameConstraints: found a mapping; allowed: nothing beside certificateFile" in problems(
        config, tmp_path, secret
    )
