"""What a record of `make live-check` says of the switches: so that the local cloud behaves as the real one was seen to.

A switch that the record does not decide, because its question was not asked or its answer has no name here, is left as it is.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from local.behaviours import BY_NAME

Evidence = Mapping[str, str]
"""What was tried -> what was seen."""
Rule = tuple[str, str, Callable[[Evidence, str], str | None]]
"""Question, switch, and the switch's answer from evidence and sentence; None where they decide nothing."""


def _named(key: str, **answers: str) -> Callable[[Evidence, str], str | None]:
    """The answer that belongs to what was seen under a key; a value is found by the words it begins with."""

    def decide(seen: Evidence, _text: str) -> str | None:
        value = seen.get(key, "")
        return next((answer for words, answer in answers.items() if value.startswith(words.replace("_", " "))), None)

    return decide


def _as_it_is(key: str) -> Callable[[Evidence, str], str | None]:
    return lambda seen, _text: seen.get(key)


def _refusal(seen: Evidence, _text: str) -> str | None:
    value = seen.get("no certificate", "")
    if not value.startswith("refused"):
        return None
    return "400" if "HTTP 400" in value else "alert"


def _fingerprint(_seen: Evidence, text: str) -> str | None:
    return next((answer for word, answer in (("SHA-256", "sha256"), ("SHA-1", "sha1")) if f"is {word};" in text), None)


def _forged(seen: Evidence, _text: str) -> str | None:
    off = [
        value
        for key, value in seen.items()
        if key.startswith("x-forwarded-clientcert-") and key.endswith("forwarding off")
    ]
    return ("passed" if "arrives" in off else "removed") if off else None


def _pem_end(seen: Evidence, _text: str) -> str | None:
    return "as-sent" if seen.get("certificate") == "comes back byte for byte" else None


RULES: tuple[Rule, ...] = (
    ("answers.shapes", "zone-addresses", _as_it_is("addresses of zones")),
    ("answers.shapes", "server-address", _named("address of a server", present="present", absent="echoed")),
    ("answers.shapes", "ca-identifier", _as_it_is("form of a CA's identifier")),
    ("client.refusals", "client-refusal", _refusal),
    ("chain.intermediates", "chain-walk", _named("sends the intermediate", let_in="walked", refused="direct")),
    ("headers.formats", "fingerprint", _fingerprint),
    ("headers.forged", "forged-headers", _forged),
    ("repository.instance-id", "repository-id", _named("same", true="same", false="other")),
    ("repository.instance-id", "repository-type", _as_it_is("type in ListCertWarehouse")),
    ("repository.codes", "repository-not-empty",
     lambda seen, _text: {"": None, "accepted": "allowed"}.get(seen.get("deletion of a repository that holds a CA", ""), "refused")),
    ("repository.in-use", "ca-in-use",
     lambda seen, _text: {"": None, "accepted": "allowed"}.get(seen.get("DeletePCACert", ""), "refused")),
    ("certificate.read-back", "private-key", _named("private key", comes_back="returned", does_not="withheld")),
    ("certificate.read-back", "pem-end", _pem_end),
)  # fmt: skip

ERRORS = "errors"
Shapes = Mapping[str, Mapping[str, Sequence[str]]]
"""`product:Action` -> path of a key -> the kinds of value seen there (docs/guides/live-check.md)."""
FORWARDS = "Rules[].RuleActions[].ForwardGroupConfig"


def _stickiness(shapes: Shapes) -> str | None:
    rules = shapes.get("alb:ListRules", {})
    if not any(path.startswith(f"{FORWARDS}.ServerGroupTuples") for path in rules):
        return None
    return "present" if f"{FORWARDS}.ServerGroupStickySession.Enabled" in rules else "absent"


def _empty_texts(shapes: Shapes) -> str | None:
    kinds = {kind for action, paths in shapes.items() if action != ERRORS for seen in paths.values() for kind in seen}
    if not kinds:
        return None
    return "null" if "null" in kinds else "text" if "empty text" in kinds else "absent"


def _error_messages(shapes: Shapes) -> str | None:
    kinds = shapes.get(ERRORS, {}).get("Message", ())
    return ("present" if "text" in kinds else "empty") if kinds else None


SHAPE_RULES: tuple[tuple[str, Callable[[Shapes], str | None]], ...] = (
    ("rule-stickiness", _stickiness),
    ("empty-texts", _empty_texts),
    ("error-messages", _error_messages),
)
"""Switch, and its answer from the shapes of the answers; what a question says of it as well has the last word."""


def chosen(path: Path) -> dict[str, str]:
    """Switch -> answer, as far as the record decides; OSError if it cannot be read, ValueError if it is no record."""
    record = json.loads(path.read_text())
    is_record = isinstance(record, dict) and isinstance(record.get("answers"), list)
    if not is_record:
        raise ValueError(f"{path.name}: found no `answers`; allowed a record of make live-check, as JSON")
    shapes = record.get("shapes") or {}
    seen = {switch: answer for switch, decide in SHAPE_RULES if (answer := decide(shapes))}
    return seen | dict(_decided(record["answers"]))


def _decided(answers: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    asked = {one["id"]: one for one in answers if one.get("state") == "answered"}
    for question, switch, decide in RULES:
        if question in asked:
            answer = decide(asked[question].get("evidence") or {}, str(asked[question].get("answer", "")))
            if answer in [one.name for one in BY_NAME[switch].answers]:
                yield switch, str(answer)
