"""At most four connections to a listener, and what each of them showed."""

import ssl
from dataclasses import dataclass, replace
from enum import Enum

from cryptography.hazmat.primitives.serialization import Encoding

from mtlsedge.errors import CommandError
from mtlsedge.explain.predicting import NOBODY, Client
from mtlsedge.verify.connecting import SYSTEM_ROOTS, Attempt, Endpoint, Outcome, Request, attempt
from mtlsedge.verify.identity import Identity, load_into

NAME_ALERTS = ("unrecognized name",)
TLS_ALERTS = (
    "handshake failure",
    "protocol version",
    "unsupported protocol",
    "insufficient security",
    "no protocols",
    "internal error",
)
CLOSED = "closed"


class Variation(Enum):
    """What the last connection does otherwise, to tell causes apart that strike before any certificate is judged."""

    NONE = "nothing"
    NO_NAME = "no host name in the handshake"
    ALL_CIPHERS = "every cipher"


@dataclass(frozen=True)
class Aim:
    """Where the listener is, what signs its certificate (PEM or the system's roots), and what TLS the client speaks."""

    host: str
    endpoint: Endpoint
    server_ca: str = SYSTEM_ROOTS
    path: str = "/"
    newest_tls: str = ""
    """`1.2` for a client that knows no newer version; "": the newest."""
    ciphers: str = ""
    """What the client offers in OpenSSL's words; "": everything."""


@dataclass(frozen=True)
class Answers:
    """The attempts: with the server judged; as the client, server not judged; as nobody; as nobody with a variation."""

    judged: Attempt
    as_client: Attempt
    as_nobody: Attempt | None = None
    varied: Attempt | None = None
    variation: Variation = Variation.NONE

    @property
    def connections(self) -> int:
        """How many were made."""
        distinct = [self.judged, self.as_nobody, self.varied]
        return sum(one is not None for one in distinct) + (self.as_client is not self.judged)


def can_connect(client: Client) -> bool:
    """Whether this machine can show what the client shows: not without its key, nor what its own library refuses."""
    if not client.sent:
        return not client.problems
    try:
        _load(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), client)
    except CommandError:
        return False
    return bool(client.private_key_pem)


def ask(aim: Aim, client: Client) -> Answers:
    """Connects as the client, once more without judging the server, and as nobody, where that tells more."""
    judged = _try(aim, client, judge_server=True)
    if judged.outcome is Outcome.UNREACHABLE or _is_silent(judged):
        return Answers(judged, judged)
    as_client = _try(aim, client, judge_server=False) if judged.outcome is Outcome.UNTRUSTED else judged
    if not client.sent:
        return Answers(judged, as_client, None, *_varied(aim, client, as_client))
    as_nobody = _try(aim, NOBODY, judge_server=False)
    if as_client.peer_der:  # name, version and ciphers were agreed on
        return Answers(judged, as_client, as_nobody)
    return Answers(judged, as_client, as_nobody, *_varied(aim, client, as_nobody))


def _varied(aim: Aim, client: Client, seen: Attempt) -> tuple[Attempt | None, Variation]:
    """Only where the handshake failed before any certificate was judged can name, version or ciphers be the matter."""
    if not fails_early(seen):
        return None, Variation.NONE
    if aim.newest_tls or aim.ciphers:
        return _try(replace(aim, ciphers=""), client, judge_server=False), Variation.ALL_CIPHERS
    return _try(aim, NOBODY, judge_server=False, has_name=False), Variation.NO_NAME


def fails_early(seen: Attempt) -> bool:
    """Whether a handshake ended without a word about certificates."""
    words = (*NAME_ALERTS, *TLS_ALERTS, CLOSED, "reset", "eof")
    return seen.outcome in {Outcome.REFUSED, Outcome.UNCLEAR} and any(word in seen.detail.lower() for word in words)


def _is_silent(seen: Attempt) -> bool:
    return "no answer within" in seen.detail


def _try(aim: Aim, client: Client, *, judge_server: bool, has_name: bool = True) -> Attempt:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _load(context, client)
    _prepare(context, aim, judge_server=judge_server)
    if not has_name:
        context.check_hostname = False
        return attempt(aim.endpoint, Request("", aim.path, {"Host": aim.host}), context)
    return attempt(aim.endpoint, Request(aim.host, aim.path), context)


def _load(context: ssl.SSLContext, client: Client) -> None:
    if client.sent and client.private_key_pem:
        context.set_ciphers("DEFAULT:@SECLEVEL=0")  # what is loaded is to be judged by the listener
        pem = "".join(one.public_bytes(Encoding.PEM).decode() for one in client.sent)
        load_into(context, Identity(pem, client.private_key_pem))


def _prepare(context: ssl.SSLContext, aim: Aim, *, judge_server: bool) -> None:
    """The client's side lets everything through that it can: the listener is to judge, not this machine's policy."""
    context.set_alpn_protocols(["http/1.1"])
    try:
        context.set_ciphers(f"{aim.ciphers or 'DEFAULT'}:@SECLEVEL=0")
    except ssl.SSLError:
        raise CommandError(f"--ciphers: found {aim.ciphers!r}; expected a list in OpenSSL's words") from None
    if aim.newest_tls:
        context.maximum_version = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}[aim.newest_tls]
    if not judge_server:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    elif aim.server_ca == SYSTEM_ROOTS:
        context.load_default_certs()
    else:
        context.load_verify_locations(cadata=aim.server_ca)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
