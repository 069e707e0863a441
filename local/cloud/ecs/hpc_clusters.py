"""Clusters of super computing instances. They are names here: nothing is computed."""

from local.cloud.actions import Call, Response, action
from local.cloud.documents import new_id, numbered_page, require
from local.cloud.errors import gone, in_use
from local.cloud.parameters import echo
from local.cloud.products import ECS
from local.cloud.store import Document

KIND = "ecs.hpc_cluster"
INSTANCE = "ecs.instance"


@action(ECS, "CreateHpcCluster", source="provider source", writes=True)
def create_hpc_cluster(call: Call) -> Response:
    """A cluster without instances."""
    id = new_id("hpc")
    document = {
        "HpcClusterId": id,
        "Name": call.parameters.required("Name"),
        "Description": call.parameters.text("Description"),
    }
    call.store.put(KIND, id, document)
    return {"HpcClusterId": id}


@action(ECS, "DescribeHpcClusters", source="provider source")
def describe_hpc_clusters(call: Call) -> Response:
    """All clusters, or those of ids (JSON text)."""
    ids = call.parameters.json_texts("HpcClusterIds")
    rows = [one for one in call.store.list(KIND) if not ids or one["HpcClusterId"] in ids]
    page, counters = numbered_page(call.parameters, rows)
    return {"HpcClusters": {"HpcCluster": page}, **counters}


@action(ECS, "ModifyHpcClusterAttribute", source="provider source", writes=True)
def modify_hpc_cluster_attribute(call: Call) -> Response:
    """Change name and description."""
    document = find(call, call.parameters.required("HpcClusterId"))
    echo(call.parameters, document, "Name", "Description")
    call.store.put(KIND, document["HpcClusterId"], document)
    return {}


@action(ECS, "DeleteHpcCluster", source="provider source", writes=True)
def delete_hpc_cluster(call: Call) -> Response:
    """Remove a cluster no instance is in."""
    id = find(call, call.parameters.required("HpcClusterId"))["HpcClusterId"]
    if any(one.get("HpcClusterId") == id for one in call.store.list(INSTANCE)):
        raise in_use("DependencyViolation.HpcCluster", "Instances are in the HPC cluster.")
    call.store.delete(KIND, id)
    return {}


def find(call: Call, id: str) -> Document:
    """The cluster, or the error that it is gone."""
    return require(call.store, KIND, id, gone("NotExists.HpcCluster", "HPC cluster"))
