"""Checks of `mtlsedge verify` about clients: who is let in, the good client and no other.

Each refusal is judged only where the coarser one holds: a listener that demands no certificate at all says
nothing about a stranger's, so one mistake turns one row red, the row that names it.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from mtlsedge.certificates import read_chain
from mtlsedge.verify import forgery
from mtlsedge.verify.connecting import Attempt, Outcome
from mtlsedge.verify.identity import Identity
from mtlsedge.verify.result import Evidence, Finding, failed, not_checked, ok
from mtlsedge.verify.target import Target
from mtlsedge_components.x509.constraints import constraint_problems

Forge = Callable[[forgery.Issuer, forgery.Holder, datetime], Identity]
GIVE_A_CLIENT = "give one with --client-cert and --client-key"
NEEDS_KEY = "needs the authority's key: --authority-key-from-state reads it from the stack's state"


def no_certificate(target: Target) -> Finding:
    """Without a certificate the handshake is refused."""
    did = "connected without a certificate"
    if target.as_nobody.let_in and not target.load_balancer.mutual_authentication:
        saw = f"let in ({target.as_nobody.detail}): the stack switches client verification off"
        return failed(did, saw, Evidence.LET_IN)
    return refusal(target, target.as_nobody, did)


def stranger(target: Target) -> Finding:
    """A certificate from an unknown CA is refused."""
    did = "showed a certificate from a CA made for this check"
    if target.as_nobody.let_in:
        return not_checked(did, "the listener demands no certificate (see mtls.no-certificate)")
    return refusal(target, target.as_stranger, did)


def of_other_listeners(target: Target) -> Finding:
    """Who belongs to another listener of the stack, with another CA, is refused here."""
    did = f"showed the certificates of {', '.join(sorted(target.of_others)) or 'no client'}"
    if premise := _premise(target):
        return not_checked(did, premise)
    if not target.of_others:
        return not_checked(did, "the stack has no key of a client of another listener")
    shown = [
        Identity(bundle.certificate + bundle.chain, bundle.private_key)
        for _, bundle in sorted(target.of_others.items())
    ]
    return refusal(target, _least_refused(target, shown), did)


def same_name_ca(target: Target) -> Finding:
    """A CA with the trusted CA's name, but another key, is not trusted."""
    did = "showed a certificate from a CA with the trusted CA's name and key identifier, but another key"
    if premise := _premise(target):
        return not_checked(did, premise)
    if not target.outputs.authority:
        return not_checked(did, "the stack outputs carry no CA certificate, so its name is unknown")
    trusted = read_chain(target.outputs.authority.certificate, "authority.certificate")[0]
    return refusal(target, target.handshake(forgery.same_name(trusted, target.holder, target.now)), did)


def wrong_key(target: Target) -> Finding:
    """The good certificate without its key is refused."""
    did = "showed the good certificate, signed the handshake with another key"
    if target.as_nobody.let_in:
        return not_checked(did, "the listener demands no certificate (see mtls.no-certificate)")
    bundle = next(iter(target.outputs.clients.values()), None)
    good = target.client or (Identity(bundle.certificate + bundle.chain, "") if bundle else None)
    if not good:
        return not_checked(did, "the stack has no client certificate")
    try:
        return refusal(target, target.handshake(forgery.wrong_key(good)), did)
    except forgery.UnsupportedKey as problem:
        return not_checked(did, str(problem))


def expired(target: Target) -> Finding:
    """A certificate of the trusted authority that is over is refused, while a fresh one is let in."""
    did = "had the authority sign a fresh certificate and an expired one, showed both"
    return _against_control(target, did, forgery.expired)


def server_only(target: Target) -> Finding:
    """A certificate of the trusted authority for servers is refused, while one for clients is let in."""
    did = "had the authority sign a client certificate and a server-only one, showed both"
    return _against_control(target, did, forgery.server_only)


def rotated_out(target: Target) -> Finding:
    """A certificate of a generation the listener no longer trusts is refused."""
    did = "had each generation that is no longer trusted sign a certificate, showed it"
    if target.issuers is None:
        return not_checked(did, NEEDS_KEY)
    if not target.rotated_out:
        return ok(did, "no generation in the stack's state is retired: there is nothing to refuse", Evidence.COMPUTED)
    if premise := _premise(target):
        return not_checked(did, premise)
    shown = [(forgery.fresh(issuer, target.holder, target.now), issuer.certificate) for issuer in target.rotated_out]
    fair = [identity for identity, ca in shown if not constraint_problems(identity.certificate, [ca])]
    if not fair:
        return not_checked(
            did, "its name constraints leave the client's names outside: those alone would have it refused"
        )
    return refusal(target, _least_refused(target, fair), did)


def accepted(target: Target) -> Finding:
    """The good client is let in. The servers behind the listener are judged by `servers.alternate` and `health.servers`."""
    if not target.client:
        return _reachable(target)
    did = f"connected as {target.client_name}, asked for /"
    attempt = target.as_client
    if not target.addresses:
        return not_checked(did, attempt.detail)
    if attempt.let_in:
        behind = " (see servers.alternate and health.servers)" if attempt.status >= 500 else ""
        return ok(did, f"let in, {attempt.detail}{behind}", Evidence.LET_IN)
    return failed(did, attempt.detail)


def _reachable(target: Target) -> Finding:
    """Without any client's key, at least somebody must be listening."""
    did = "looked for a client whose key the stack has"
    if target.as_nobody.outcome is Outcome.UNREACHABLE and target.addresses:
        return failed(did, f"none, and {target.as_nobody.detail}")
    return not_checked(did, f"none; {GIVE_A_CLIENT}")


def _against_control(target: Target, did: str, forge: Forge) -> Finding:
    """Refused for its one fault: the same issuer's faultless certificate is let in."""
    if not target.issuers:
        return not_checked(
            did, NEEDS_KEY if target.issuers is None else "the state holds no key of the issuing authority"
        )
    if premise := _premise(target):
        return not_checked(did, premise)
    issuer = target.issuers[0]
    control = target.handshake(forgery.fresh(issuer, target.holder, target.now))
    if not control.let_in:
        return not_checked(did, f"the fresh one is not let in either: {control.detail} (see mtls.accepted)")
    return _judged(target.handshake(forge(issuer, target.holder, target.now)), did)


def _premise(target: Target) -> str:
    """Why a finer refusal cannot be judged; empty when it can."""
    if target.as_nobody.let_in:
        return "the listener demands no certificate (see mtls.no-certificate)"
    if target.as_stranger.let_in:
        return "the listener believes any certificate (see mtls.stranger)"
    return ""


def _least_refused(target: Target, identities: Sequence[Identity]) -> Attempt:
    """The attempt with each of them that speaks against the listener, if one does."""
    attempts = [target.handshake(identity) for identity in identities]
    return next((attempt for attempt in attempts if not attempt.refused), attempts[0])


def refusal(target: Target, attempt: Attempt, did: str) -> Finding:
    """A refusal counts only where the same listener lets a control in: else it may be a listener that serves nobody."""
    control = target.control
    if attempt.refused and control is None:
        return not_checked(did, f"refused ({attempt.detail}), but no client is known that is let in; {GIVE_A_CLIENT}")
    if attempt.refused and control and not control.let_in:
        return not_checked(did, f"refused ({attempt.detail}), and so is the control (see mtls.accepted)")
    return _judged(attempt, did)


def _judged(attempt: Attempt, did: str) -> Finding:
    """The verdict on an attempt that must be refused; a control was let in beside it."""
    if attempt.let_in:
        return failed(did, f"let in, {attempt.detail}", Evidence.LET_IN)
    if not attempt.refused:
        return not_checked(did, f"{attempt.detail} (see mtls.accepted)")
    by_status = attempt.outcome is Outcome.ANSWERED
    return ok(
        did,
        f"refused ({attempt.detail})",
        Evidence.STATUS_BESIDE_CONTROL if by_status else Evidence.ALERT_BESIDE_CONTROL,
    )
