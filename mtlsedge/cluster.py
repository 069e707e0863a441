"""Reads an AlbConfig from a cluster that is named; whatever `kubectl` happens to point at is never used."""

from dataclasses import dataclass
from typing import Any

from mtlsedge.errors import CommandError

GROUP, VERSION, PLURAL = "alibabacloud.com", "v1", "albconfigs"
TIMEOUT_SECONDS = 15
NOT_FOUND = 404


@dataclass(frozen=True)
class Cluster:
    """A kubeconfig file, a context of it, or both."""

    kubeconfig: str = ""
    context: str = ""

    def alb_config(self, name: str) -> dict[str, Any]:
        """The AlbConfig as it stands; raises CommandError where there is none, or no answer."""
        from kubernetes import client, config  # noqa: PLC0415 - slow to import, and most commands need no cluster
        from kubernetes.client.exceptions import ApiException  # noqa: PLC0415

        if not (self.kubeconfig or self.context):
            raise CommandError("--kubeconfig, --context: found neither; allowed one or both: no ambient one is used")
        try:
            api = config.new_client_from_config(self.kubeconfig or None, self.context or None)
            found = client.CustomObjectsApi(api).get_cluster_custom_object(
                GROUP, VERSION, PLURAL, name, _request_timeout=TIMEOUT_SECONDS
            )
        except ApiException as problem:
            reason = "there is none of that name" if problem.status == NOT_FOUND else f"HTTP {problem.status}"
            raise CommandError(f"cannot read AlbConfig {name}: {reason}") from None
        except Exception as problem:  # noqa: BLE001 - file, TLS and connection errors of many kinds
            raise CommandError(f"cannot read AlbConfig {name}: {type(problem).__name__}") from None
        return dict(found)
