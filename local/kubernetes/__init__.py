"""The local cluster: a real Kubernetes API server, and the ALB ingress controller's part (`controller`)."""
