"""The vendor's own ALB ingress controller, run against the local cloud and the local cluster in place of ours."""
