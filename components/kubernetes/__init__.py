"""The second front: AlbConfig, IngressClass and Ingresses in an ACK cluster.

`schema` and `manifests` are pure; `alb_ingress` is the component.
"""
