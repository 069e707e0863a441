"""Log Service as far as the vendor's ALB controller of 2024 asks for it: the access log of a load balancer on and off.

The project and its store are not checked, as ALB's own calls do not check them here.
"""

from local.cloud.actions import Call, Response, action
from local.cloud.alb import load_balancers
from local.cloud.errors import invalid
from local.cloud.products import SLS
from local.cloud.store import Document

KIND = "alb.access_log"
"""The one kind of data that is offered, as DataType spells it."""


@action(SLS, "OpenProductDataCollection", source="vendor's controller", writes=True)
def open_product_data_collection(call: Call) -> Response:
    """Send the access log of a load balancer to a project."""
    sent, document = call.parameters, _balancer(call)
    sent.text("TargetSLSRegion")
    config = {"LogProject": sent.required("TargetProject"), "LogStore": sent.required("TargetStore")}
    call.store.put(load_balancers.KIND, document["LoadBalancerId"], {**document, "AccessLogConfig": config})
    return {}


@action(SLS, "CloseProductDataCollection", source="vendor's controller", writes=True)
def close_product_data_collection(call: Call) -> Response:
    """Stop it."""
    document = _balancer(call)
    document.pop("AccessLogConfig", None)
    call.store.put(load_balancers.KIND, document["LoadBalancerId"], document)
    return {}


def _balancer(call: Call) -> Document:
    if call.parameters.required("DataType") != KIND:
        raise invalid("DataType", f"allowed is {KIND}")
    call.parameters.text("InstanceRegion")
    return load_balancers.find(call, call.parameters.required("InstanceId"))
