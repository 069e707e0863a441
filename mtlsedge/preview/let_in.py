"""Who is let in from now on, and who no longer: clients, what their certificates say, and the deny list. Leads a comment."""

from collections.abc import Iterator, Mapping

from mtlsedge.preview import renewals
from mtlsedge.preview import vocabulary as t
from mtlsedge.preview.effect import Effect
from mtlsedge.preview.events import Change, Preview

RENEWED = "client-renewed"
CHANGES = (
    "client-added", "client-names-changed", "client-request-changed", "client-validity-longer", "client-validity-shorter",
    "client-removed", "client-denied", "client-denied-no-more", "authority-added",
)  # fmt: skip
"""Kinds of effects that change who is authorised, or until when."""
KINDS = (*CHANGES, RENEWED)
"""Kinds of effects that stand under "Who is let in"."""


def find(preview: Preview) -> Iterator[Effect]:
    """Clients that are new, what present ones may say or for how long, who goes, and whose certificate is made anew."""
    yield from _trusted_beside(preview)
    yield from _issued_now(preview)
    yield from _removed(preview)
    yield from _denied(preview)


def _trusted_beside(preview: Preview) -> Iterator[Effect]:
    """New listeners with a CA that none trusted before, where others ask for certificates already."""
    listeners = list(t.listeners(preview, "HTTPS"))
    before = {ca for one in listeners if t.verifies(one.old) for ca in t.trusted(one.old)}
    for one in listeners:
        added = set(t.trusted(one.new)) - before
        if before and one.old is None and t.verifies(one.new) and added:
            port = (one.new or {}).get("listenerPort")
            known = ", ".join(sorted(added)) if t.is_known(sorted(added)) else "uploaded in this change"
            what = f"lets in, on port {port}, every client of a CA that no listener trusted before ({known})"
            yield Effect("authority-added", (one.name,), what)


def _issued_now(preview: Preview) -> Iterator[Effect]:
    before, after = _issued(preview, after=False), _issued(preview, after=True)
    replaced = {t.owner(one): one for one in t.client_certificates(preview) if one.operation == "replace"}
    for name, certificates in sorted(after.items()):
        if name not in before:
            said = ", ".join(sorted(_said(certificates)))
            what = f"is let in from now on, as {said}; {_days(certificates)} days a certificate"
            yield Effect("client-added", (name,), what)
            continue
        changed = list(_changed(name, before[name], certificates))
        yield from changed
        if not changed and name in replaced:
            yield _renewed(name, replaced[name])


def _changed(name: str, was: list[t.Inputs], now: list[t.Inputs]) -> Iterator[Effect]:
    said, no_more = sorted(_said(now) - _said(was)), sorted(_said(was) - _said(now))
    if said or no_more:
        parts = [f"is let in as {', '.join(said)} from now on"] if said else []
        parts += [f"no longer says {', '.join(no_more)}"] if no_more else []
        yield Effect("client-names-changed", (name,), "; ".join(parts))
    if _requests(now) - _requests(was):
        what = "is let in with the key of another certificate request, under the same name"
        yield Effect("client-request-changed", (name,), what)
    if _days(now) != _days(was):
        kind = "client-validity-longer" if _days(now) > _days(was) else "client-validity-shorter"
        yield Effect(kind, (name,), f"gets certificates of {_days(now)} days instead of {_days(was)}")


def _renewed(name: str, certificate: Change) -> Effect:
    renewal = renewals.of(certificate)
    ends = f"; the present one{_fingerprint(certificate)} ends on {renewal.until}" if renewal.until else ""
    return Effect(RENEWED, (name,), f"gets a new certificate{ends}")


def _removed(preview: Preview) -> Iterator[Effect]:
    """Clients that keep no certificate; one of a retired generation may go while another stays."""
    gone: dict[str, list[Change]] = {}
    for one in t.client_certificates(preview):
        gone.setdefault(t.owner(one), []).append(one)
    for name, certificates in sorted(gone.items()):
        if all(one.new is None for one in certificates):
            last = max(certificates, key=_end)
            what = f"gets no new certificate; the present one{_fingerprint(last)} works until {_end(last)[:10]}"
            yield Effect("client-removed", (name,), f"{what}, the load balancer knows no revocation")


def _end(certificate: Change) -> str:
    return str(certificate.outputs.get("not_after") or "it expires")


def _fingerprint(certificate: Change) -> str:
    known = certificate.outputs.get("fingerprint")
    return f" (SHA-256 {known})" if known and t.is_known(known) else ""


def _denied(preview: Preview) -> Iterator[Effect]:
    before, after = preview.denied_before, preview.denied_after
    if preview.incomplete:  # the program's last word is missing, and the list with it
        return
    for name, fingerprint in sorted(after.items()):
        if before.get(name) != fingerprint:
            what = f"the certificate SHA-256 {fingerprint} is turned away by servers that read the deny list"
            yield Effect("client-denied", (name,), what)
    for name, fingerprint in sorted(before.items()):
        if fingerprint not in after.values():
            what = f"the certificate SHA-256 {fingerprint} is on the deny list no more: it lets in until it ends"
            yield Effect("client-denied-no-more", (name,), what)


def _issued(preview: Preview, *, after: bool) -> dict[str, list[t.Inputs]]:
    """Inputs of each client's certificates at one moment."""
    found: dict[str, list[t.Inputs]] = {}
    for one in t.client_certificates(preview):
        if (inputs := one.new if after else one.old) is not None:
            found.setdefault(t.owner(one), []).append(inputs)
    return found


def _said(certificates: list[t.Inputs]) -> set[str]:
    """What certificates say of their subject, as far as the program says it and not a certificate request."""
    pairs = [
        (key, value)
        for one in certificates
        for block in (one.get("subject") or {}, one.get("names") or {})
        for key, values in (block.items() if isinstance(block, Mapping) else ())
        for value in (values if isinstance(values, list) else [values])
    ]
    return {f"{key} {value}" for key, value in pairs if value}


def _requests(certificates: list[t.Inputs]) -> set[str]:
    """Certificate requests, but for how their lines end: who made one holds the key."""
    return {"".join(str(one.get("csr_pem")).split()) for one in certificates if one.get("csr_pem")}


def _days(certificates: list[t.Inputs]) -> int:
    days = [one.get("validity_days") for one in certificates]
    return max((int(one) for one in days if isinstance(one, int | float)), default=0)
