"""What a new stack file has to know: each fact a flag of the command, or a question where somebody can answer."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mtlsedge.errors import CommandError
from mtlsedge_components import sites

Answers = dict[str, str]
"""Flag without its dashes -> text. Lists are written with commas, pairs as NAME=VALUE."""
Ask = Callable[[str, str], str]
"""Puts a question with a suggestion ("" for none) to a person; the answer."""
AUTHORITIES = ("self-managed", "external", "private-ca", "identifier")
ENTRY_POINTS = ("load-balancer", "kubernetes")
ISSUE = "issue"
"""As server certificate: one that the stack's own authority signs."""


@dataclass(frozen=True)
class Question:
    """One fact: its flag, the words to ask for it, when it matters, what is taken if nothing is said ("": must be said)."""

    flag: str
    text: str
    matters: Callable[[Answers], bool] = lambda _: True
    suggestion: Callable[[Answers], str] = lambda _: ""
    choices: tuple[str, ...] = ()


def _is(flag: str, *values: str) -> Callable[[Answers], bool]:
    return lambda answers: answers[flag] in values


def _has_entry_point(entry: str) -> Callable[[Answers], bool]:
    return lambda answers: entry in listed(answers["entry-point"])


def _said(text: str) -> Callable[[Answers], str]:
    return lambda _: text


def _site(answers: Answers) -> str:
    return sites.of_region(answers["region"])[0]


def _account_type(answers: Answers) -> str:
    return "Domestic" if answers["site"] == "china" else "International"


QUESTIONS = (
    Question("region", "Region", suggestion=_said("ap-southeast-1")),
    Question("site", "Site of Certificate Management Service", suggestion=_site, choices=sites.SITES),
    Question(
        "account-type",
        "Type of the account: International (alibabacloud.com) or Domestic (aliyun.com)",
        suggestion=_account_type,
        choices=("International", "Domestic"),
    ),
    Question("account-id", "Account id (16 digits); `up` with credentials of another account is refused"),
    Question("production", "Is this production", suggestion=_said("no"), choices=("yes", "no")),
    Question(
        "authority",
        "Who signs client certificates",
        suggestion=lambda answers: "external" if answers["production"] == "yes" else "self-managed",
        choices=AUTHORITIES,
    ),
    Question("common-name", "Common name of the root", _is("authority", "self-managed", "private-ca")),
    Question("organization", "Organization", _is("authority", "self-managed", "private-ca")),
    *(
        Question(flag, text, _is("authority", "private-ca"))
        for flag, text in (("country", "Country code"), ("state", "State"), ("locality", "Locality"), ("unit", "Unit"))
    ),
    Question("ca-file", "File with the CA's certificate, relative to the project", _is("authority", "external")),
    Question("ca-identifier", "Identifier of the uploaded CA", _is("authority", "identifier")),
    Question("clients", "Clients, NAME,NAME", _is("authority", "self-managed", "private-ca"), _said("alice")),
    Question("server-certificate", f"Id of the server certificate, or '{ISSUE}' with a self-managed authority"),
    Question(
        "entry-point", f"What stands in front: {', '.join(ENTRY_POINTS)}, or both", suggestion=_said("load-balancer")
    ),
    Question("vpc", "VPC id"),
    Question("zones", "ZONE=VSWITCH,ZONE=VSWITCH; two or more"),
    Question("servers", "Servers, NAME=ID or NAME=ADDRESS", _has_entry_point("load-balancer")),
    Question("server-port", "Port of the servers", _has_entry_point("load-balancer"), _said("80")),
    Question("zone", "DNS zone, such as example.com"),
    Question("names", "Names in it, NAME,NAME", _has_entry_point("load-balancer"), _said("www")),
    Question("context", "Context in your kubeconfig", _has_entry_point("kubernetes")),
    Question("cluster", "Identifier of the cluster", _has_entry_point("kubernetes")),
    Question("ingresses", "Ingresses, HOST=SERVICE:PORT", _has_entry_point("kubernetes")),
)


def complete(given: Mapping[str, str | None], ask: Ask | None) -> Answers:
    """Every fact that matters, in the order of the questions. Raises CommandError with all that is missing or wrong."""
    answers: Answers = {}
    problems: list[str] = []
    for question in QUESTIONS:
        if not question.matters(answers):
            if given.get(question.flag):
                problems.append(f"--{question.flag}: does not go with the other answers")
            continue
        answers[question.flag] = _answer(question, given.get(question.flag) or "", answers, ask)
        wrong = _problems(question, answers[question.flag])
        problems += wrong
        if wrong and _allowed(question):
            break  # what is asked next depends on it
    if problems:
        raise CommandError("; ".join(problems))
    return answers


def _answer(question: Question, given: str, answers: Answers, ask: Ask | None) -> str:
    if given:
        return given
    suggestion = question.suggestion(answers)
    if ask is None:
        return suggestion
    choices = f" ({', '.join(question.choices)})" if question.choices else ""
    return ask(question.text + choices, suggestion).strip()


def _problems(question: Question, answer: str) -> list[str]:
    allowed = _allowed(question)
    if not answer:
        return [f"--{question.flag} is missing ({question.text})"]
    return [
        f"--{question.flag}: found {one!r}; allowed: {', '.join(allowed)}"
        for one in (listed(answer) if allowed else [])
        if one not in allowed
    ]


def _allowed(question: Question) -> tuple[str, ...]:
    """The words an answer may consist of; empty: any text."""
    return question.choices or (ENTRY_POINTS if question.flag == "entry-point" else ())


def listed(text: str) -> list[str]:
    """`a,b` as a list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def paired(flag: str, text: str) -> dict[str, str]:
    """`a=1,b=2` as a mapping; raises CommandError for anything else, and for a name twice."""
    pairs: dict[str, str] = {}
    for part in listed(text):
        name, equals, value = part.partition("=")
        if not (name and equals and value) or name in pairs:
            raise CommandError(f"--{flag}: found {part!r}; allowed: NAME=VALUE, each name once")
        pairs[name] = value
    return pairs
