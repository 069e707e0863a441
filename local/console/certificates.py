"""Certificates and CA repository with expiry: what Certificate Management Service shows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from local.console.layout import BAD, GOOD, Body, brief, code, lead, lines, table, word
from local.console.markup import Child, Markup, joined
from local.console.sources import Sources, expiry, from_milliseconds, listener_link, text
from local.proxy.inventory import ReadableStore

HEADS = ("Certificate", "Ends", "Names", "Issuer", "Algorithm", "SHA-256", "Used by")


def page(sources: Sources) -> Body:
    """Server certificates, CA repositories, and the private CA where there is one."""
    store, now = sources.store, sources.now()
    users = _users(store)
    servers = [_server(one, users, now) for one in store.list("cas.server_certificate")]
    repositories = {str(one["WhId"]): one for one in store.list("cas.warehouse")}
    authorities = [_authority(one, repositories, users, now) for one in store.list("cas.ca_certificate")]
    parts = [
        lead("What Certificate Management Service shows. Private keys are on no page."),
        table("Server certificates", HEADS, servers, "No server certificate was uploaded."),
        table("CA certificates in repositories", ("CA", "Ends", "Repository", *HEADS[4:]), authorities,
              "No CA certificate was uploaded."),
        table("Repositories", ("Repository", "Type", "ID"), map(_repository, repositories.values()),
              "There is no repository."),
        *_private(sources, now),
    ]  # fmt: skip
    return Body("certificates", "Certificates", joined(parts))


def _users(store: ReadableStore) -> dict[str, list[Markup]]:
    """Listeners by the certificate that they use."""
    balancers = {str(one["LoadBalancerId"]): one for one in store.list("alb.load_balancer")}
    found: dict[str, list[Markup]] = {}
    for listener in store.list("alb.listener"):
        shown = listener_link(listener, balancers)
        for key in ("Certificates", "AdditionalCertificates", "CaCertificates"):
            for entry in listener.get(key) or []:
                found.setdefault(str(entry["CertificateId"]), []).append(shown)
    return found


def _server(document: dict[str, Any], users: Mapping[str, list[Markup]], now: datetime) -> list[Child]:
    known = document.get("Facts") or {}
    identifier = f"{document['CertId']}-{document.get('Site', '')}"
    return [
        lines([text(document, "Name"), code(identifier)]),
        _end(known, now),
        lines(map(brief, str(known["Sans"]).split(",")) if known.get("Sans") else []),
        text(known, "Issuer"),
        _algorithm(known),
        code(text(known, "Sha2")),
        lines(users.get(identifier, [])),
    ]


def _authority(
    document: dict[str, Any], repositories: Mapping[str, Any], users: Mapping[str, list[Markup]], now: datetime
) -> list[Child]:
    identifier = str(document["Identifier"])
    repository = repositories.get(str(document.get("WhId"))) or {}
    return [
        lines([text(document, "CommonName", "Name"), code(identifier)]),
        _end(document, now),
        str(repository.get("Name") or document.get("WhInstanceId") or "-"),
        _algorithm(document),
        code(text(document, "Sha2")),
        lines(users.get(identifier, [])),
    ]


def _repository(document: dict[str, Any]) -> list[Child]:
    return [
        text(document, "Name"),
        text(document, "WarehouseType"),
        code(str(document["InstanceId"])),
    ]


def _private(sources: Sources, now: datetime) -> list[Markup]:
    """The private CA, only where one was ordered."""
    authorities = [_issued(one, "CertificateType", now) for one in sources.store.list("cas.pca_authority")]
    clients = [_issued(one, "ParentIdentifier", now) for one in sources.store.list("cas.pca_client")]
    if not authorities:
        return []
    return [
        table("Private CA", ("CA", "Ends", "Status", "Type", "SHA-256"), authorities, ""),
        table("Client certificates of the private CA", ("Client", "Ends", "Status", "Issuing CA", "SHA-256"), clients,
              "No client certificate was ordered."),
    ]  # fmt: skip


def _issued(document: dict[str, Any], key: str, now: datetime) -> list[Child]:
    status = text(document, "Status")
    return [
        lines([text(document, "CommonName"), code(str(document["Identifier"]))]),
        _end(document, now),
        word(GOOD if status == "ISSUE" else BAD, status),
        str(document.get(key) or "-"),
        code(text(document, "Sha2")),
    ]


def _algorithm(known: Mapping[str, Any]) -> Markup:
    return lines(brief(str(known[name])) for name in ("Algorithm", "SignAlgorithm") if known.get(name))


def _end(known: Mapping[str, Any], now: datetime) -> Markup:
    return expiry(from_milliseconds(known["NotAfter"]), now) if known.get("NotAfter") else word(BAD, "not known")


def used_certificate(document: Mapping[str, Any] | None, identifier: str, now: datetime) -> Markup:
    """A certificate that a listener uses: name, id and last day."""
    if document is None:
        return word(BAD, f"{identifier} does not exist")
    known = document.get("Facts") or document
    name = str(document.get("CommonName") or document.get("Name") or identifier)
    return lines([name, _end(known, now)])
