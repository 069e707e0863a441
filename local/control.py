"""How a command speaks with the running local cloud about itself: `/-/NAME` of the API's port."""

import json
import urllib.request
from collections.abc import Mapping
from typing import Any

from local import processes, starting
from local.places import Places, api_address
from local.processes import process_file


def control(name: str, wish: Mapping[str, object] | None) -> dict[str, Any]:
    """Look, or change something; what is shown then. OSError when nothing answers, HTTPError when it refuses."""
    recorded = processes.running(process_file(Places()))
    url = f"http://{recorded.api if recorded else api_address()}/-/{name}"
    body = None if wish is None else json.dumps(wish).encode()
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=starting.ANSWER_SECONDS) as answer:
        return dict(json.loads(answer.read()))
