"""The authority's keys out of a sandbox's state: tests make near misses with them, nothing else may."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mtlsedge_components import x509
from settings.model import Subject, SubjectAlternativeNames
from tests.engine.sandbox import STACK, Sandbox


@dataclass(frozen=True)
class AuthorityKeys:
    """Root and intermediate with their keys."""

    root: x509.Issuer
    intermediate: x509.Issuer
    root_subject: Subject

    def backdated(self) -> x509.Issuer:
        """An intermediate of the true root that was valid last week, so that it can sign what has expired since."""
        key = x509.generate("ecdsa-p256")
        request = x509.Request(
            x509.Profile.INTERMEDIATE,
            Subject(common_name="Backdated"),
            SubjectAlternativeNames(),
            30,
            x509.public_pem(key),
            0,
        )
        then = datetime.now(UTC) - timedelta(days=7)
        old_root = x509.issue_root(
            x509.Request(
                x509.Profile.ROOT,
                self.root_subject,
                SubjectAlternativeNames(),
                3650,
                x509.public_pem(self.root.private_key_pem),
                1,
            ),
            self.root.private_key_pem,
            then,
        )
        issuer = x509.Issuer(old_root.certificate_pem, self.root.private_key_pem)
        return x509.Issuer(x509.issue(request, issuer, then).certificate_pem, key)


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
        x509.Issuer(by_name[name]["certificate_pem"], _plain(by_name[f"{name}-key"]["private_key_pem"])),
        x509.Issuer(
            by_name[f"{stem}-intermediate"]["certificate_pem"],
            _plain(by_name[f"{stem}-intermediate-key"]["private_key_pem"]),
        ),
        Subject(**subject),
    )


def _plain(value: Any) -> str:
    """A secret as `--show-secrets` writes it."""
    return json.loads(value["plaintext"]) if isinstance(value, dict) else str(value)
