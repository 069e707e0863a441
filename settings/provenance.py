"""Whose CA a certificate file holds: lines before its PEM block, written where the file is exported.

A stack cannot ask another one (a preview has neither its state nor its passphrase), so what must be known of the
other stack travels with its public certificate, and is reviewed with it. The lines guard against a mix-up of
environments, not against somebody who edits them.
"""

import re

ENVIRONMENT = re.compile(r"^# production: (true|false)$", re.MULTILINE)


def preface(stack: str, *, production: bool) -> str:
    """The lines that go before the certificate of a stack's authority; PEM readers pass over them."""
    return f"# CA of the mtlsedge stack {stack}\n# production: {str(production).lower()}\n"


def is_of_production(text: str) -> bool | None:
    """Whether the file says that its CA is a production stack's; None where it says nothing, as of an offline root."""
    found = ENVIRONMENT.search(text.partition("-----BEGIN")[0])
    return None if found is None else found[1] == "true"
