"""What an operator gets to read when a call fails."""

import pytest
from alibabacloud_credentials.exceptions import CredentialException
from alibabacloud_tea_openapi.exceptions import ClientException, ServerException
from darabonba.exceptions import RetryError, UnretryableException
from darabonba.policy.retry import RetryPolicyContext

from mtlsedge_components.dynamic.errors import CloudError, ProviderError, cloud_call, safely
from mtlsedge_components.x509.errors import CertificateError

SECRET = "-----BEGIN PRIVATE KEY-----planted"


def failure(error: Exception) -> CloudError:
    """What a call that raises `error` comes to."""
    with pytest.raises(CloudError) as caught, cloud_call("UploadPCACert"):
        raise error
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    return caught.value


def refusal(code: str, status: int) -> Exception:
    """An SDK exception whose every text holds a secret."""
    kind = ServerException if status >= 500 else ClientException
    return kind(status_code=status, code=code, message=SECRET, detail=SECRET, description=SECRET, data={"Key": SECRET})


@pytest.mark.parametrize(
    ("code", "status", "meaning"),
    [
        ("Throttling.User", 503, "too many requests; try again later"),
        ("Forbidden.RAM", 403, "the credentials lack the permission for this action"),
        ("SignatureDoesNotMatch", 400, "the access key secret is wrong"),
        ("SomethingNew.Entirely", 400, "the service refused the request"),
    ],
)
def test_a_refusal_is_told_by_its_code_in_our_words(code: str, status: int, meaning: str) -> None:
    """The service's own message may quote the request, so it is dropped."""
    assert str(failure(refusal(code, status))) == f"UploadPCACert failed: {code}: {meaning}"


@pytest.mark.parametrize(
    ("told", "shown"), [("7A1B-C2D3", " (request 7A1B-C2D3)"), (SECRET, ""), ("x" * 65, ""), (7, ""), (None, "")]
)
def test_the_request_is_named(told: object, shown: str) -> None:
    """By the id that the account's records have it under; what does not look like one is not shown."""
    error = refusal("Forbidden.RAM", 403)
    error.request_id = told  # type: ignore[attr-defined]
    assert str(failure(error)).endswith(f"the credentials lack the permission for this action{shown}")


@pytest.mark.parametrize("code", [SECRET, "a b", "x" * 81, ""])
def test_a_code_that_is_no_code_is_not_shown(code: str) -> None:
    """A code slot can hold anything; only what looks like a code passes."""
    assert failure(refusal(code, 418)).code == "HTTP 418"


def test_a_broken_transport_is_unanswered() -> None:
    """Without an answer the request may have been executed; the URL in the cause is not shown."""
    wrapped = UnretryableException(RetryPolicyContext(exception=RetryError(f"https://host/?Cert={SECRET}")))
    error = failure(wrapped)
    assert error.unanswered
    assert not error.throttled


def test_missing_credentials_say_so() -> None:
    """The chain's own text lists files and variables with what is in them."""
    error = failure(CredentialException(SECRET))
    assert "no credentials in the environment" in str(error)
    assert not error.unanswered


def test_anything_else_is_only_a_type() -> None:
    """A bug in an SDK prints its type name."""
    assert str(failure(KeyError(SECRET))).startswith("UploadPCACert failed: KeyError: ")


def test_the_kinds_of_refusal_are_told_apart() -> None:
    """Not found ends a delete, throttling may be repeated even for a create, 5xx may have been executed."""
    assert failure(refusal("Gone", 404)).not_found
    assert failure(refusal("NotFound.Cert", 400)).not_found
    throttled, broken = failure(refusal("Throttling", 503)), failure(refusal("InternalError", 500))
    assert throttled.throttled
    assert not throttled.unanswered
    assert broken.unanswered


@pytest.mark.parametrize("error", [ProviderError("refused"), CertificateError("unreadable")])
def test_our_own_errors_pass_unchanged(error: Exception) -> None:
    """Their texts are safe by construction."""

    @safely
    def method() -> None:
        raise error

    with pytest.raises(type(error), match=str(error)):
        method()


def test_foreign_errors_do_not_leave_a_provider_method() -> None:
    """The traceback the engine logs must not chain to the original either."""

    @safely
    def method() -> None:
        raise ValueError(SECRET)

    with pytest.raises(ProviderError, match=r"failed: ValueError$") as caught:
        method()
    assert caught.value.__suppress_context__


def test_a_missing_package_is_named() -> None:
    """A program's requirements that were not installed are the operator's to mend: the name says which."""

    @safely
    def method() -> None:
        raise ModuleNotFoundError(SECRET, name="kubernetes")

    with pytest.raises(ProviderError, match=r"failed: ModuleNotFoundError of kubernetes$"):
        method()
