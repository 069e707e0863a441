"""Each thing that `verify` checks, broken through the cloud's own API: exactly that row turns red.

What no API call can break (a listener that ignores dates, key usage or signatures) is sabotaged in
tests/unit/test_verify_sabotage.py, against servers that do so.
"""

import operator
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.cloud_calls import ALB, CAS, DNS, call
from tests.engine.sandbox import Sandbox
from tests.waiting import eventually

pytestmark = pytest.mark.engine

Sabotage = Callable[[Sandbox], AbstractContextManager[None]]


def self_signed(profile: Profile) -> tuple[str, str]:
    """A foreign CA, or a server certificate for our host below one, with its key."""
    now, key = datetime.now(UTC), generate("ecdsa-p256")
    root = Request(Profile.ROOT, Subject("Foreign"), SubjectAlternativeNames(), 30, public_pem(key), 1)
    certificate = issue_root(root, key, now).certificate_pem
    if profile is Profile.ROOT:
        return certificate, key
    leaf_key, names = generate("ecdsa-p256"), SubjectAlternativeNames(dns=("www.example.test",))
    request = Request(Profile.SERVER, Subject("www.example.test"), names, 20, public_pem(leaf_key))
    return issue(request, Issuer(certificate, key), now).certificate_pem, leaf_key


@contextmanager
def listener_changed(stack: Sandbox, wrong: dict[str, Any], right: dict[str, Any]) -> Iterator[None]:
    """The HTTPS listener with attributes of the saboteur's, and put back."""
    listener = stack.outputs()["loadBalancer"]["listenerId"]
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, **wrong)
    try:
        yield
    finally:
        call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, **right)


@contextmanager
def record_hidden(stack: Sandbox) -> Iterator[None]:
    """The CNAME switched off."""
    record = stack.objects()["alidns.record"][0]
    call(stack, DNS, "SetDomainRecordStatus", RecordId=record, Status="Disable")
    try:
        yield
    finally:
        call(stack, DNS, "SetDomainRecordStatus", RecordId=record, Status="Enable")


def old_tls(stack: Sandbox) -> AbstractContextManager[None]:
    """A TLS policy that takes TLS 1.0."""
    policy = stack.outputs()["loadBalancer"]["tlsPolicy"]
    return listener_changed(stack, {"SecurityPolicyId": "tls_cipher_policy_1_0"}, {"SecurityPolicyId": policy})


@contextmanager
def foreign_server_certificate(stack: Sandbox) -> Iterator[None]:
    """A server certificate that another CA made, for the same host."""
    certificate, key = self_signed(Profile.SERVER)
    uploaded = call(stack, CAS, "UploadUserCertificate", Name="saboteur", Cert=certificate, Key=key)["CertId"]
    right = stack.outputs()["serverCertificate"]["identifier"]
    suffix = right.split("-", 1)[1]
    wrong = {"Certificates.1.CertificateId": f"{uploaded}-{suffix}"}
    with listener_changed(stack, wrong, {"Certificates.1.CertificateId": right}):
        yield
    call(stack, CAS, "DeleteUserCertificate", CertId=uploaded)


@contextmanager
def foreign_ca(stack: Sandbox) -> Iterator[None]:
    """Another CA in the listener's slot."""
    certificate, _ = self_signed(Profile.ROOT)
    repositories = call(stack, CAS, "ListCertWarehouse")["CertWarehouseList"]
    uploaded = call(
        stack, CAS, "UploadPCACert", WarehouseId=repositories[0]["WhId"], Cert=certificate, Name="saboteur"
    )["Identifier"]
    right = stack.outputs()["caIdentifier"]
    wrong = {"CaCertificates.1.CertificateId": uploaded}
    with listener_changed(stack, wrong, {"CaCertificates.1.CertificateId": right}):
        yield
    call(stack, CAS, "DeletePCACert", Identifier=uploaded)


@contextmanager
def one_server_for_one_client(stack: Sandbox) -> Iterator[None]:
    """A scheduler that sends each client address to the same server for ever."""
    group = stack.outputs()["serverGroups"]["web"]["id"]
    call(stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Sch")
    try:
        yield
    finally:
        call(stack, ALB, "UpdateServerGroupAttribute", ServerGroupId=group, Scheduler="Wrr")


@contextmanager
def header_off(stack: Sandbox) -> Iterator[None]:
    """The headers switched off in the console; `up --refresh` switches them on again."""
    listener = stack.outputs()["loadBalancer"]["listenerId"]
    switch = {"XForwardedForConfig.XForwardedForClientCertSubjectDNEnabled": "false"}
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, **switch)
    try:
        yield
    finally:
        stack.up("--refresh")


@contextmanager
def redirect_removed(stack: Sandbox) -> Iterator[None]:
    """The redirect rule deleted in the console; `up --refresh` makes it again."""
    call(stack, ALB, "DeleteRule", RuleId=stack.objects()["alb.rule"][0])
    try:
        yield
    finally:
        stack.up("--refresh")


@contextmanager
def server_stopped(stack: Sandbox) -> Iterator[None]:
    """One server's process ends."""
    switch = stack.local / "cloud" / "broken-backends"
    switch.write_text("ECS02\n")
    try:
        yield
    finally:
        switch.unlink()


def failed(rows: dict[str, str]) -> set[str]:
    """The checks that `verify` found broken."""
    return {row for row, status in rows.items() if status == "failed"}


SABOTAGES: dict[str, Sabotage] = {
    "dns.resolves": record_hidden,
    "tls.floor": old_tls,
    "tls.server-chain": foreign_server_certificate,
    "mtls.accepted": foreign_ca,
    "servers.alternate": one_server_for_one_client,
    "headers.forwarded": header_off,
    "http.redirect": redirect_removed,
    "health.servers": server_stopped,
}
"""Check id -> what breaks it."""


@pytest.mark.parametrize("check", list(SABOTAGES))
def test_a_sabotage_turns_exactly_its_row_red(stack: Sandbox, check: str) -> None:
    """The row that names the broken thing fails and the exit status follows; afterwards all is green again."""
    with SABOTAGES[check](stack):
        eventually(lambda: failed(stack.verify()), lambda rows: rows == {check})
    eventually(lambda: failed(stack.verify()), operator.not_)
    assert {"ok"} == set(stack.verify().values())


def test_client_verification_off_turns_the_doors_red(stack: Sandbox) -> None:
    """Switched off, everybody is let in: the rows of those who must be kept out fail, the good client's does not."""
    with listener_changed(stack, {"CaEnabled": "false"}, {"CaEnabled": "true"}):
        rows = eventually(stack.verify, lambda rows: "mtls.no-certificate" in failed(rows))
    assert failed(rows) <= {row for row in rows if row.startswith("mtls.")} | {"headers.forwarded"}
    assert rows["mtls.accepted"] == "ok"


def test_a_certificate_inside_its_window_turns_its_row_red(stack: Sandbox) -> None:
    """With a window of 40 days, alice's 30 days are too few; nothing else changes."""
    rows = stack.verify("--client-days", "40")
    assert {"expiry.days-left"} == failed(rows)
