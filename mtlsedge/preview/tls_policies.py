"""The TLS policy of each listener before and after a change, and custom policies that change in place."""

from collections.abc import Iterator
from dataclasses import dataclass

from exposure import nlb, tls
from exposure.facts import HIDDEN, is_known
from mtlsedge.preview import cluster_parts
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

WITHOUT_TLS = ("HTTP", *nlb.WITHOUT_CERTIFICATES)
"""What a listener may become that has no policy."""
NEW = "one that is made anew"
"""What a policy is called whose id is known after `up` only."""


@dataclass(frozen=True)
class Swap:
    """A policy that takes another's place, or is new at a listener."""

    subject: str
    shown: str
    """The policy's name after the change."""
    before: tls.Policy | None
    after: tls.Policy | None
    """None: it cannot be read."""
    is_new: bool = False


def swaps(preview: Preview) -> list[Swap]:
    """Each policy that is another one, or another than it was."""
    return list(_swaps(preview))


def _swaps(preview: Preview) -> Iterator[Swap]:
    for one in t.listeners(preview, "HTTPS"):
        if one.new is None or one.new.get("listenerProtocol") in WITHOUT_TLS:
            continue
        was = _named(one.old)
        now = _named(one.new) if one.new.get("securityPolicyId") or _is_made(one) else was
        if was != now:
            before, after = _found(preview, one, was, after=False), _found(preview, one, now, after=True)
            yield Swap(one.name, now if is_known(now) else NEW, before, after, one.old is None)
    for one in t.of_type(preview, t.TLS_POLICY):
        if one.operation == "update" and one.old is not None and one.new is not None:
            yield Swap(one.name, one.name, tls.custom(one.name, one.old), tls.custom(one.name, one.new))


def of_listener(preview: Preview, listener: Change, *, after: bool) -> tls.Policy | None:
    """What a listener takes at one moment; None if that cannot be read, or it has no TLS."""
    inputs = listener.new if after else listener.old
    if inputs is None or inputs.get("listenerProtocol") in WITHOUT_TLS:
        return None
    keeps = after and listener.old is not None and not inputs.get("securityPolicyId") and not _is_made(listener)
    return _found(preview, listener, _named(listener.old if keeps else inputs), after=after)


def _named(inputs: t.Inputs | None) -> str:
    return "" if inputs is None else str(inputs.get("securityPolicyId") or tls.DEFAULT)


def _is_made(one: Change) -> bool:
    """Whether a listener without a policy gets the default. One that only loses its setting keeps what it has.

    `security_policy_id` is optional and computed in the provider, of ALB and of NLB alike: nothing is sent, nothing changes.
    """
    return one.is_made or one.old is None or cluster_parts.is_part(one)


def _found(preview: Preview, listener: Change, name: str, *, after: bool) -> tls.Policy | None:
    if (policy := tls.system(name)) is not None or name == HIDDEN:  # a secret one may be any
        return policy
    declared = list(t.of_type(preview, t.TLS_POLICY))
    if is_known(name):
        candidates = [one for one in declared if one.id == name and not (after and one.is_made)]
    else:
        was = (listener.old or {}).get("securityPolicyId")
        remade = [one for one in declared if one.operation == "replace" and one.id == was]
        candidates = remade or [one for one in declared if one.is_made]
    if len(candidates) != 1:
        return None
    inputs = candidates[0].new if after else candidates[0].old
    return None if inputs is None else tls.custom(name, inputs)
