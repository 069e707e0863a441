"""The vendor's own ALB ingress controller, run against the local cloud, in the local cluster, in place of the local controller."""
