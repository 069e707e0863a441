"""The answers chosen for one local cloud, kept in its store so that control plane and data plane see the same."""

from collections.abc import Mapping

from local.behaviours import KIND, Answers, checked
from local.cloud.store import Store


def load(store: Store) -> Answers:
    """The answers that hold."""
    return Answers({name: str(document["Answer"]) for name, document in store.items(KIND)})


def choose(store: Store, chosen: Mapping[str, str]) -> None:
    """Add to what was chosen, for good; ValueError that says what is allowed, and nothing is changed."""
    checked(chosen)
    with store.transaction():
        for name, answer in chosen.items():
            store.put(KIND, name, {"Switch": name, "Answer": answer})


def reset(store: Store) -> None:
    """Back to the likeliest answers."""
    with store.transaction():
        for name, _ in store.items(KIND):
            store.delete(KIND, name)
