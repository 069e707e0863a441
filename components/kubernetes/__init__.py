"""The second entry point: AlbConfig, IngressClass and Ingresses in an ACK cluster.

`schema`, `adoption` and `ownership` are pure; `alb_ingress` is the component.
"""
