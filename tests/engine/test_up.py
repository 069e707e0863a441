"""What a user sees of a stack that is up: quiet second runs, small changes, previews that need nothing."""

from datetime import UTC, datetime

import pytest

from mtlsedge_components.x509.building import Request, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.cloud_calls import ALB, CAS, call
from tests.engine.sandbox import Sandbox

pytestmark = pytest.mark.engine


def test_verify_is_green(stack: Sandbox) -> None:
    """Every check of `mtlsedge verify` is ok on the checked-in local stack; none is left unchecked."""
    assert {"ok"} == set(stack.verify().values()), stack.verify()


def test_a_second_preview_shows_no_change(stack: Sandbox) -> None:
    """`pulumi preview --expect-no-changes` passes right after `up`."""
    stack.preview("--expect-no-changes")


def test_a_refreshing_preview_shows_no_drift(stack: Sandbox) -> None:
    """`pulumi preview --refresh --expect-no-changes` passes: the cloud says what the state says."""
    stack.preview("--refresh", "--expect-no-changes")


def test_a_preview_calls_nobody_and_needs_no_credentials(stack: Sandbox) -> None:
    """With the local cloud dead and dummy credentials a preview shows the same steps as with both."""
    environment = stack.environment()
    dummies = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "dummy", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "dummy"}
    with stack.changed({"mtlsedge:clients": {"alice": {}, "carol": {}}}):
        alive = stack.steps()
        calls = len(stack.requests())
        stack.kill_cloud()
        try:
            dead = stack.steps(env=environment | dummies)
        finally:
            stack.start_cloud()
    assert alive == dead
    assert alive
    assert len(stack.requests()) == calls


def test_changing_one_client_touches_only_that_client(stack: Sandbox) -> None:
    """A longer validity for bob replaces bob's certificate and nothing of alice, the CA or the listener."""
    with stack.changed({"mtlsedge:clients": {"alice": {}, "bob": {"email": ["bob@example.test"], "validityDays": 61}}}):
        steps = stack.steps()
    touched = {name for name, operation in steps.items() if operation != "same"}
    assert touched
    assert {name for name in touched if "bob" not in name} <= {"mtlsedge-local"}


def test_renaming_a_server_group_is_one_update(stack: Sandbox) -> None:
    """A new physical name is one update of the group; the listener keeps its id and the group keeps its servers."""
    before = stack.outputs()
    with stack.changed({"mtlsedge:names": {"server-group/web": "renamed-web"}}):
        assert {"update": 1} == _count(stack.steps())
        stack.up()
        after = stack.outputs()
    stack.up()
    assert before["loadBalancer"]["listenerId"] == after["loadBalancer"]["listenerId"]
    assert before["serverGroups"]["web"]["id"] == after["serverGroups"]["web"]["id"]


def test_a_ca_that_a_listener_uses_cannot_be_deleted_behind_our_back(stack: Sandbox) -> None:
    """The cloud refuses that, and says why."""
    identifier = stack.outputs()["caIdentifier"]
    with pytest.raises(Exception, match=r"(?i)use"):
        call(stack, CAS, "DeletePCACert", Identifier=identifier)


def test_a_ca_swapped_behind_our_back_shows_as_drift(stack: Sandbox) -> None:
    """Another CA in the listener's slot is a change in the next refreshing preview, and `up` puts the right one back."""
    outputs = stack.outputs()
    listener, right = outputs["loadBalancer"]["listenerId"], outputs["caIdentifier"]
    uploaded = next(entry for entry in call(stack, CAS, "ListCertWarehouse")["CertWarehouseList"])
    foreign = call(stack, CAS, "UploadPCACert", WarehouseId=uploaded["WhId"], Cert=foreign_ca(), Name="saboteur")
    wrong = {"CaCertificates.1.CertificateId": foreign["Identifier"]}
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, **wrong)
    shown = stack.preview("--refresh", "--expect-no-changes", check=False)
    assert shown.returncode != 0
    assert "caCertificates" in stack_text(shown)
    stack.up("--refresh")
    assert right in str(call(stack, ALB, "GetListenerAttribute", ListenerId=listener)["CaCertificates"])
    call(stack, CAS, "DeletePCACert", Identifier=foreign["Identifier"])


def foreign_ca() -> str:
    """A CA certificate that is none of the stack's."""
    now, key = datetime.now(UTC), generate("ecdsa-p256")
    request = Request(Profile.ROOT, Subject("Foreign"), SubjectAlternativeNames(), 30, public_pem(key), 1)
    return issue_root(request, key, now).certificate_pem


def test_a_console_edit_of_the_listener_shows_as_drift(stack: Sandbox) -> None:
    """Client verification switched off in the console is a change in the next refreshing preview."""
    listener = stack.outputs()["loadBalancer"]["listenerId"]
    call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="false")
    try:
        shown = stack.preview("--refresh", "--expect-no-changes", check=False)
    finally:
        call(stack, ALB, "UpdateListenerAttribute", ListenerId=listener, CaEnabled="true")
    assert shown.returncode != 0
    assert "caEnabled" in stack_text(shown)


def test_another_account_is_refused_before_the_first_write(stack: Sandbox) -> None:
    """`up` with credentials of an account that is not `accountId` names both and writes nothing."""
    writes = [entry for entry in stack.requests() if entry.get("writes")]
    with stack.changed({"mtlsedge:accountId": "9999999999999999", "mtlsedge:clients": {}}):
        refused = stack.up(check=False)
    text = stack_text(refused)
    assert refused.returncode != 0
    assert "9999999999999999" in text and "1234567890123456" in text
    assert "Traceback" not in text
    assert writes == [entry for entry in stack.requests() if entry.get("writes")]


def test_no_orphans_after_an_undisturbed_up(stack: Sandbox) -> None:
    """What `up` made is all in the state."""
    assert [] == stack.orphans()


def stack_text(done: object) -> str:
    """Both streams of a finished command."""
    return f"{getattr(done, 'stdout', '')}{getattr(done, 'stderr', '')}"


def _count(steps: dict[str, str]) -> dict[str, int]:
    counted: dict[str, int] = {}
    for operation in steps.values():
        counted[operation] = counted.get(operation, 0) + 1
    return counted
