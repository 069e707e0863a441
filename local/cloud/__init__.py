"""Control plane of the local Alibaba Cloud: the OpenAPI products, one store behind them, one port in front.

A request goes `server` -> `dispatcher` (signature, faults, idempotency, one transaction) -> an action of a
product module -> `store`. `application.Cloud` puts the parts together.
"""
