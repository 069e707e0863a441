"""Which actions the program itself calls: read from its source, where each call says its action's name."""

import re
from pathlib import Path

COMPONENTS = Path(__file__).resolve().parents[2] / "components"
PRODUCT_OF = {
    "certificate_service.py": "cas",
    "load_balancers.py": "alb",
    "name_service.py": "alidns",
    "private_ca_service.py": "cas",
    "account.py": "sts",
}
CALL = re.compile(
    r"(?:(?:called|_delete|_described|_removed|_once_settled)\(\s*|_change_servers\(|\baction = )\"([A-Z]\w+)\""
)


def own_calls() -> set[str]:
    """`product:Action` of every SDK call in the components."""
    return {
        f"{PRODUCT_OF[path.name]}:{action}"
        for path in COMPONENTS.rglob("*.py")
        for action in CALL.findall(path.read_text())
    }
