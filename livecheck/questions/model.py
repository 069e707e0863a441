"""What a question is, what an answer is, and what a question may use."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from livecheck.edge import Edge
from livecheck.removal import Account
from livecheck.tutorial import Builder, Made
from mtlsedge.verify.identity import Identity


class NotAsked(Exception):
    """A question that lacks a premise; the text says which."""


@dataclass(frozen=True)
class Answer:
    """One sentence, and what was seen: error codes, alerts, header values. Never a key."""

    text: str
    evidence: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class World:
    """The run's topology and the account around it."""

    builder: Builder
    topology: Made
    account: Account
    private_ca: str = ""
    """Identifier of a private CA that the operator lets a listener try."""
    has_stack: bool = False
    """Whether the operator lets the program make a stack of its own."""

    @property
    def edge(self) -> Edge:
        """The listener."""
        return self.topology.edge

    def upload(self, pem: str) -> str:
        """Uploads a CA to the run's repository; its identifier. Raises CloudProblem."""
        return self.builder.upload(self.topology.repository, pem)

    def need_witness(self, identity: Identity) -> None:
        """Raises NotAsked unless a client that must be let in is: otherwise a refusal would say nothing."""
        if not self.edge.lets_in(identity):
            raise NotAsked("the client that must be let in is not, so a refusal would prove nothing")


@dataclass(frozen=True)
class Question:
    """An open question. `means` says what the answer changes here; `ask` is None where no call can answer."""

    id: str
    text: str
    how: str
    means: str
    ask: Callable[[World], Answer] | None = None
