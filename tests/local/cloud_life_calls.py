"""Calls of one life of an account: each must succeed, and its answers are kept."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

from local.cloud import transitions
from tests.local.conftest import OTHERS, REGION, SDKS, Account
from tests.waiting import eventually

PRODUCTS = {**{product: version for product, (_, version) in SDKS.items()}, **OTHERS}
"""Product, as `Account.raw` names it -> API version."""
ZONES = (f"{REGION}a", f"{REGION}b", f"{REGION}c")
TAGS = [{"Key": "team", "Value": "edge"}]
CLIENT_HEADERS = ("ClientVerify", "Fingerprint", "IssuerDN", "SubjectDN")
ROLE = '{"Version": "1", "Statement": []}'
Answer = dict[str, Any]
Before = Callable[[str, str, Mapping[str, str]], None]


def flat(parameters: Mapping[str, Any], path: str = "") -> dict[str, str]:
    """`A.1.B=x`, as clients put nested parameters on the wire."""
    found: dict[str, str] = {}
    for name, value in parameters.items():
        inner = dict(enumerate(value, 1)) if isinstance(value, list) else value
        if isinstance(inner, Mapping):
            found |= flat({str(key): item for key, item in inner.items()}, f"{path}{name}.")
        else:
            found[f"{path}{name}"] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


class Calls:
    """What was called, and what was answered: `answers` has that of each (product, action)."""

    def __init__(self, account: Account, before: Before = lambda *_: None) -> None:
        """`before` is told of each call that is about to be made."""
        self.account, self.before = account, before
        self.answers: dict[tuple[str, str], list[Answer]] = {}

    def call(self, product: str, action: str, **parameters: Any) -> Answer:
        """One call, which must succeed."""
        sent = flat(parameters)
        self.quiet()
        self.before(product, action, sent)
        status, answer = self.account.raw(product, action, **sent)
        assert status == 200, (product, action, answer)
        self.answers.setdefault((product, action), []).append(answer)
        return dict(answer)

    def each(self, product: str, actions: str, **parameters: Any) -> None:
        """Several actions with the same parameters."""
        for action in actions.split():
            self.call(product, action, **parameters)

    def tagged(self, product: str, type_: str, id: str, untag: str = "UntagResources", *, listed: bool = True) -> None:
        """Tag a resource, read its tags, take them away."""
        one = {"ResourceType": type_, "ResourceId": [id]}
        self.call(product, "TagResources", **one, Tag=TAGS)
        if listed:
            self.call(product, "ListTagResources", **one)
        self.call(product, untag, **one, TagKey=["team"])
        self.call(product, "TagResources", **one, Tag=TAGS)

    def quiet(self) -> None:
        """Wait until nothing settles any more."""
        eventually(lambda: self.account.cloud.store.items(transitions.KIND), operator.not_, every=0.005)
