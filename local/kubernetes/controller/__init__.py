"""The ALB ingress controller's part: watches a cluster, makes the OpenAPI calls that the managed controller makes.

What is known of the managed controller and what is assumed stands in `coverage`.
"""

from local.kubernetes.controller.controller import Controller

__all__ = ["Controller"]
