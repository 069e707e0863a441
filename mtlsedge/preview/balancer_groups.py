"""What a preview says about the security groups of load balancers: who may connect to their listeners, before and after."""

from collections.abc import Iterator

from exposure import security_groups
from exposure.facts import UNKNOWN, is_known
from exposure.security_groups import Narrowing, Passage
from mtlsedge.preview import passages
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.events import Change, Preview

Found = Iterator[tuple[Change, str]]


def refuse_less(preview: Preview, gone: Passage) -> bool:
    """Whether a load balancer was in the group of a rule that refuses and goes, and nothing refuses the same to it now."""
    before, after = preview.once(_sides)
    within = (balancer for balancer, groups in before.groups.items() if gone.group in groups)
    return any(
        balancer not in after.gone and not after.narrowing(balancer).refuses_each_of([gone]) for balancer in within
    )


def of_listener(preview: Preview, listener: Change, *, after: bool) -> Narrowing:
    """What the groups of a listener's load balancer say of requests to its port."""
    side = preview.once(_sides)[1 if after else 0]
    port = _port((listener.new if after else listener.old) or {})
    return side.narrowing(side.balancer(listener)).at(port, certainly=after)


def widened(preview: Preview) -> Found:
    """Attachments that go and rules that come, each with whom a load balancer lets in for it."""
    before, after = preview.once(_sides)
    for one in t.of_type(preview, t.BALANCER_GROUP):
        if one.is_change and one.old is not None and (lost := _lost(one, before, after)) is not None:
            what = ", ".join(map(passages.shown, lost)) or "what its rules refuse, which the stack does not declare"
            yield one, f"the load balancer leaves a security group; refused no more: {what}"
    for balancer in before.groups.keys() & after.groups.keys():
        was, now = before.narrowing(balancer), after.narrowing(balancer)
        for found in now.let_in:
            if now.lets_in_anew(found, was):
                yield after.source(balancer, found), f"let in past rules that refuse: {passages.shown(found)}"
    for one, lets_in in _moved(preview):
        if lets_in:
            yield one, "rules of the load balancer's security groups that refuse are not about its new port"


def undecided(preview: Preview) -> Found:
    """What comes beside groups that may refuse, and may count before their rules."""
    before, after = preview.once(_sides)
    for balancer in before.groups.keys() & after.groups.keys():
        was, now = before.narrowing(balancer), after.narrowing(balancer)
        for one in after.attachments(balancer):
            group = str((one.new or {}).get("securityGroupId", ""))
            if one.is_change and group in now.outside - was.outside:
                yield one, "whom its rules let in past those of the other groups: the stack does not declare them"
        if was.outside:
            for found in now.let_in:
                if not any(known.of_any_group().contains(found) for known in was.let_in):
                    yield (
                        after.source(balancer, found),
                        "whether a group that the stack does not declare refuses whom it lets in",
                    )
    for one, lets_in in _moved(preview):
        if lets_in is None:
            yield one, "whether the load balancer's security groups refuse at its new port whom they refused before"


def _moved(preview: Preview) -> Iterator[tuple[Change, bool | None]]:
    """Listeners that go to another port, each with whether that lets in whom security groups refused."""
    for one in t.of_type(preview, t.LISTENER):
        if one.old is not None and one.new is not None and one.old.get("listenerPort") != one.new.get("listenerPort"):
            was, now = (of_listener(preview, one, after=after) for after in (False, True))
            lets_in = now.lets_in_beside(was)
            yield one, None if lets_in and _port(one.new) is None else lets_in


def _port(listener: t.Inputs) -> int | None:
    port = listener.get("listenerPort")
    return int(port) if isinstance(port, int | float) else None


def _lost(one: Change, before: "_Side", after: "_Side") -> list[Passage] | None:
    """What nobody refuses any more when a load balancer leaves a group; None where nothing is lost."""
    balancer, group = before.balancer(one), str((one.old or {}).get("securityGroupId", ""))
    if balancer in after.gone or group in after.groups.get(balancer, ()):
        return None
    lost = [found for found in before.passages if found.is_refused and found.group == group]
    is_kept = group in before.declared and after.narrowing(balancer).refuses_each_of(lost)
    return None if is_kept else lost


def _sides(preview: Preview) -> tuple["_Side", "_Side"]:
    return _Side(preview, after=False), _Side(preview, after=True)


class _Side:
    """Load balancers and their groups before or after the change; what is new has no id yet."""

    def __init__(self, preview: Preview, *, after: bool) -> None:
        self._is_after = after
        self._attachments = [one for one in t.of_type(preview, t.BALANCER_GROUP) if self._inputs(one) is not None]
        self.groups: dict[str, set[str]] = {}
        for one in self._attachments:
            self.groups.setdefault(self.balancer(one), set()).add(self._group(one))
        self.gone = {one.id for one in t.of_type(preview, t.LOAD_BALANCER) if one.new is None}
        made = [one for one in t.of_type(preview, t.SECURITY_GROUP) if one.is_made and after]
        self.declared = {one.id for one in t.of_type(preview, t.SECURITY_GROUP) if self._inputs(one) is not None}
        self.declared |= {UNKNOWN} if made else set()
        self._has_one_new = len(made) == 1
        new_balancers = [one for one in t.of_type(preview, t.LOAD_BALANCER) if one.is_made and after]
        self._is_one_of_many = len(new_balancers) > 1
        rules = ((one, security_groups.passage(self._inputs(one))) for one in t.of_type(preview, t.SECURITY_RULE))
        self._rules = [(one, found) for one, found in rules if found is not None]
        self.passages = [found for _, found in self._rules]

    def _inputs(self, one: Change) -> t.Inputs | None:
        return one.new if self._is_after else one.old

    def _group(self, one: Change) -> str:
        return str((self._inputs(one) or {}).get("securityGroupId", ""))

    def balancer(self, one: Change) -> str:
        """The load balancer of an attachment or a listener; one that is known after `up` only is the one before, made anew, if there was one."""
        key = str((self._inputs(one) or {}).get("loadBalancerId", ""))
        return key if is_known(key) else str((one.old or {}).get("loadBalancerId", UNKNOWN))

    def attachments(self, balancer: str) -> list[Change]:
        """Those of one load balancer."""
        return [one for one in self._attachments if self.balancer(one) == balancer]

    def narrowing(self, balancer: str) -> Narrowing:
        """What its groups say. A rule of a new group may be of any new one: it lets in for each, and refuses for a single one."""
        groups = self.groups.get(balancer, set())
        mine = [found for found in self.passages if found.group in groups]
        is_told = not (balancer == UNKNOWN and self._is_one_of_many)
        certain = [one for one in mine if is_told and (one.group != UNKNOWN or self._has_one_new)]
        return Narrowing(
            refused=tuple(one for one in certain if one.is_refused),
            let_in=tuple(one for one in mine if not one.is_refused),
            outside=frozenset(groups - self.declared),
        )

    def source(self, balancer: str, found: Passage) -> Change:
        """The rule that lets in, if it changes; else the attachment that brings it."""
        rule = next(one for one, each in self._rules if each is found)
        brought = (one for one in self.attachments(balancer) if one.is_change and self._group(one) == found.group)
        return rule if rule.is_change else next(brought, rule)
