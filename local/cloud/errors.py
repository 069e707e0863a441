"""What an action refuses with, in the form the vendor's clients expect.

Codes and messages obey what the provider matches by substring (openapi-contract.md §4.2): no message holds
the text "NotFound" unless the object is really gone, and none holds a hyphen followed by digits.
"""


class CloudError(Exception):
    """An answer other than success: HTTP status, error code and message, all of them shown to the caller."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def gone(code: str, what: str) -> CloudError:
    """The object named by the request does not exist: 404, which every client stack reads as "gone"."""
    return CloudError(404, code, f"The specified {what} does not exist.")


def refused(code: str, message: str) -> CloudError:
    """The request cannot be done as it stands: 400."""
    return CloudError(400, code, message)


def missing(parameter: str) -> CloudError:
    """A mandatory parameter is absent or empty."""
    return refused(
        "MissingParameter", f"The input parameter {parameter} that is mandatory for this request is missing."
    )


def invalid(parameter: str, reason: str) -> CloudError:
    """A parameter has a value the service does not take; `reason` says what is allowed."""
    return refused(f"InvalidParameter.{parameter}", f"The specified {parameter} is invalid: {reason}.")


def in_use(code: str, message: str) -> CloudError:
    """The object cannot go while another one refers to it."""
    return refused(code, message)
