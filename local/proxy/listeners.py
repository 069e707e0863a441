"""Listeners of the store as Envoy listeners (LDS)."""

from local.proxy import (
    access,
    access_log,
    answers,
    connection_log,
    cookies,
    discovery,
    headers,
    rule_filters,
    stickiness,
    tls,
)
from local.proxy.certificates import NameChain
from local.proxy.protobuf import Json, extension, seconds
from local.proxy.scope import Scope, Unserved

CONNECTION_MANAGER = "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager"
DEFAULT_IDLE_TIMEOUT_SECONDS = 15
DRAIN_SECONDS = 0.1
SMALLEST_COMPRESSED_BYTES = 1024
"""Assumed, as are the types, which are Envoy's: ALB says no more than that it compresses certain types [SDK-ALB]."""
DEFAULT_CHAIN = "default"
"""Begins the name of the filter chain that serves every name without a certificate of its own."""


def listener(scope: Scope) -> Json:
    """One Envoy listener; raises Unserved when it cannot be served as declared."""
    document = scope.listener
    if document["ListenerProtocol"] not in ("HTTP", "HTTPS"):
        raise Unserved(f"protocol {document['ListenerProtocol']} is not served by the local data plane")
    for script in scope.inventory.scripts:
        if script["ListenerId"] == document["ListenerId"] and script["Enabled"]:
            scope.limitation(f"script {script['AScriptName']} ({script['Position']}) is not run here")
    try:
        address, port = scope.placement.listener(scope.load_balancer["LocalAddress"], int(document["ListenerPort"]))
        chains = _filter_chains(scope)
    except ValueError as problem:
        raise Unserved(str(problem)) from None
    return {
        "name": document["ListenerId"],
        "address": {"socket_address": {"address": address, "port_value": port}},
        "filter_chains": chains,
        "listener_filters": _listener_filters(scope),
        "access_log": connection_log.of_connections(scope),
        # Without it a second process could share the port unnoticed.
        "enable_reuse_port": False,
    }


def _listener_filters(scope: Scope) -> list[Json]:
    if scope.scheme != "https":
        return []
    return [extension("filters.listener.tls_inspector", "extensions.filters.listener.tls_inspector.v3.TlsInspector")]


def _filter_chains(scope: Scope) -> list[Json]:
    filters = [*access.network_filters(scope), _connection_manager(scope)]
    if scope.scheme != "https":
        return [{"name": "plain", "filters": filters}]
    return [
        {
            "name": _chain_name(chain),
            "filter_chain_match": {"server_names": list(chain.names)} if chain.names else {},
            "transport_socket": tls.transport_socket(scope, chain.certificates),
            "filters": filters,
        }
        for chain in tls.name_chains(scope)
    ]


def _chain_name(chain: NameChain) -> str:
    """The log of connections shows by it whether the listener has a certificate for the name that was asked for."""
    names = ",".join(chain.names or sorted(chain.certificates[0].names))
    return names if chain.names else f"{DEFAULT_CHAIN}:{names}"


def _connection_manager(scope: Scope) -> Json:
    idle = scope.listener.get("IdleTimeout") or DEFAULT_IDLE_TIMEOUT_SECONDS
    return extension(
        "filters.network.http_connection_manager",
        CONNECTION_MANAGER,
        stat_prefix=scope.listener["ListenerId"],
        codec_type="AUTO" if tls.http2(scope) else "HTTP1",
        http_protocol_options={"accept_http_10": True},  # what nginx speaks to its servers by default
        common_http_protocol_options={"idle_timeout": seconds(idle)},
        # Otherwise a connection stays open for five seconds more after its idle time.
        drain_timeout=seconds(DRAIN_SECONDS),
        # The route's own timeout (RequestTimeout) governs a request.
        stream_idle_timeout=seconds(0),
        server_header_transformation="PASS_THROUGH",
        rds={
            "route_config_name": scope.listener["ListenerId"],
            "config_source": discovery.part(discovery.ROUTES_FOLDER, scope.listener["ListenerId"]),
        },
        http_filters=_http_filters(scope),
        access_log=[*connection_log.of_requests(scope), *access_log.of_requests(scope)],
        upgrade_configs=[{"upgrade_type": "websocket"}],
        **headers.connection_manager(),
    )


def _http_filters(scope: Scope) -> list[Json]:
    """All of them always, though most do nothing until a route says so: another list would end open connections."""
    gzip = [_compressor()] if scope.listener.get("GzipEnabled") is not False else []
    router = extension("filters.http.router", "extensions.filters.http.router.v3.Router", suppress_envoy_headers=True)
    return [
        *rule_filters.http_filters(),
        *gzip,
        cookies.http_filter(),
        stickiness.http_filter(),
        answers.http_filter(),
        router,
    ]


def _compressor() -> Json:
    common = {"min_content_length": SMALLEST_COMPRESSED_BYTES}
    return extension(
        "filters.http.compressor",
        "extensions.filters.http.compressor.v3.Compressor",
        response_direction_config={"common_config": common},
        compressor_library=extension("compression.gzip.compressor", "extensions.compression.gzip.compressor.v3.Gzip"),
    )
