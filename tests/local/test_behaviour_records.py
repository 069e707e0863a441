"""A record of a live check chooses the behaviours that it decides, and no others."""

import json
from pathlib import Path

import pytest

from livecheck.questions import QUESTIONS
from local.behaviour_records import RULES, SHAPE_RULES, chosen
from local.behaviours import BY_NAME


def record(folder: Path, **answers: dict) -> Path:
    """A record with these answers, `__` for `.` and `_` for `-` in the questions' names."""
    lines = [
        {"id": name.replace("__", ".").replace("_", "-"), "state": "answered", "answer": "", "evidence": {}, **answer}
        for name, answer in answers.items()
    ]
    path = folder / "record.json"
    path.write_text(json.dumps({"place": "Alibaba Cloud", "answers": lines}))
    return path


def test_every_rule_names_a_question_and_a_switch_that_there_are():
    """A renamed question would otherwise choose nothing, in silence."""
    assert {question for question, _, _ in RULES} <= {question.id for question in QUESTIONS}
    assert {switch for _, switch, _ in RULES} | {switch for switch, _ in SHAPE_RULES} <= set(BY_NAME)


@pytest.mark.parametrize(
    ("question", "answer", "expected"),
    [
        ("answers__shapes", {"evidence": {"addresses of zones": "absent", "form of a CA's identifier": "hex"}},
         {"zone-addresses": "absent", "ca-identifier": "hex"}),
        ("answers__shapes", {"evidence": {"address of a server": "absent", "form of a CA's identifier": "other"}},
         {"server-address": "echoed"}),
        ("client__refusals", {"evidence": {"no certificate": "refused (HTTP 400)"}}, {"client-refusal": "400"}),
        ("client__refusals", {"evidence": {"no certificate": "refused (TLS: alert)"}}, {"client-refusal": "alert"}),
        ("client__refusals", {"evidence": {"no certificate": "let in (HTTP 200)"}}, {}),
        ("chain__intermediates", {"evidence": {"sends the intermediate": "refused (TLS: unknown ca)"}}, {"chain-walk": "direct"}),
        ("chain__intermediates", {"evidence": {"sends the intermediate": "unclear (x)"}}, {}),
        ("headers__formats", {"answer": "the fingerprint is SHA-1; names are written as in RFC 4514"}, {"fingerprint": "sha1"}),
        ("headers__formats", {"answer": "the fingerprint is no digest known here; names …"}, {}),
        ("headers__forged", {"evidence": {"x-forwarded-clientcert-issuerdn, forwarding off": "arrives"}}, {"forged-headers": "passed"}),
        ("headers__forged", {"evidence": {"x-forwarded-clientcert-issuerdn, forwarding on": "arrives"}}, {}),
        ("repository__instance_id", {"evidence": {"same": "false", "type in ListCertWarehouse": "pcaCaCert"}},
         {"repository-id": "other", "repository-type": "pcaCaCert"}),
        ("repository__codes", {"evidence": {"deletion of a repository that holds a CA": "Whatever"}}, {"repository-not-empty": "refused"}),
        ("repository__in_use", {"evidence": {"DeletePCACert": "accepted"}}, {"ca-in-use": "allowed"}),
        ("certificate__read_back", {"evidence": {"certificate": "comes back changed", "private key": "does not come back"}},
         {"private-key": "withheld"}),
    ],
)  # fmt: skip
def test_what_an_answer_decides(tmp_path: Path, question: str, answer: dict, expected: dict):
    """What was seen has its switch; what was not seen, or has no name here, leaves it alone."""
    assert chosen(record(tmp_path, **{question: answer})) == expected


FORWARD = "Rules[].RuleActions[].ForwardGroupConfig"


@pytest.mark.parametrize(
    ("shapes", "expected"),
    [
        ({"alb:ListRules": {f"{FORWARD}.ServerGroupTuples[].Weight": ["number"]}},
         {"rule-stickiness": "absent", "empty-texts": "absent"}),
        ({"alb:ListRules": {f"{FORWARD}.ServerGroupTuples[].Weight": ["number"], f"{FORWARD}.ServerGroupStickySession.Enabled": ["flag"]}},
         {"rule-stickiness": "present", "empty-texts": "absent"}),
        ({"alb:ListRules": {"Rules[].RuleActions[].RedirectConfig.Host": ["text"]}}, {"empty-texts": "absent"}),
        ({"vpc:DescribeVpcs": {"A": ["text"], "B": ["empty text"]}}, {"empty-texts": "text"}),
        ({"vpc:DescribeVpcs": {"A": ["empty text", "null"]}}, {"empty-texts": "null"}),
        ({"errors": {"Message": ["text"]}}, {"error-messages": "present"}),
        ({"errors": {"Message": ["empty text"]}}, {"error-messages": "empty"}),
        ({}, {}),
    ],
)  # fmt: skip
def test_what_the_shapes_of_answers_decide(tmp_path: Path, shapes: dict, expected: dict):
    """Keys that were there, or were not where they could have been; an error's own text says nothing of answers' texts."""
    path = record(tmp_path)
    path.write_text(json.dumps({**json.loads(path.read_text()), "shapes": shapes}))
    assert chosen(path) == expected


def test_a_question_that_was_not_asked_decides_nothing(tmp_path: Path):
    """Nor does one that failed."""
    answer = {"state": "not asked", "evidence": {"no certificate": "refused (HTTP 400)"}}
    assert chosen(record(tmp_path, client__refusals=answer)) == {}


@pytest.mark.parametrize("text", ["[]", "{}", '{"answers": 1}', "nonsense"])
def test_a_file_that_is_no_record_is_refused(tmp_path: Path, text: str):
    """With a ValueError, which the command prints in one line."""
    path = tmp_path / "record.json"
    path.write_text(text)
    with pytest.raises(ValueError):
        chosen(path)
