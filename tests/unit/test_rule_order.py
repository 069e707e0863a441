"""Rules of Ingresses that the vendor's controller would never reach: found, told, and kept out of what the program writes."""

import itertools

import pytest

from mtlsedge_components.kubernetes.rule_order import clashes, hidden, reachable
from program.manifests import manifests
from tests.unit.kubernetes_sample import KUBERNETES, refusals, settings
from tests.unit.test_kubernetes_settings import IDS, PREFIX

HOST = "demo.example.test"


def ingress(
    name: str = "demo", *paths: str, host: str = HOST, kind: str = "Prefix", tls: bool = True, **notes: str
) -> dict:
    """An Ingress; keyword arguments are annotations, with `_` for `-`."""
    entries = [{"path": path, "pathType": kind} for path in paths or ("/",)]
    annotations = {f"{PREFIX}{key.replace('_', '-')}": value for key, value in notes.items()}
    spec = {"rules": [{"host": host, "http": {"paths": entries}}], **({"tls": [{"hosts": [host]}]} if tls else {})}
    return {"metadata": {"name": name, "namespace": "default", "annotations": annotations}, "spec": spec}


def told(*ingresses: dict) -> list[str]:
    """The rules that are never reached, without the advice."""
    return [line.partition(" is never reached")[0] for line in hidden(ingresses)]


def test_a_path_that_comes_after_one_that_takes_all_is_told() -> None:
    """`/` before `/tea`; written the other way round nothing is told, nor of paths beside each other."""
    (line,) = hidden([ingress("demo", "/", "/tea")])
    assert line.startswith(
        f"{HOST}/tea of Ingress default/demo is never reached: {HOST}/ of Ingress default/demo is tried"
    )
    assert told(ingress("demo", "/tea", "/")) == []
    assert told(ingress("demo", "/tea", "/teapot", "/coffee")) == []


@pytest.mark.parametrize(
    ("first", "second", "is_hidden"),
    [
        (ingress("a"), ingress("b", "/tea"), True),
        (ingress("b"), ingress("a", "/tea"), False),
        (ingress("b", order="1"), ingress("a", "/tea"), True),
        (ingress("a"), ingress("b", "/tea", order="9"), False),
        (ingress("a", host="*.example.test"), ingress("b", "/tea"), True),
        (ingress("a", host="*.example.org"), ingress("b", "/tea"), False),
        (ingress("a"), ingress("b", "/tea", host="*.example.test"), False),
        (ingress("a", host=""), ingress("b", "/tea"), True),
        (ingress("a", "/tea"), ingress("b"), False),
        (ingress("a", "/tea", kind="Exact"), ingress("b", "/tea"), False),
        (ingress("a", "/tea"), ingress("b", "/tea", kind="Exact"), True),
        (ingress("a"), ingress("b", "/tea", tls=False), False),
        (ingress("a", listen_ports='[{"HTTPS":8443}]'), ingress("b", "/tea"), False),
        (ingress("a", "/te.", use_regex="true"), ingress("b", "/tea"), False),
        (ingress("a", canary="true", canary_by_header="x"), ingress("b", "/tea"), False),
        (ingress("a"), ingress("b", canary="true", canary_by_header="x"), True),
        (ingress("a"), ingress("b", canary="true", canary_weight="5"), False),
        (ingress("a", **{"conditions.web": "[]"}), ingress("b", "/tea"), False),
    ],
)  # fmt: skip
def test_order_then_name_and_what_the_first_one_takes(first: dict, second: dict, is_hidden: bool) -> None:
    """By host, path, listener, and other conditions; the Ingress that is tried first is told as the reason."""
    lines = hidden([first, second])
    assert bool(lines) is is_hidden, lines
    assert all(f"default/{second['metadata']['name']} is never" in line for line in lines)


def test_an_order_that_two_ingresses_have_is_told() -> None:
    """The controller refuses the second; absent ones and different ones are no clash."""
    assert clashes([ingress("b", order="5"), ingress("a", order="5")])[0].startswith(
        "order 5 is given to default/a and default/b: the controller refuses the second"
    )
    assert clashes([ingress("a"), ingress("b"), ingress("c", order="5"), ingress("d", order="6")]) == []


def test_what_is_known_after_up_only_hides_nothing() -> None:
    """Documents of a program may hold what the engine fills in later."""
    odd = ingress("a")
    odd["spec"]["rules"][0]["host"] = object()
    assert told(odd, ingress("b", "/tea"), {"metadata": object(), "spec": object()}) == []


@pytest.mark.parametrize("paths", list(itertools.permutations(("/", "/tea", "/tea/green", "/coffee"))))
def test_no_order_of_a_mapping_hides_a_path(paths: tuple[str, ...]) -> None:
    """Whatever order the engine gives the keys of `paths`, every one is reached."""
    entries = [{"path": path, "pathType": "Prefix"} for path in paths]
    written = [one["path"] for one in reachable(entries)]
    assert told(ingress("demo", *written)) == []
    assert sorted(written) == sorted(paths)


def test_paths_that_hide_nothing_stay_as_they_were_written() -> None:
    """A stack of before previews without a change."""
    entries = [{"path": path, "pathType": "Prefix"} for path in ("/tea", "/coffee", "/a/long/one", "/tea")]
    assert reachable(entries) == entries


def test_the_program_writes_an_order_only_where_it_is_one_ingresss_own() -> None:
    """Alone it is written as ever; of two with the usual one neither has it, a lower one keeps it."""

    def orders(**ingresses: dict) -> dict[str, str | None]:
        documents = manifests(settings("ingresses", ingresses), IDS, "x")
        found = [one for one in documents if one["kind"] == "Ingress"]
        return {one["metadata"]["name"]: one["metadata"]["annotations"].get(f"{PREFIX}order") for one in found}

    demo, shop = KUBERNETES["ingresses"]["demo"], {"host": "shop.example.test", "service": "web:80"}
    assert orders(demo=demo) == {"demo": "10"}
    assert orders(demo=demo, shop=shop) == {"demo": None, "shop": None}
    assert orders(demo=demo, shop=shop | {"order": 5}) == {"demo": "10", "shop": "5"}


def test_the_program_writes_paths_so_that_each_is_reached() -> None:
    """The engine sorts the keys of a mapping, so `/` comes first in every stack file."""
    value = {
        "host": HOST,
        "paths": {"/": "web:80", "/tea": {"service": "tea:80", "type": "Exact"}, "/coffee": "coffee:80"},
    }
    rules = manifests(settings("ingresses.demo", value), IDS, "x")[-1]["spec"]["rules"]
    assert [one["path"] for one in rules[0]["http"]["paths"]] == ["/tea", "/coffee", "/"]


def test_one_order_for_two_ingresses_is_refused() -> None:
    """The controller would make no rule of the second."""
    two = {
        "demo": KUBERNETES["ingresses"]["demo"] | {"order": 5},
        "shop": {"host": "shop.example.test", "service": "web:80", "order": 5},
    }
    (line,) = refusals("ingresses", two)
    assert "ingresses.shop.order: found 5, which demo has too; allowed: a number that no other Ingress has" in line
