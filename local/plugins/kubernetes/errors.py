"""What goes wrong, in words for an operator."""

from local.plugins.kubernetes import TITLE


class StandInError(Exception):
    """A refusal or failure; its text says that it comes from the stand-in."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{TITLE}: {text}")


class UnreachableError(StandInError):
    """Nobody answers where the kubeconfig points, or the kubeconfig cannot be used."""


class ApiError(StandInError):
    """The API server refused a request, with its HTTP `status` and its own message."""

    def __init__(self, action: str, status: int, message: str) -> None:
        super().__init__(f"{action}: HTTP {status}: {message}")
        self.status = status
