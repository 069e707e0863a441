"""Lists of networks at a real Envoy: by single addresses and ranges, attached and detached."""

import http.client

import pytest

from tests.local import edge_support as edge
from tests.local.controlled_edge import ControlledEdge
from tests.waiting import PATIENCE_SECONDS, eventually

NEAR = {
    "127.9.0.8/32": (["127.9.0.8"], ["127.9.0.7", "127.9.0.9", "127.9.1.8"]),
    "127.9.0.8/31": (["127.9.0.8", "127.9.0.9"], ["127.9.0.7", "127.9.0.10"]),
    "127.9.4.0/22": (["127.9.4.0", "127.9.7.255"], ["127.9.3.255", "127.9.8.0"]),
}
"""Block -> the addresses at its inner edges, and those just outside."""


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """One server; each test makes its listener."""
    with _World(tmp_path_factory.mktemp("lists")) as made:
        yield made


class _World(ControlledEdge):
    def __init__(self, folder):
        super().__init__(folder, "alb-l", 114)
        edge.put_group(self.store, "g", [self.servers[0].as_member()])
        self.plane.start()

    def listener(self, name, kind, *lists):
        relations = []
        for number, entries in enumerate(lists):
            acl = f"acl-{name}-{number}"
            self.store.put("alb.acl", acl, {"AclId": acl, "AclEntries": [{"Entry": entry} for entry in entries]})
            relations.append({"AclId": acl, "Status": "Associated"})
        config = {"AclType": kind, "AclRelations": relations} if relations else {"AclRelations": []}
        self.put_listener(name, "g", ListenerProtocol="HTTP", AclConfig=config)
        self.settle()
        return edge.place(self.store, name)

    def settle(self):
        self.apply()
        edge.await_servers(self.plane, "g", 1)


def _is_let_in(client, place):
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE_SECONDS, source_address=(client, 0))
    try:
        connection.request("GET", "/")
        return connection.getresponse().status == 200
    except (ConnectionError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@pytest.mark.parametrize("kind", ["White", "Black"])
@pytest.mark.parametrize("block", NEAR)
def test_a_block_ends_where_it_says(world, kind, block):
    """The addresses at its edges are in it, those beside them are not."""
    inside, outside = NEAR[block]
    place = world.listener(f"{kind}-{block.replace('/', '-')}", kind, [block])
    assert {client: _is_let_in(client, place) for client in inside} == dict.fromkeys(inside, kind == "White")
    assert {client: _is_let_in(client, place) for client in outside} == dict.fromkeys(outside, kind == "Black")


def test_several_lists_are_one(world):
    """What any of them names is named."""
    place = world.listener("several", "White", ["127.9.0.1/32"], [], ["127.9.0.3/32", "127.9.0.5/32"])
    assert [number for number in range(1, 7) if _is_let_in(f"127.9.0.{number}", place)] == [1, 3, 5]


def test_a_header_that_names_another_address_changes_nothing(world):
    """Only the connection counts."""
    place = world.listener("forged", "White", ["10.0.0.0/8"])
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        edge.plain(place, headers={"X-Forwarded-For": "10.0.0.1"})


def test_lists_hold_from_when_they_are_attached_until_they_are_detached(world):
    """An entry that is added or removed holds as well; a listener beside it never notices."""
    place, beside = world.listener("attached", ""), world.listener("beside", "")
    steady = http.client.HTTPConnection(*beside, timeout=PATIENCE_SECONDS)
    steady.request("GET", "/")
    assert steady.getresponse().read()
    acl = {"AclId": "acl-a", "AclEntries": [{"Entry": "127.9.0.1/32"}]}
    world.store.put("alb.acl", "acl-a", acl)
    attached = {"AclType": "Black", "AclRelations": [{"AclId": "acl-a", "Status": "Associated"}]}
    steps = [
        (lambda: world.store.change("alb.listener", "attached", AclConfig=attached), [False, True]),
        (lambda: world.store.put("alb.acl", "acl-a", acl | {"AclEntries": [{"Entry": "127.9.0.2/32"}]}), [True, False]),
        (lambda: world.store.change("alb.listener", "attached", AclConfig={"AclRelations": []}), [True, True]),
    ]
    for change, expected in steps:
        change()
        world.settle()
        eventually(
            lambda: [_is_let_in(client, place) for client in ("127.9.0.1", "127.9.0.2")],
            lambda found, wanted=expected: found == wanted,
        )
    steady.auto_open = 0
    steady.request("GET", "/")
    assert steady.getresponse().status == 200
