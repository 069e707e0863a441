"""Forwarding rules and single requests to them: which servers answer, by regular expressions and by nothing of the model."""

import random
import re
from itertools import product

HOSTS = ("a.example", "b.example", "ab.example", "other.test")
PATHS = ("/", "/a", "/a/", "/a/x", "/a/x/y", "/ab", "/ab/x", "/b", "/c", "/c/x", "/ba")
REQUESTS = tuple(product(HOSTS, PATHS, (False, True)))
HOST_PATTERNS = ("a.example", "A.example", "*.example", "b.example", "?.example", "*")
PATH_PATTERNS = ("/*", "/a", "/a/*", "/a*", "/b", "/?", "/a/x", "/a?", "*")
HEADER = {"type": "Header", "headerConfig": {"key": "x-trial", "values": ["1"]}}
GROUPS = {"sgp-guarded": ("i-1:80",), "sgp-open": ("i-2:80",), "sgp-empty": ()}
ACTIONS = (*GROUPS, "redirect", "fixed")


def rules(random_: random.Random) -> list[dict]:
    """Up to four rules, with a default action of priority infinity last."""
    priorities = random_.sample(range(1, 20), random_.randint(0, 4))
    made = [_rule(random_, priority) for priority in priorities]
    return [
        *made,
        {"priority": float("inf"), "hosts": (), "paths": (), "header": False, "action": random_.choice(list(GROUPS))},
    ]


def _rule(random_: random.Random, priority: int) -> dict:
    hosts = random_.sample(HOST_PATTERNS, random_.choice((0, 0, 1, 2)))
    paths = random_.sample(PATH_PATTERNS, random_.choice((0, 1, 1, 2)))
    header = random_.random() < 0.2
    return {
        "priority": priority,
        "hosts": tuple(hosts),
        "paths": tuple(paths or () if hosts or header else paths or ("/*",)),
        "header": header,
        "action": random_.choice(ACTIONS),
    }


def edited(random_: random.Random, before: list[dict]) -> list[dict]:
    """The rules after one edit: one goes, comes, changes, changes place, or is split in two that say the same."""
    after = [dict(one) for one in before]
    kind = random_.choice(("none", "drop", "add", "action", "paths", "priority", "split", "default"))
    chosen = random_.choice(after[:-1]) if len(after) > 1 else None
    if kind == "add":
        after.insert(0, _rule(random_, 20 + random_.randint(0, 5)))
    elif kind == "default":
        after[-1]["action"] = random_.choice(list(GROUPS))
    elif chosen is not None and kind == "drop":
        after.remove(chosen)
    elif chosen is not None and kind in ("action", "paths", "priority"):
        chosen[kind] = {
            "action": random_.choice(ACTIONS), "priority": random_.choice((0.5, 19.5)),
            "paths": tuple(random_.sample(PATH_PATTERNS, 1)),
        }[kind]  # fmt: skip
    elif chosen is not None and kind == "split" and len(chosen["paths"]) == 2:
        after.insert(0, {**chosen, "paths": chosen["paths"][1:], "priority": chosen["priority"] + 0.25})
        chosen["paths"] = chosen["paths"][:1]
    return after


def answer(listed: list[dict], host: str, path: str, header: bool) -> tuple[str, ...]:
    """The servers that one request reaches."""
    for one in sorted(listed, key=lambda each: each["priority"]):
        if _any(one["hosts"], host) and _any(one["paths"], path) and (header or not one["header"]):
            return GROUPS.get(one["action"], ())
    return ()


def _any(patterns: tuple[str, ...], text: str) -> bool:
    return not patterns or any(
        re.fullmatch(re.escape(one).replace(r"\*", ".*").replace(r"\?", "."), text, re.IGNORECASE) for one in patterns
    )


def let_in(before: list[dict], after: list[dict]) -> set[str]:
    """Servers that a request reaches after and did not before; the open one counts only if none was reached."""
    found = set()
    for request in REQUESTS:
        was, now = answer(before, *request), answer(after, *request)
        found |= {server for server in now if not was or (server == "i-1:80" and server not in was)}
    return found
