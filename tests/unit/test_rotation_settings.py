"""What a stack file may say of generations, deliveries and lock-outs, and what is said back."""

import pytest

from settings import Settings
from tests.unit.settings_sample import local, problems, read

OLD = {"subject": {"commonName": "Root 2026", "organization": "Acme"}}
NEW = {"subject": {"commonName": "Root 2027", "organization": "Acme"}}


def stack(*, clients: dict | None = None, generations: dict | None = None, **managed: object) -> dict:
    """The local stack with two generations and the given lines in `selfManaged`."""
    both = {"generations": generations or {"2026": OLD, "2027": NEW}, **managed}
    return {
        **local(),
        "mtlsedge:authority": {"selfManaged": both},
        "mtlsedge:clients": clients or {"alice": {}, "bob": {}},
    }


def settings(**changes: object) -> Settings:
    """The settings of such a stack."""
    return read(stack(**changes))


def test_two_generations_default_to_the_older_one() -> None:
    """Whatever the order in the file, issuing and trusted are the generation whose name sorts first."""
    authority = settings(generations={"2027": NEW, "2026": OLD}).authority
    assert list(authority.generations) == ["2026", "2027"]
    assert (authority.issuing, authority.trusted) == ("2026", "2026")


def test_three_generations_are_one_too_many() -> None:
    """Two are the most at a time."""
    third = {"subject": {"commonName": "Root 2028"}}
    assert "at most 2 generations" in problems(stack(generations={"2026": OLD, "2027": NEW, "2028": third}))[0]
    assert problems(stack()) == []


def test_each_generation_has_a_subject_of_its_own() -> None:
    """The same name twice would confuse whoever builds a path; one letter of difference is enough."""
    assert "a subject of its own" in problems(stack(generations={"2026": OLD, "2027": OLD}))[0]


@pytest.mark.parametrize("role", ["issuing", "trusted"])
def test_roles_name_a_listed_generation(role: str) -> None:
    """A generation that is removed from the list may not be issuing or trusted."""
    found = problems(stack(generations={"2027": NEW}, **{role: "2026"}))
    assert any(line.startswith(f"mtlsedge:authority.selfManaged.{role}: found '2026'") for line in found)


def test_a_lock_out_names_every_client_and_why() -> None:
    """One line names all clients that would be locked out, and what each carries."""
    [found] = problems(stack(trusted="2027"))
    assert found.startswith("mtlsedge:authority.selfManaged.trusted: found '2027', which locks out alice (")
    assert "bob (its certificate is of generation 2026" in found


def test_a_long_list_of_locked_out_clients_is_cut() -> None:
    """Ten are named, the others counted."""
    [found] = problems(stack(trusted="2027", clients={f"device-{n}": {} for n in range(13)}))
    assert "and 3 more" in found
    assert "device-12" in found and "device-9" not in found


def test_delivered_clients_may_follow() -> None:
    """With everybody's delivery written down, `trusted` moves; with one missing, that one is named alone."""
    delivered = {"delivered": "2027"}
    roles = {"issuing": "2027", "trusted": "2027"}
    assert problems(stack(clients={"alice": delivered, "bob": delivered}, **roles)) == []
    [found] = problems(stack(clients={"alice": delivered, "bob": {}}, **roles))
    assert "bob (" in found and "alice (" not in found


def test_what_is_issued_lets_its_holder_in() -> None:
    """A generation left behind issues no more: its certificates would lock out whoever fetches one."""
    both = {name: {"delivered": "2027"} for name in ("alice", "bob")}
    [found] = problems(stack(issuing="2026", trusted="2027", clients=both))
    assert found.startswith("mtlsedge:authority.selfManaged.issuing: found '2026' (")
    assert "allowed: 2027, the trusted one" in found
    assert problems(stack(issuing="2027", trusted="2026", clients=both)) == []
    assert problems(stack(issuing="2026", trusted="2027", acceptLockout=["alice", "bob"], clients=both)) == []


def test_the_older_generation_issues_with_a_bridge_back() -> None:
    """Its bundles then hold the bridge by the trusted one."""
    carries = {"alice": {"delivered": "2027"}}
    assert problems(stack(issuing="2026", trusted="2027", bridgeBack=True, clients=carries)) == []


def test_a_delivered_client_may_go_back() -> None:
    """A client of the new generation is accepted by the old root through its bridge."""
    assert problems(stack(trusted="2026", clients={"alice": {"delivered": "2027"}})) == []


def test_accept_lockout_lets_the_named_be_locked_out_and_says_so() -> None:
    """Only clients there are; the list shows among the weakenings."""
    taken = settings(trusted="2027", acceptLockout=["alice", "bob"])
    assert taken.authority.accept_lockout == ("alice", "bob")
    assert [line for line in taken.weakenings if "acceptLockout: may be locked out: alice, bob" in line]
    [found] = problems(stack(trusted="2027", acceptLockout=["alice"]))
    assert "locks out bob (" in found
    assert "a client of mtlsedge:clients" in problems(stack(acceptLockout=["carol"]))[0]


def test_what_is_delivered_is_listed() -> None:
    """A delivered generation is not removed, unless the client may be locked out."""
    alone = {"generations": {"2027": NEW}}
    [found] = problems(stack(clients={"alice": {"delivered": "2026"}}, **alone))
    assert found.startswith("mtlsedge:clients.alice.delivered: found '2026'")
    assert problems(stack(clients={"alice": {"delivered": "2026"}}, acceptLockout=["alice"], **alone)) == []


def test_a_bridge_back_is_asked_for_and_declared() -> None:
    """`bridgedBy` needs `bridgeBack` and names a later generation; both together let an old client stay."""
    carried = {"alice": {"delivered": "2026", "bridgedBy": "2027"}}
    assert problems(stack(trusted="2027", bridgeBack=True, clients=carried)) == []
    assert "with authority.selfManaged.bridgeBack" in problems(stack(clients=carried))[0]
    backwards = {"alice": {"delivered": "2027", "bridgedBy": "2026"}}
    assert "there is none" in problems(stack(bridgeBack=True, clients=backwards))[0]
    assert any("bridgeBack" in line for line in settings(bridgeBack=True).weakenings)


def test_deliveries_belong_to_generations() -> None:
    """Beside another kind of authority `delivered` means nothing, and is refused."""
    config = {**local(), "mtlsedge:authority": {"privateCa": {"subject": {"commonName": "Root", "country": "CN"}}}}
    config["mtlsedge:clients"] = {"alice": {"delivered": "2026"}}
    assert any("clients.alice.delivered" in line for line in problems(config))


@pytest.mark.parametrize(("value", "taken"), [(1, True), (999, True), (0, False), (1000, False), ("2", False)])
def test_an_intermediate_has_a_revision(value: object, taken: bool) -> None:
    """A whole number from 1 to 999, and not beside a root without an intermediate."""
    found = problems(stack(generations={"2026": {**OLD, "intermediateRevision": value}}))
    assert (found == []) is taken


def test_a_revision_needs_an_intermediate() -> None:
    """Beside `intermediate: false` it means nothing."""
    alone = {**OLD, "intermediate": False, "intermediateRevision": 2}
    assert "nothing beside intermediate: false" in problems(stack(generations={"2026": alone}))[0]
