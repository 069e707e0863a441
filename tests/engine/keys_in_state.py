"""The authority's keys out of a sandbox's state: tests make near misses with them, nothing else may."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mtlsedge_components.x509.building import Issuer, Request, issue, issue_root
from mtlsedge_components.x509.keys import generate, public_pem
from mtlsedge_components.x509.profiles import Profile
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.sandbox import STACK, Sandbox


@dataclass(frozen=True)
class AuthorityKeys:
    """Root and intermediate with their keys."""

    root: Issuer
    intermediate: Issuer
    root_subject: Subject

    def backdated(self) -> Issuer:
        """An intermediate of the true root that was valid last week, so that it can sign what has expired since."""
        key = generate("ecdsa-p256")
        request = Request(
            Profile.INTERMEDIATE,
            Subject(common_name="Backdated"),
            SubjectAlternativeNames(),
            30,
            public_pem(key),
            0,
        )
        then = datetime.now(UTC) - timedelta(days=7)
        old_root = issue_root(
            Request(
                Profile.ROOT,
                self.root_subject,
                SubjectAlternativeNames(),
                3650,
                public_pem(self.root.private_key_pem),
                1,
            ),
            self.root.private_key_pem,
            then,
        )
        issuer = Issuer(old_root.certificate_pem, self.root.private_key_pem)
        return Issuer(issue(request, issuer, then).certificate_pem, key)


def resources(stack: Sandbox) -> list[dict[str, Any]]:
    """The deployment's resources with secrets in clear."""
    shown = stack.pulumi("stack", "export", "--show-secrets", "--stack", STACK)
    found: list[dict[str, Any]] = json.loads(shown.stdout)["deployment"]["resources"]
    return found


def authority_keys(stack: Sandbox) -> AuthorityKeys:
    """Read root and intermediate of the one generation."""
    by_name = {one["urn"].rsplit("::", 1)[1]: one.get("outputs", {}) for one in resources(stack)}
    name = next(key for key in by_name if key.endswith("-root"))
    stem = name.removesuffix("-root")
    subject = {key: value for key, value in by_name[name]["subject"].items() if isinstance(value, str)}
    return AuthorityKeys(
        Issuer(by_name[name]["certificate_pem"], _plain(by_name[f"{name}-key"]["private_key_pem"])),
        Issuer(
            by_name[f"{stem}-intermediate"]["certificate_pem"],
            _plain(by_name[f"{stem}-intermediate-key"]["private_key_pem"]),
        ),
        Subject(**subject),
    )


def _plain(value: Any) -> str:
    """A secret as `--show-secrets` writes it."""
    return json.loads(value["plaintext"]) if isinstance(value, dict) else str(value)
