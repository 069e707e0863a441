"""This stack's listeners in another owner's AlbConfig. This module's path and class names stand in state.

Every write is read, change, write under the resourceVersion that was read; a change in between is read again.
The cluster is asked in a preview too, with a short limit and no consequence when it does not answer: only so can a
preview name the listeners that stay.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, UpdateResult

from mtlsedge_components.dynamic.cluster import Cluster, ClusterError
from mtlsedge_components.dynamic.errors import ProviderError
from mtlsedge_components.dynamic.properties import UNKNOWN, changed
from mtlsedge_components.dynamic.provider import GONE, Provider, boundary, checked, compared
from mtlsedge_components.dynamic.resource import Resource
from mtlsedge_components.kubernetes import adoption, ownership
from mtlsedge_components.kubernetes.alb_config_schema import Rules, listener_problems

OUTPUTS = ("held", "shared", "before")
ATTEMPTS = 5
"""Writes that may meet another writer's before the next run is waited for."""
CONFLICT = 409
NOT_ASKED = "unknown until the cluster answers"
SAMPLES = {"certificates": "1-ap-southeast-1", "caCertificates": "sample"}
"""Stand in for identifiers that are not known before `up`; they are checked again when they are."""


class AdoptedAlbConfigProvider(Provider):
    """Puts our listeners in, keeps them as they are declared, and takes them out again."""

    @boundary
    def check(self, olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """Refuse what the strict schema refuses; name the listeners that stay, if the cluster can be asked."""
        rules = Rules(tuple(news["controller"]), old_tls=True)
        found = [
            (problem.path, str(problem).partition(": ")[2])
            for problem in listener_problems(_known(news["listeners"]), rules)
        ]
        foreign, clash = _foreign(news)
        news["foreign"] = foreign if foreign is not None else olds.get("foreign", [NOT_ASKED])
        return checked(news, [*found, *([(f"AlbConfig {news['alb_config']}", clash)] if clash else [])])

    @boundary
    def diff(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> DiffResult:
        """Another AlbConfig or cluster is another adoption; other listeners are written into the same."""
        replaces = changed(olds, news, ["alb_config", "cluster_identifier"])
        return compared(
            replaces, updates=bool(changed(olds, news, ["listeners", "take_over", "kubeconfig", "context"]))
        )

    @boundary
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Put ours in."""
        return CreateResult(f"{props['cluster_identifier']}/{props['alb_config']}", _put(props, {}))

    @boundary
    def update(self, _id: str, olds: dict[str, Any], news: dict[str, Any]) -> UpdateResult:
        """Put ours in as they are declared now; those no longer declared go."""
        return UpdateResult(_put(news, olds))

    @boundary
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Ours as they stand in the cluster now: what somebody changed in them shows as a difference."""
        document = Cluster.of(props).alb_config(props["alb_config"])
        if document is None:
            return ReadResult(*GONE)
        live = _listeners(document)
        seen = adoption.seen(live, props["listeners"], props["held"], props["before"], props["take_over"])
        facts = {"listeners": seen.listeners, "shared": seen.shared, "foreign": seen.foreign}
        return ReadResult(id_, {**props, **facts})

    @boundary
    def delete(self, _id: str, props: dict[str, Any]) -> None:
        """Take this stack's listeners out, and put back what they replaced. An AlbConfig that is gone has none."""

        def without(document: Mapping[str, Any]) -> list[dict[str, Any]]:
            return adoption.release(_listeners(document), props["listeners"], props["held"], props["before"])

        _rewrite(Cluster.of(props), props["alb_config"], without)


def _put(props: Mapping[str, Any], olds: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs after ours are in. Raises ProviderError where they cannot stand."""
    plans: list[adoption.Plan] = []

    def with_ours(document: Mapping[str, Any]) -> list[dict[str, Any]]:
        plans.append(_plan(document, props, olds))
        return plans[-1].listeners

    if problems := listener_problems(props["listeners"], Rules(tuple(props["controller"]), old_tls=True)):
        raise ProviderError("; ".join(str(problem) for problem in problems))
    document = _rewrite(Cluster.of(props), props["alb_config"], with_ours)
    if document is None:
        raise ProviderError(
            f"AlbConfig {props['alb_config']}: found none of that name in the cluster; allowed one that exists,"
            " or kubernetes.albConfig.name, which creates it"
        )
    plan = plans[-1]
    facts = {"held": plan.held, "shared": plan.shared, "foreign": plan.foreign, "before": plan.before}
    return {**props, **facts}


def _plan(document: Mapping[str, Any], props: Mapping[str, Any], olds: Mapping[str, Any]) -> adoption.Plan:
    ours, label = props["listeners"], f"AlbConfig {props['alb_config']}"
    if ports := adoption.port_clashes(document, ours, props["load_balancer_id"], props["load_balancer_ports"]):
        raise ProviderError(f"{label}: found its ALB to be mtlsedge:loadBalancer; allowed other ports than"
                            f" {', '.join(ports)}, which mtlsedge:listener owns there")  # fmt: skip
    try:
        return adoption.adopt(
            _listeners(document),
            ours,
            held=olds.get("held", ()),
            before=olds.get("before"),
            take_over=props["take_over"],
        )
    except adoption.AdoptionRefused as refusal:
        raise ProviderError(f"{label}: {refusal}") from None


def _rewrite(
    cluster: Cluster, name: str, change: Callable[[Mapping[str, Any]], list[dict[str, Any]]]
) -> dict[str, Any] | None:
    """Write the changed list; None if there is no such AlbConfig. Nothing is written where nothing changes."""
    for attempt in range(ATTEMPTS):
        document = cluster.alb_config(name)
        if document is None:
            return None
        listeners = change(document)
        if listeners == _listeners(document):
            return document
        write = ownership.write(document, listeners)
        try:
            return (cluster.apply if write.applies else cluster.replace)(write.document, write.manager)
        except ClusterError as error:
            if error.status != CONFLICT or attempt + 1 == ATTEMPTS:
                raise
    raise ProviderError(f"AlbConfig {name}: changed by others again and again; run `pulumi up` again")


def _foreign(news: Mapping[str, Any]) -> tuple[list[str] | None, str]:
    """The listeners that would stay, and why ours cannot stand; None where the cluster does not say."""
    try:
        document = Cluster.of(news).alb_config(news["alb_config"])
    except ProviderError:
        return None, ""
    if document is None:
        return None, ""
    try:
        plan = adoption.adopt(_listeners(document), news["listeners"], take_over=news["take_over"])
    except adoption.AdoptionRefused as refusal:
        return None, str(refusal)
    return plan.foreign, ""


def _listeners(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list((document.get("spec") or {}).get("listeners") or [])


def _known(value: Any, within: str = "") -> Any:
    """The inputs with samples for identifiers that are not known before `up`."""
    if isinstance(value, Mapping):
        return {key: _known(item, within if key == "CertificateId" else str(key)) for key, item in value.items()}
    if isinstance(value, list):
        return [_known(item, within) for item in value]
    return SAMPLES.get(within, value) if value == UNKNOWN else value


class AdoptedAlbConfig(Resource):
    """This stack's listeners in the AlbConfig `alb_config`, which exists and stays another owner's.

    `held` are this stack's keys (`443/HTTPS`), `shared` those wanted that others have, `foreign` all that is left
    alone, `before` what ours stand in the place of. `load_balancer_ports` are taken on the ALB `load_balancer_id`.
    """

    served_by = AdoptedAlbConfigProvider

    held: pulumi.Output[list[str]]
    shared: pulumi.Output[list[str]]
    foreign: pulumi.Output[list[str]]

    def __init__(  # noqa: PLR0913 - a resource's inputs are its constructor's arguments
        self,
        name: str,
        *,
        kubeconfig: str,
        context: str,
        cluster_identifier: str,
        alb_config: str,
        listeners: Sequence[Mapping[str, Any]],
        take_over: Sequence[str],
        controller: Sequence[int],
        load_balancer_id: pulumi.Input[str] = "",
        load_balancer_ports: Sequence[int] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "kubeconfig": kubeconfig,
            "context": context,
            "cluster_identifier": cluster_identifier,
            "alb_config": alb_config,
            "listeners": list(listeners),
            "take_over": list(take_over),
            "controller": list(controller),
            "load_balancer_id": load_balancer_id,
            "load_balancer_ports": list(load_balancer_ports),
            "foreign": None,
        }
        super().__init__(name, {**properties, **dict.fromkeys(OUTPUTS)}, opts)
