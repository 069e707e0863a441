"""Every path that the stack promises: nobody takes it without a certificate, and it leads to its own servers."""

from dataclasses import dataclass, replace

from mtlsedge.outputs import PromisedPath
from mtlsedge.verify.client_checks import refusal
from mtlsedge.verify.connecting import Attempt
from mtlsedge.verify.result import Finding, Status, failed, not_checked, ok
from mtlsedge.verify.server_checks import answered_by
from mtlsedge.verify.target import Target

OLDER = "the stack outputs name no paths; run `pulumi up` with this version"


@dataclass(frozen=True)
class Question:
    """A request that one promised path takes, and no other."""

    host: str
    path: str
    promise: PromisedPath

    def __str__(self) -> str:
        return f"{self.host}{self.path}"


def no_certificate(target: Target) -> Finding:
    """No path lets a request in that shows no certificate."""
    did = "asked for every path without a certificate"
    asked, left_out = _questions(target)
    if not target.as_nobody.refused:
        return not_checked(did, f"{target.as_nobody.detail} (see mtls.no-certificate)")
    if not asked:
        return not_checked(did, left_out)
    attempts = {one: target.handshake(None, host=one.host, path=one.path) for one in asked}
    worst = next((one for one in asked if attempts[one].let_in), None)
    worst = worst or next((one for one in asked if not attempts[one].refused), asked[0])
    finding = refusal(target, attempts[worst], did)
    where = _listed(asked) if finding.status is Status.OK else str(worst)
    return replace(finding, saw=_told(f"{where}: {finding.saw}", left_out))


def servers(target: Target) -> Finding:
    """Each path is answered by a server of its own groups; which of them is `servers.alternate`'s matter."""
    did = f"asked for every path as {target.client_name or 'nobody'}"
    asked, left_out = _questions(target)
    known = [one for one in asked if _servers(target, one.promise)]
    if not target.client or not target.as_client.let_in:
        return not_checked(did, "the good client is not let in (see mtls.accepted)")
    if not known:
        return not_checked(did, left_out or "the stack outputs name no servers")
    answers = {one: _who(target, target.handshake(target.client, host=one.host, path=one.path)) for one in known}
    if astray := [
        f"{one}: {who}"
        for one, (who, is_server) in answers.items()
        if is_server and who not in _servers(target, one.promise)
    ]:
        return failed(did, f"answered by servers of other groups: {'; '.join(astray)}")
    silent = [f"{one}: {who or 'no server named itself'}" for one, (who, is_server) in answers.items() if not is_server]
    if silent:
        return not_checked(did, f"{'; '.join(silent)} (see servers.alternate and health.servers)")
    return ok(did, _told(", ".join(f"{one} → {', '.join(one.promise.server_groups)}" for one in known), left_out))


def _told(saw: str, left_out: str) -> str:
    return f"{saw}; {left_out}" if left_out else saw


def _questions(target: Target) -> tuple[list[Question], str]:
    """A request for each path that one can be found for, and a remark on how many there are not."""
    paths, hosts = target.load_balancer.paths, target.outputs.hosts or (target.host,)
    if not paths:
        return [], OLDER
    found = [(one, one.asked.example(one.without, hosts)) for one in paths]
    asked = [Question(*request, one) for one, request in found if request]
    left = len(paths) - len(asked)
    return asked, f"{left} of {len(paths)} not asked: they want more than a host and a path" if left else ""


def _listed(asked: list[Question]) -> str:
    shown = ", ".join(map(str, asked[:3]))
    return f"{shown} and {len(asked) - 3} more" if len(asked) > 3 else shown


def _servers(target: Target, promise: PromisedPath) -> frozenset[str]:
    """Names of the servers of a path's groups; empty where one group's are not known."""
    groups = [target.outputs.server_groups.get(name) for name in promise.server_groups]
    if not all(group and group.servers for group in groups):
        return frozenset()
    return frozenset(server for group in groups if group for server in group.servers)


def _who(target: Target, attempt: Attempt) -> tuple[str, bool]:
    """Who answered, and whether that is a server of the stack."""
    everyone = {server for group in target.outputs.server_groups.values() for server in group.servers}
    who = answered_by(attempt, tuple(sorted(everyone)))
    return who, who in everyone
