"""The ALB behind an AlbConfig, awaited. This module's path and class names stand in state."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult

from mtlsedge_components.dynamic.cluster import Cluster
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import changed
from mtlsedge_components.dynamic.provider import GONE, Provider, boundary, compared
from mtlsedge_components.dynamic.resource import Resource

OUTPUTS = ("dns_name", "load_balancer_id")
POLL_SECONDS = 1.0
FAILED = "Failed"
"""Phase of newer managed controllers [alibaba-cloud.md §4.3]."""
LONGEST_MESSAGE = 300
"""Characters of a controller's message that an error repeats."""


class AlbConfigStatusProvider(Provider):
    """Waits for the controller's answer once; a refresh looks at it again."""

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another AlbConfig has another ALB. An ALB that went away (a refresh found none) is waited for again.

        Not even the AlbConfig's uid is compared: in a preview of an update its resource may not know it, with the
        cluster out of reach. One that was deleted and made anew by hand is found by the refresh that misses it.
        """
        return compared(
            [
                *changed(olds, news, ["alb_config", "cluster_identifier"]),
                *([] if olds.get("dns_name") else ["dns_name"]),
            ]
        )

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Look until the ALB has a name, or the time is over."""
        cluster, end = Cluster.of(props), time.monotonic() + props["timeout_seconds"]
        while not (facts := _facts(document := cluster.alb_config(props["alb_config"])))["dns_name"]:
            if _phase(document) == FAILED or time.monotonic() >= end:
                raise ProviderError(_explanation(cluster, props, document))
            time.sleep(POLL_SECONDS)
        return CreateResult(f"{props['cluster_identifier']}/{props['alb_config']}", {**props, **facts})

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The name as it is now."""
        document = Cluster.of(props).alb_config(props["alb_config"])
        return ReadResult(*GONE) if document is None else ReadResult(id_, {**props, **_facts(document)})


def _facts(document: Mapping[str, Any] | None) -> dict[str, str]:
    balancer = ((document or {}).get("status") or {}).get("loadBalancer") or {}
    return {"dns_name": str(balancer.get("dnsname") or ""), "load_balancer_id": str(balancer.get("id") or "")}


def _phase(document: Mapping[str, Any] | None) -> str:
    status = (document or {}).get("status") or {}
    return str(status.get("phase") or (status.get("loadBalancer") or {}).get("phase") or "")


def _explanation(cluster: Cluster, props: Mapping[str, Any], document: Mapping[str, Any] | None) -> str:
    """What is missing, for how long, and the last thing the controller said: its messages hold no secret."""
    label = f"AlbConfig {props['alb_config']}"
    if document is None:
        return f"{label}: found none in the cluster; allowed one that exists: was it deleted meanwhile?"
    phase = f", phase {_phase(document)}" if _phase(document) else ""
    text = f"{label}: found no status.loadBalancer.dnsname after {props['timeout_seconds']} s{phase}"
    if said := [event for event in cluster.events(props["alb_config"]) if event.get("message")]:
        message = " ".join(str(said[-1]["message"]).split())[:LONGEST_MESSAGE]
        return f"{text}; the controller's last event: {said[-1].get('reason', 'event')}: {message}"
    return f"{text}; no event tells why: does the ALB Ingress controller run, and does it have its RAM permissions?"


class AlbConfigStatus(Resource):
    """Exists once the controller has given the AlbConfig an ALB; `dns_name` is the target of CNAME records."""

    served_by = AlbConfigStatusProvider

    dns_name: pulumi.Output[str]
    load_balancer_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        kubeconfig: str,
        context: str,
        cluster_identifier: str,
        alb_config: str,
        timeout_seconds: int,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "kubeconfig": kubeconfig,
            "context": context,
            "cluster_identifier": cluster_identifier,
            "alb_config": alb_config,
            "timeout_seconds": timeout_seconds,
        }
        super().__init__(name, {**properties, **dict.fromkeys(OUTPUTS)}, opts)
