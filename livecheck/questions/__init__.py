"""The open questions, in the order they are asked. What can be answered by calls and handshakes has its `ask`."""

from livecheck.questions import answers, authorities, clients, listener, names, predictions, program, service
from livecheck.questions.model import Question

NOT_BY_CALLS = (
    Question(
        "repository.quotas",
        "How many repositories and CAs may an account have?",
        "not asked: it would take making things until the cloud refuses",
        "Nothing here comes near a few.",
    ),
    Question(
        "private-ca.life",
        "Does the private CA service delete a revoked CA, and take our attributes of a client's subject over?",
        "not asked: a private CA is bought by the year, and what is issued or revoked uses it up",
        "`authority.privateCa` revokes and leaves deletion to the operator.",
    ),
    Question(
        "controller.errors",
        "What does the managed controller say of a CA identifier that is wrong?",
        "not asked: it needs an ACK cluster, which costs more than the rest together",
        "The guide for a cluster says that events name the cause.",
    ),
    Question(
        "provider.write-only",
        "Does the provider's write-only key (`key_wo`) work through the Pulumi bridge?",
        "not asked: a matter of the engine, not of the cloud",
        "The server certificate's key is a secret of the state instead.",
    ),
)

QUESTIONS: tuple[Question, ...] = (
    *answers.QUESTIONS,
    *clients.QUESTIONS,
    *predictions.QUESTIONS,
    *authorities.QUESTIONS,
    *listener.QUESTIONS,
    *names.QUESTIONS,
    *service.QUESTIONS,
    *program.QUESTIONS,
    *NOT_BY_CALLS,
)
