"""Finds everything of a run by its name and deletes it: the one way a run ends, whatever happened before.

Nothing is remembered from the making: what was made and whose reply was lost, or whose process was killed, is found all
the same. What depends on something goes before it; what the cloud still holds on to is tried again in the next round.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from livecheck.calls import Calls
from livecheck.clock import Clock
from livecheck.ownership import Owner
from mtlsedge.cloud import CloudProblem
from mtlsedge.orphans.inventory import LISTINGS

LISTED = {listing.kind: listing for listing in LISTINGS}
"""Kind of thing -> the call that lists it, as `mtlsedge orphans` makes it."""
UNLISTED = "what could not be listed:"
"""Kind of a thing that stands for a list that failed."""
QUIET_ROUNDS = 2
"""Rounds in a row that must find nothing: a list may miss what was made a moment ago."""


@dataclass(frozen=True)
class Account:
    """Where a run's things can be: its region, the other certificate site, the DNS zone it was allowed to use."""

    calls: Calls
    other_site: Calls | None = None
    zone: str = ""

    @property
    def sites(self) -> list[Calls]:
        """Both certificate sites."""
        return [self.calls, *([self.other_site] if self.other_site else [])]

    def timed(self, clock: Clock) -> "Account":
        """The same account with another time."""
        other = replace(self.other_site, clock=clock) if self.other_site else None
        return replace(self, calls=replace(self.calls, clock=clock), other_site=other)


@dataclass(frozen=True)
class Thing:
    """Something of the run's; `delete` makes one call."""

    kind: str
    id: str
    delete: Callable[[], object]


@dataclass(frozen=True)
class Removal:
    """Deletes an owner's things from an account."""

    account: Account
    owner: Owner
    say: Callable[[str], None]

    def all(self, seconds: float) -> list[Thing]:
        """Rounds until nothing is found, `seconds` at most; what is left."""
        end, quiet, left, told = time.monotonic() + seconds, 0, list[Thing](), set[str]()
        while quiet < QUIET_ROUNDS and time.monotonic() < end:
            left = self._round(told)
            quiet = 0 if left else quiet + 1
            time.sleep(self.account.calls.clock.poll if quiet < QUIET_ROUNDS else 0)
        return left

    def _round(self, told: set[str]) -> list[Thing]:
        """Looks once, tries to delete each; what was found."""
        found = list(self.things())
        for thing in found:
            if thing.id not in told:
                self.say(f"deleting {thing.kind} {thing.id}")
                told.add(thing.id)
            try:
                thing.delete()
            except Exception:  # noqa: BLE001, S112 - in use, being changed, or gone: the next round knows
                continue
        return found

    def things(self) -> Iterator[Thing]:
        """Everything of the run, what depends on something first. A list that fails is a thing left, never an empty one."""
        for find in (self._records, self._balancers, self._groups, self._authorities, self._certificates,
                     self._servers, self._networks):  # fmt: skip
            try:
                yield from list(find())
            except CloudProblem as problem:
                yield _unlisted(str(problem))
            except Exception as problem:  # noqa: BLE001 - rows of a form nobody has seen yet must not stop the other lists
                yield _unlisted(type(problem).__name__)

    def _records(self) -> Iterator[Thing]:
        if not self.account.zone:
            return
        calls = self._patient(self.account.calls)
        query = {"DomainName": self.account.zone, "RRKeyWord": self.owner.name("")}
        for row in calls.pages("alidns", "DescribeDomainRecords", "DomainRecords.Record", query):
            if self.owner.owns(row["RR"]):
                yield _thing("DNS record", row["RecordId"], calls, "alidns", "DeleteDomainRecord", "RecordId")

    def _balancers(self) -> Iterator[Thing]:
        calls = self._patient(self.account.calls)
        for row in self._named(calls, "load balancer"):
            balancer = {"LoadBalancerIds.1": row["LoadBalancerId"]}
            for listener in calls.pages("alb", "ListListeners", "Listeners", balancer):
                yield _thing("listener", listener["ListenerId"], calls, "alb", "DeleteListener", "ListenerId")
            yield _thing("load balancer", row["LoadBalancerId"], calls, "alb", "DeleteLoadBalancer", "LoadBalancerId")

    def _groups(self) -> Iterator[Thing]:
        calls = self._patient(self.account.calls)
        for row in self._named(calls, "server group"):
            yield _thing("server group", row["ServerGroupId"], calls, "alb", "DeleteServerGroup", "ServerGroupId")

    def _authorities(self) -> Iterator[Thing]:
        for calls in map(self._patient, self.account.sites):
            rows = calls.pages("cas", "ListCertWarehouse", "CertWarehouseList", {"Name": self.owner.name("")})
            owned = [row for row in rows if self.owner.owns(row["Name"])]
            made = _created_repositories(calls)
            for row in owned:
                for uploaded in calls.pages("cas", "ListCert", "CertList", {"WarehouseId": row["WhId"]}):
                    yield _thing("CA", uploaded["Identifier"], calls, "cas", "DeletePCACert", "Identifier")
            ids = [id for id, name in made.items() if self.owner.owns(name)]
            ids += [row["InstanceId"] for row in owned if row["Name"] not in made.values()]
            for (
                id
            ) in ids:  # whether the list of certificates' repositories shows the id that a deletion takes is not known
                yield _thing("CA repository", id, calls, "cas", "DeleteWarehouse", "WarehouseInstanceId")

    def _certificates(self) -> Iterator[Thing]:
        calls = self._patient(self.account.calls)
        query = {"Keyword": self.owner.name(""), "OrderType": "UPLOAD"}
        for row in calls.pages("cas", "ListUserCertificateOrder", "CertificateOrderList", query):
            if self.owner.owns(row["Name"]):
                id = str(row["CertificateId"])
                yield _thing("server certificate", id, calls, "cas", "DeleteUserCertificate", "CertId")

    def _servers(self) -> Iterator[Thing]:
        calls = self._patient(self.account.calls)
        for row in self._named(calls, "instance"):
            yield _thing("server", row["InstanceId"], calls, "ecs", "DeleteInstance", "InstanceId", Force="true")
        for row in self._named(calls, "security group"):
            id = row["SecurityGroupId"]
            yield _thing("security group", id, calls, "ecs", "DeleteSecurityGroup", "SecurityGroupId")

    def _networks(self) -> Iterator[Thing]:
        calls = self._patient(self.account.calls)
        for row in self._named(calls, "vSwitch"):
            yield _thing("vSwitch", row["VSwitchId"], calls, "vpc", "DeleteVSwitch", "VSwitchId")
        for row in self._named(calls, "VPC"):
            yield _thing("VPC", row["VpcId"], calls, "vpc", "DeleteVpc", "VpcId")

    def _named(self, calls: Calls, kind: str) -> Iterator[dict[str, str]]:
        """The rows of a list that bear the run's name; the whole list is read, since filters differ by product."""
        one = LISTED[kind]
        return (
            row for row in calls.pages(one.product, one.action, one.path) if self.owner.owns(row.get(one.name) or "")
        )

    @staticmethod
    def _patient(calls: Calls) -> Calls:
        """Calls that are not repeated: the next round does that."""
        return replace(calls, busy_seconds=0.0)


def named(things: Iterable[Thing]) -> list[str]:
    """Each as kind and id, for a person and the record."""
    return [f"{thing.kind} {thing.id}" for thing in things]


def _unlisted(why: str) -> Thing:
    return Thing(UNLISTED, why, lambda: None)


def _created_repositories(calls: Calls) -> dict[str, str]:
    """Every CA repository by the id that CreateWarehouse gave -> its name; ListWarehouse is paged by a token."""
    found: dict[str, str] = {}
    token = ""
    while True:
        body = calls.do("cas", "ListWarehouse", **({"NextToken": token} if token else {}))
        found |= {row["WarehouseInstanceId"]: row["WarehouseName"] for row in body.get("Data") or []}
        token = str(body.get("NextToken") or "")
        if not token:
            return found


def _thing(kind: str, id: str, calls: Calls, product: str, action: str, key: str, **more: str) -> Thing:
    return Thing(kind, id, lambda: calls.call(product, action, {key: id, **more}))
