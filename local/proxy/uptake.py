"""Which listeners Envoy serves by other rules than the latest: it reads them a moment later, or has refused them."""

import re
from collections.abc import Iterable

from local.proxy.discovery import ROUTES, version
from local.proxy.protobuf import Json

STATISTICS = r"/stats?filter=\.rds\..*(version_text|update_rejected)"
"""What to ask Envoy's admin interface."""
REFUSAL = "update rejected: "
"""In Envoy's log, before its reason."""
_LINE = re.compile(r'http\..*\.rds\.(.+)\.(version_text|update_rejected): "?([^"\n]*)"?')


def behind(routes: Iterable[Json], statistics: str) -> dict[str, bool]:
    """Listener -> whether its latest rules were refused, of those listeners that are not served by them."""
    told = {(name, what): value for name, what, value in _LINE.findall(statistics)}
    wanted = {item["name"]: version(ROUTES, [item]) for item in routes}
    return {
        name: told.get((name, "update_rejected"), "0") != "0"
        for name, latest in wanted.items()
        if told.get((name, "version_text")) != latest
    }
