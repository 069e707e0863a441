"""What is not known of the real cloud, as switches of the local one: each has the answers that are possible, and where each comes from.

The first answer of a switch is the likeliest and holds unless another one is chosen. Code that answers asks the table, in the
control plane by `call.context.behaviours`, in the data plane by `inventory.behaviours`; there is no second place where an
unknown is decided. `python -m local behave` shows and sets them; docs/reference/behaviours.md is made from this module.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

ENVIRONMENT = "MTLSEDGE_LOCAL_BEHAVE"
"""Answers chosen at the start of a local cloud: `switch=answer`, several with commas between them."""
KIND = "cloud.behaviour"
"""Kind of the store's documents: switch -> {"Switch": …, "Answer": …}, only those that were chosen."""


@dataclass(frozen=True)
class Answer:
    """One thing that the real cloud may do."""

    name: str
    means: str
    source: str
    """Where this answer was read or seen; `none` where it is only possible."""


@dataclass(frozen=True)
class Switch:
    """One unknown of the real cloud, and what it may be."""

    name: str
    asks: str
    answers: tuple[Answer, ...]

    @property
    def default(self) -> str:
        """The likeliest answer."""
        return self.answers[0].name

    def named(self, answer: str) -> Answer:
        """The answer of a name; ValueError with those that are allowed."""
        for one in self.answers:
            if one.name == answer:
                return one
        raise ValueError(f"{self.name}: found {answer!r}; allowed {', '.join(one.name for one in self.answers)}")


ZONE_ADDRESSES = Switch(
    "zone-addresses",
    "Does GetLoadBalancerAttribute return the addresses of the zones (AllocationId, EipType, IntranetAddress)?",
    (
        Answer("present", "each zone has them, sent or not", "SDK GetLoadBalancerAttribute; terraform-provider-alicloud issue 9309"),
        Answer("absent", "a zone has only what was sent", "none; what this project believed at first"),
        Answer("late", "they come 8 seconds after the load balancer was made or its zones were changed", "none"),
    ),
)  # fmt: skip
SERVER_ADDRESS = Switch(
    "server-address",
    "Does ListServerGroupServers return the address of an ECS server that was added without one?",
    (
        Answer("present", "it does", "every example of the provider; the vendor's controller compares by it"),
        Answer("echoed", "only an address that was sent comes back", "none; what this project believed at first"),
    ),
)
RULE_STICKINESS = Switch(
    "rule-stickiness",
    "Does ListRules return a ServerGroupStickySession that nobody declared?",
    (
        Answer("absent", "only what was sent comes back", "plans of the provider's acceptance tests of rules are empty only so"),
        Answer("present", "it does, switched off", "SDK ListRules; `server_group_sticky_session` is computed in the provider"),
    ),
)  # fmt: skip
JOBS = Switch(
    "jobs",
    "How long do asynchronous changes of ALB take?",
    (
        Answer("short", "a moment; here 0.2 seconds, in the cloud some seconds", "the provider's waits of 5 seconds"),
        Answer("minute", "60 seconds", "none; the provider's timeouts are 5 minutes and more"),
    ),
)
EMPTY_TEXTS = Switch(
    "empty-texts",
    "How does an answer say that a text is empty?",
    (
        Answer("text", 'as `""`', "samples of the vendor's API pages"),
        Answer("absent", "the key is left out", "SDK: `to_map` of a model leaves out what is None"),
        Answer("null", "as `null`", "none; JSON of services written in Java"),
    ),
)
LIST_ORDER = Switch(
    "list-order",
    "In which order are the objects of a list?",
    (
        Answer("made", "the oldest first; members of an object as they were sent", "none"),
        Answer(
            "reverse", "the newest first; members of an object the other way round", "consoles of the vendor list so"
        ),
    ),
)
ERROR_MESSAGES = Switch(
    "error-messages",
    "Does an error have a message beside its code?",
    (
        Answer("present", "it does", "the vendor's API pages"),
        Answer("empty", 'the message is `""`', "none; users' reports of ALB show the code alone"),
    ),
)
CA_IDENTIFIER = Switch(
    "ca-identifier",
    "What does the identifier of an uploaded CA look like?",
    (
        Answer("uuid", "a UUID", "acceptance test of the provider's alb_listener; SDK UploadPCACert"),
        Answer("hex", "32 hexadecimal digits", "the vendor's tutorial for ALB Ingress"),
    ),
)
REPOSITORY_ID = Switch(
    "repository-id",
    "Is the InstanceId of ListCertWarehouse the id that CreateWarehouse gave?",
    (
        Answer("same", "it is", "SDK ListCert: WhInstanceId is written like CreateWarehouse's"),
        Answer("other", "it is another one, 16 hexadecimal digits", "sample of ListCertWarehouse, `14dcc8afc7578e1f`"),
    ),
)
REPOSITORY_TYPE = Switch(
    "repository-type",
    "What does ListCertWarehouse call a repository of uploaded CAs?",
    (
        Answer("uploadCA", "`uploadCA`", "SDK ListCertWarehouse"),
        Answer("uploadedAuthorityCertificate", "as CreateWarehouse does", "page of CreateWarehouse"),
        Answer("pcaCaCert", "`pcaCaCert`", "page of ListWarehouse"),
    ),
)
REPOSITORY_LISTING = Switch(
    "repository-listing",
    "Does a repository or CA stand in the lists at once?",
    (
        Answer("at-once", "it does", "none"),
        Answer("late", "4 seconds after it was made", "none; lists of other products lag"),
    ),
)
CA_IN_USE = Switch(
    "ca-in-use",
    "Is the deletion of a CA, or of a server certificate, refused while a listener uses it?",
    (
        Answer("refused", "it is", "none; ALB refuses so for server groups and ACLs"),
        Answer("allowed", "it is deleted; the listener keeps using it", "the provider's acceptance tests of listeners delete certificates in use"),
    ),
)  # fmt: skip
REPOSITORY_NOT_EMPTY = Switch(
    "repository-not-empty",
    "Is the deletion of a repository refused while it holds certificates?",
    (
        Answer("refused", "it is", "none"),
        Answer("allowed", "its certificates go with it", "none"),
    ),
)
OTHER_SITE = Switch(
    "other-site",
    "Does a listener take a server certificate under the suffix of the other site?",
    (
        Answer("unseen", "it does not", "certimate issue 827; certimate's ALB deployer"),
        Answer("seen", "it does", "none"),
        Answer("region", "it does not, but it takes any region of its own site", "the provider's acceptance tests in cn-shanghai"),
    ),
)  # fmt: skip
HONGKONG_SITE = Switch(
    "hongkong-site",
    "Which site of Certificate Management Service does a load balancer in cn-hongkong look at?",
    (
        Answer("china", "cn-hangzhou", "certimate's ALB deployer goes by the prefix cn-"),
        Answer(
            "international", "ap-southeast-1", "the provider's endpoint.go counts Hong Kong as outside the mainland"
        ),
    ),
)
PRIVATE_KEY = Switch(
    "private-key",
    "Does GetUserCertificateDetail return the private key?",
    (
        Answer("returned", "it does", "SDK (CertFilter); the provider's acceptance tests import and plan empty"),
        Answer("withheld", "it does not", "none; other services of the kind never show a key"),
    ),
)
PEM_END = Switch(
    "pem-end",
    "How does a PEM text end that GetUserCertificateDetail returns?",
    (
        Answer("as-sent", "as it was uploaded", "the provider's acceptance tests"),
        Answer("stripped", "without the final newline", "none; consoles trim their fields"),
        Answer("newline", "with one final newline", "none"),
    ),
)
CERTIFICATE_CHAIN = Switch(
    "certificate-chain",
    "Does GetUserCertificateDetail return the chain after the certificate?",
    (
        Answer("whole", "it does", "the provider's acceptance tests"),
        Answer("leaf", "only the first certificate", "none"),
    ),
)
MISSING_CERTIFICATE = Switch(
    "missing-certificate",
    "How is the question for a server certificate answered that does not exist?",
    (
        Answer("400", "HTTP 400, code NotFound", "certimate's ALB deployer; the provider's service code"),
        Answer("404", "HTTP 404, code NotFound", "none; other products answer so"),
    ),
)
TXT_PROOF = Switch(
    "txt-proof",
    "Where does GetTxtRecordForVerify say that the TXT record goes?",
    (
        Answer("top-level", "ParentDomainName is the top-level domain (`com`)", "page of GetTxtRecordForVerify; SDK alidns"),
        Answer("zone", "ParentDomainName is the zone above", "none; what this project believed at first"),
        Answer("unsaid", "there is no ParentDomainName", "none"),
    ),
)  # fmt: skip
REVOKED_AUTHORITY = Switch(
    "revoked-authority",
    "Does the private CA service delete a CA?",
    (
        Answer("deleted", "it does, revoked or not", "the provider's acceptance tests destroy CAs that nobody revoked"),
        Answer("revoked", "a revoked one only", "SDK DeleteClientCertificate says so of client certificates"),
        Answer("refused", "it does not: a CA that was bought stays in the list", "none"),
    ),
)  # fmt: skip
CLIENT_REFUSAL = Switch(
    "client-refusal",
    "What does a client see that shows no certificate, or a bad one?",
    (
        Answer(
            "alert", "a TLS alert", "ALB's page of status codes names no client certificate among the causes of 400"
        ),
        Answer("400", "HTTP 400", "none; Tengine, from which ALB comes, answers so"),
    ),
)
CHAIN_WALK = Switch(
    "chain-walk",
    "Does ALB walk from the client's certificate over intermediates that the client sends to the CA it trusts?",
    (
        Answer("walked", "it does", "its repository takes intermediates and chains"),
        Answer("direct", "the trusted CA must have signed the client's certificate", "none; ssl_verify_depth 1 is Tengine's default"),
    ),
)  # fmt: skip
FINGERPRINT = Switch(
    "fingerprint",
    "How does the header write the fingerprint of a client's certificate?",
    (
        Answer("sha256", "SHA-256, hexadecimal digits in small letters", "none"),
        Answer(
            "sha1", "SHA-1, hexadecimal digits in small letters", "none; `$ssl_client_fingerprint` of Tengine is one"
        ),
    ),
)
FORGED_HEADERS = Switch(
    "forged-headers",
    "Is a client-certificate header removed that a client sends and the listener does not set?",
    (
        Answer("removed", "it is", "none"),
        Answer("passed", "it reaches the servers", "none; proxies pass unknown headers on"),
    ),
)
ACL_TYPE = Switch(
    "acl-type",
    "Does a listener with access control lists take one of the other type?",
    (
        Answer("taken", "it does, and all its lists are of that type then", "the vendor's controller changes the type so (acl.go of 2024)"),
        Answer("refused", "the lists of the old type go first", "none; what this project believed at first"),
    ),
)  # fmt: skip
EMPTY_WHITE_LIST = Switch(
    "empty-white-list",
    "Whom does a listener let in whose lists of allowed networks have no entry?",
    (
        Answer("everybody", "it is as if it had no list", "pages of GetListenerAttribute and of ALB's access control"),
        Answer("nobody", "every connection is refused", "the SDK's text; what this project believed at first"),
    ),
)
CONTROLLER_CA = Switch(
    "controller-ca",
    "Does the cluster's controller send caEnabled to ALB?",
    (
        Answer("sent", "it does", "documented by ACK for managed controllers from 2.11.0 on"),
        Answer("dropped", "the CA is sent, and not that clients are verified", "the open-source controller of 2024; its documentation calls the field reserved"),
    ),
)  # fmt: skip
CONTROLLER_PORTS = Switch(
    "controller-ports",
    "Does the cluster's controller find a Service's port by its name?",
    (
        Answer("number", "by its number only: an Ingress that names it is an event", "the open-source controller of 2024"),
        Answer("name", "by name as well", "none; Kubernetes documents both for an Ingress"),
    ),
)  # fmt: skip

SWITCHES: tuple[Switch, ...] = (
    ZONE_ADDRESSES, SERVER_ADDRESS, RULE_STICKINESS, JOBS, EMPTY_TEXTS, LIST_ORDER, ERROR_MESSAGES,
    CA_IDENTIFIER, REPOSITORY_ID, REPOSITORY_TYPE, REPOSITORY_LISTING, CA_IN_USE, REPOSITORY_NOT_EMPTY,
    OTHER_SITE, HONGKONG_SITE, PRIVATE_KEY, PEM_END, CERTIFICATE_CHAIN, MISSING_CERTIFICATE,
    TXT_PROOF, REVOKED_AUTHORITY, CLIENT_REFUSAL, CHAIN_WALK, FINGERPRINT, FORGED_HEADERS, ACL_TYPE,
    EMPTY_WHITE_LIST,
    CONTROLLER_CA, CONTROLLER_PORTS,
)  # fmt: skip
BY_NAME: Mapping[str, Switch] = {switch.name: switch for switch in SWITCHES}

NOT_PLAYED = (
    ("Does ALB read revocation lists?", "none here are published; a client's removal never counts on one"),
    ("Are depth, key sizes, purposes and name constraints of client certificates enforced?", "Envoy's verifier enforces them and cannot be told not to"),
    ("In which order does the header write a name?", "Envoy writes RFC 2253 only; `verify` takes any order"),
    ("Do open connections go on when a listener gets another CA?", "here they end within two seconds; `rotation` never counts on either"),
    ("Is a request cut off that a removed server still works on?", "here it never is; ALB's pages do not agree on it without draining"),
    ("Which certificate is shown where an exact name and a wildcard fit?", "here the one that is valid longer; the order known from the vendor says no more"),
    ("Which of several rules about answers that hold is obeyed?", "here the first, as it is with requests; the program makes none"),
    ("Which kinds and sizes of answers are compressed?", "Envoy's kinds, from 1 KB on; nothing here counts on it"),
    ("Are the cookies of sessions called as here, and is a copied request's host the same?", "nothing here reads them"),
    ("Which quotas does a CA repository have?", "no number to play is known"),
    ("Does the private CA service take our attributes of a client's subject over?", "the program reads the certificate that it gets"),
    ("Does a listener take a private CA's own identifier?", "the program uploads the CA's certificate instead"),
    ("Does a listener that is given an intermediate with its root trust the root as well?", "the program gives it the root"),
    ("Which error codes do the CA repository's calls answer?", "nothing here goes by one of theirs: throttling is tried again, what is not found is gone, any other code is shown"),
    ("Which words does the header about the verification use?", "nothing here compares them; `SUCCESS` and `NONE` are written"),
    ("Does the API refuse QUIC beside client certificates?", "the program refuses it before any call"),
    ("Which records may stand beside a CNAME?", "the program looks first and takes a CNAME for the only one"),
    ("Is the text of a script answered as it was sent?", "the program sends no spaces or newlines at its end, and the provider's acceptance tests plan empty so"),
    ("Is a script refused while its listener is being changed?", "the program makes one after the other, and after all else on the listener"),
    ("Is a CA that was uploaded at the other site seen?", "one address of the local API stands for both sites"),
)  # fmt: skip
"""Unknowns that are no switch, and why."""


class Answers:
    """Which answer holds for each switch."""

    def __init__(self, chosen: Mapping[str, str] | None = None) -> None:
        self._chosen = dict(chosen or {})

    def of(self, switch: Switch) -> str:
        """The answer that holds; a choice of an earlier version that the switch no longer has does not count."""
        chosen = self._chosen.get(switch.name)
        return chosen if chosen in [one.name for one in switch.answers] else switch.default

    def is_(self, switch: Switch, answer: str) -> bool:
        """Whether this answer holds; ValueError for one that the switch does not have."""
        return self.of(switch) == switch.named(answer).name

    def all(self) -> dict[str, str]:
        """Switch -> answer, of all switches."""
        return {switch.name: self.of(switch) for switch in SWITCHES}


def checked(chosen: Mapping[str, str]) -> dict[str, str]:
    """The choice, once every switch and answer of it exists; ValueError that says what is allowed."""
    for name, answer in chosen.items():
        if name not in BY_NAME:
            raise ValueError(f"found the switch {name!r}; allowed {', '.join(BY_NAME)}")
        BY_NAME[name].named(answer)
    return dict(chosen)


def parsed(text: str) -> dict[str, str]:
    """`switch=answer,switch=answer`, checked; ValueError."""
    pairs = [pair.strip().partition("=") for pair in text.split(",") if pair.strip()]
    return checked({name: answer for name, _, answer in pairs})


def page() -> Iterator[str]:
    """Lines of the reference page."""
    yield from (
        "# Behaviours of the local cloud",
        "",
        "The real cloud was not asked these questions yet. Each is a switch of the local cloud:",
        "`python -m local behave SWITCH=ANSWER` chooses an answer, and the program is run under it.",
        f"The first answer is the likeliest and holds unless another one is chosen. `{ENVIRONMENT}` chooses at the start.",
        "",
        "| switch | question | answer | means | source |",
        "| --- | --- | --- | --- | --- |",
    )
    for switch in SWITCHES:
        for number, answer in enumerate(switch.answers):
            first = (f"`{switch.name}`", switch.asks) if number == 0 else ("", "")
            shown = f"**`{answer.name}`**" if number == 0 else f"`{answer.name}`"
            yield f"| {' | '.join((*first, shown, answer.means, answer.source))} |"
    yield from ("", "## Unknown and not played", "", "| question | why it is no switch |", "| --- | --- |")
    yield from (f"| {question} | {reason} |" for question, reason in NOT_PLAYED)
