"""Who gets in, and which changes of a plan are refused: from what is declared alone."""

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mtlsedge_components.x509.rotation import (
    Access,
    Carried,
    Plan,
    bridge_partner,
    by_age,
    carried,
    history_problems,
    leaf_generations,
    verdict,
    verdicts,
)
from tests.unit.settings_sample import local, problems

BOTH = ("2026", "2027")


def test_age_goes_by_name_with_numbers_as_numbers() -> None:
    """Years sort as years, g9 comes before g10, and the order is total."""
    assert by_age(["2027", "2026-b", "2026"]) == ("2026", "2026-b", "2027")
    assert by_age(["g10", "g9", "a"]) == ("a", "g9", "g10")


@pytest.mark.parametrize(
    ("client", "trusted", "access"),
    [
        (Carried("2026"), "2026", Access.ACCEPTED),
        (Carried("2026"), "2027", Access.LOCKED_OUT),
        (Carried("2026", "2027"), "2027", Access.BRIDGED),
        (Carried("2026", "2027"), "2026", Access.ACCEPTED),
        (Carried("2027", "2026"), "2026", Access.BRIDGED),
        (Carried("2027", "2026"), "2027", Access.ACCEPTED),
        (Carried("2027"), "2026", Access.LOCKED_OUT),
        (Carried("2028", "2027"), "2026", Access.LOCKED_OUT),
    ],
)
def test_a_client_gets_in_with_its_own_root_or_through_its_one_bridge(
    client: Carried, trusted: str, access: Access
) -> None:
    """Trusted is the leaf's generation, or the one whose bridge the chain has; anything else locks out, with a reason."""
    found = verdict(client, trusted)
    assert found.access is access
    assert client.generation in found.why and trusted in found.why


def test_a_newer_generation_is_vouched_for_by_the_one_before() -> None:
    """Always for the newer one; for the oldest only on request; nobody vouches for a generation alone."""
    assert bridge_partner(BOTH, "2027") == "2026"
    assert bridge_partner(BOTH, "2026") == ""
    assert bridge_partner(BOTH, "2026", bridge_back=True) == "2027"
    assert bridge_partner(("2026",), "2026", bridge_back=True) == ""


def test_what_a_client_carries_is_the_oldest_unless_said() -> None:
    """Without `delivered` the oldest, without a bridge; a later bridge only if it is declared."""
    assert carried(BOTH) == Carried("2026")
    assert carried(BOTH, "2027") == Carried("2027", "2026")
    assert carried(BOTH, "2026", "2027") == Carried("2026", "2027")
    assert carried(BOTH, "2025") == Carried("2025")


def test_every_client_is_judged_under_every_ca() -> None:
    """The table has a row a client and a column a generation."""
    table = verdicts(BOTH, {"alice": Carried("2026"), "bob": Carried("2027", "2026")})
    assert {name: [found.access for found in row.values()] for name, row in table.items()} == {
        "alice": [Access.ACCEPTED, Access.LOCKED_OUT],
        "bob": [Access.BRIDGED, Access.ACCEPTED],
    }


def test_old_leaves_stay_while_their_generation_is_listed() -> None:
    """From the oldest to the issuing one; a delivered newer one stays after a step back."""
    assert leaf_generations(BOTH, "2026") == ("2026",)
    assert leaf_generations(BOTH, "2027") == BOTH
    assert leaf_generations(BOTH, "2026", "2027") == BOTH
    assert leaf_generations(BOTH, "2026", "gone") == ("2026",)


OLD, ALONE = Plan(BOTH, "2027", "2027"), Plan(("2027",), "2027", "2027")


def test_a_generation_in_use_is_not_removed() -> None:
    """Issuing or trusted in the last run: refused, each role named. Neither: allowed."""
    assert "issuing and trusted" in history_problems(Plan(BOTH, "2026", "2026"), ALONE, [], [])[0]
    assert "trusted;" in history_problems(Plan(BOTH, "2027", "2026"), ALONE, [], [])[0]
    assert history_problems(OLD, ALONE, [], []) == []


def test_the_default_of_delivered_does_not_slide_unsaid() -> None:
    """Removing the oldest is refused for whoever has no `delivered`, unless acceptLockout names it."""
    assert "client alice" in history_problems(OLD, ALONE, ["alice"], [])[0]
    assert history_problems(OLD, ALONE, ["alice"], ["alice"]) == []
    assert history_problems(OLD, OLD, ["alice"], []) == []


def test_a_new_generation_sorts_after_those_that_exist() -> None:
    """A newcomer that would pass for the oldest is refused, as the default of `delivered` would mean it."""
    assert "sorts before 2027" in history_problems(ALONE, Plan(("2026", "2027"), "2027", "2027"), [], [])[0]
    assert history_problems(ALONE, Plan(("2027", "2028"), "2027", "2027"), [], []) == []


@dataclass(frozen=True)
class World:
    """A stack file's plan, what clients are declared to carry (leaf and later bridge), and what they really carry."""

    plan: Plan = field(default_factory=lambda: Plan(("1",), "1", "1"))
    bridge_back: bool = False
    declared: dict[str, tuple[str, str]] = field(default_factory=lambda: {"alice": ("", ""), "bob": ("", "")})
    truth: dict[str, Carried] = field(default_factory=lambda: {"alice": Carried("1"), "bob": Carried("1")})


NAMES = st.sampled_from(["1", "2", "3", "4", "0"])
CHANGES = st.one_of(
    st.tuples(st.just("add"), NAMES),
    st.tuples(st.just("remove"), NAMES),
    st.tuples(st.just("issue"), NAMES),
    st.tuples(st.just("trust"), NAMES),
    st.tuples(st.just("bridge back"), st.sampled_from(["on", "off"])),
    st.tuples(st.just("hand out"), st.sampled_from(["alice", "bob"])),
    st.tuples(st.just("hand out the chain"), st.sampled_from(["alice", "bob"])),
    st.tuples(st.just("declare"), st.sampled_from(["alice", "bob"])),
    st.tuples(st.just("forget"), st.sampled_from(["alice", "bob"])),
)
RUNS = st.lists(st.lists(CHANGES, min_size=1, max_size=3), max_size=14)


def proposed(world: World, edits: list[tuple[str, str]]) -> World:
    """What an operator writes down; delivering hands out what the last run made, and is declared truthfully or not yet."""
    for verb, name in edits:
        plan = world.plan
        if verb == "add":
            world = replace(world, plan=replace(plan, generations=by_age({*plan.generations, name})))
        elif verb == "remove":
            world = replace(
                world, plan=replace(plan, generations=tuple(one for one in plan.generations if one != name))
            )
        elif verb in ("issue", "trust"):
            world = replace(world, plan=replace(plan, **{"issuing" if verb == "issue" else "trusted": name}))
        elif verb == "declare":
            world = replace(world, declared={**world.declared, name: said(world, world.truth[name])})
        elif verb == "forget":
            world = replace(world, declared={**world.declared, name: ("", "")})
        elif verb == "bridge back":
            world = replace(world, bridge_back=name == "on")
    return world


def said(world: World, truth: Carried) -> tuple[str, str]:
    """`delivered` and `bridgedBy`, told truthfully; a bridge by an older generation goes without saying."""
    names = world.plan.generations
    later = (
        truth.bridge_by in names
        and truth.generation in names
        and names.index(truth.bridge_by) > names.index(truth.generation)
    )
    return truth.generation, truth.bridge_by if later else ""


def handed_out(world: World, edits: list[tuple[str, str]]) -> World:
    """Clients fetch what the last run issued, with the bridge of its chain."""
    for verb, name in edits:
        leaf = {
            "hand out": world.plan.issuing,
            "hand out the chain": world.truth[name].generation if name in world.truth else "",
        }
        generation = leaf.get(verb)
        if generation in world.plan.generations:
            bundle = Carried(
                generation, bridge_partner(world.plan.generations, generation, bridge_back=world.bridge_back)
            )
            world = replace(world, truth={**world.truth, name: bundle})
    return world


def is_refused(before: World, after: World) -> bool:
    """Whether the program refuses the change: by the settings, or by the ledger."""
    undeclared = [name for name, (delivered, _) in after.declared.items() if not delivered]
    said_before, said_now = (
        replace(world.plan, delivered={name: leaf for name, (leaf, _) in world.declared.items() if leaf})
        for world in (before, after)
    )
    return bool(problems(rotating(after)) or history_problems(said_before, said_now, undeclared, []))


def rotating(world: World) -> dict[str, object]:
    """The sample's configuration with a plan."""
    generations = {name: {"subject": {"commonName": f"Root {name}"}} for name in world.plan.generations}
    managed = {"generations": generations, "issuing": world.plan.issuing, "trusted": world.plan.trusted}
    keys = ("delivered", "bridgedBy")
    clients = {name: {key: value for key, value in zip(keys, words, strict=True) if value}
               for name, words in world.declared.items()}  # fmt: skip
    managed["bridgeBack"] = world.bridge_back
    return {**local(), "mtlsedge:authority": {"selfManaged": managed}, "mtlsedge:clients": clients}


ALL_AT_ONCE = [[("add", "2")], [("remove", "1"), ("issue", "2"), ("trust", "2")]]
ISSUED_FROM_THE_ONE_LEFT_BEHIND = [
    [("add", "2"), ("issue", "2")],
    [("hand out", "alice"), ("hand out", "bob"), ("declare", "alice"), ("declare", "bob"), ("trust", "2")],
    [("issue", "1")],
    [("hand out", "alice")],
]
BACK_AND_FORTH = [
    [("add", "2"), ("issue", "2")],
    [("hand out", "alice"), ("hand out", "bob"), ("declare", "alice"), ("declare", "bob")],
    [("issue", "1")],
    [("hand out", "alice")],
    [("issue", "2")],
    [("trust", "2")],
]
OLDER_BY_NAME = [[("add", "0"), ("issue", "0"), ("trust", "0")]]


@pytest.mark.slow
@settings(max_examples=150)
@example(ALL_AT_ONCE)
@example(OLDER_BY_NAME)
@example(BACK_AND_FORTH)
@example(ISSUED_FROM_THE_ONE_LEFT_BEHIND)
@given(RUNS)
def test_no_sequence_that_is_not_refused_locks_a_client_out(runs: list[list[tuple[str, str]]]) -> None:
    """Whatever is added, issued, trusted, removed or declared: what a client really carries is accepted."""
    world = World()
    for edits in runs:
        world = handed_out(world, edits)
        after = proposed(world, edits)
        if not is_refused(world, after):
            world = after
        for name, client in world.truth.items():
            assert not verdict(client, world.plan.trusted).is_locked_out, (name, world)
