"""Container Service for Kubernetes: the account has no managed clusters. A stack's own cluster is reached by its kubeconfig."""

from local.cloud.actions import Call, Response, action
from local.cloud.errors import gone
from local.cloud.products import CS
from local.cloud.roa import BARE


@action(CS, "GET·/clusters", source="provider source")
def describe_clusters(call: Call) -> Response:
    """None, whatever their name."""
    call.parameters.text("name")
    return {BARE: []}


@action(
    CS,
    "GET·/clusters/{id}", "GET·/clusters/{id}/nodes", "GET·/clusters/{id}/endpoints", "GET·/k8s/{id}/user_config",
    source="provider source",
)  # fmt: skip
def describe_cluster(call: Call) -> Response:
    """Details, nodes, endpoints and access of a cluster: there is none."""
    call.parameters.required("id")
    raise gone("ErrorClusterNotFound", "cluster")
