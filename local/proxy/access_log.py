"""The access log of a load balancer whose owner asked for one, with the fields of ALB's: a file of JSON lines, for its owner alone.

Fields and their meaning: "Log fields" of ALB layer 7 access logs, https://www.alibabacloud.com/help/en/sls/log-fields-10.
Left out is `tcpinfo_rtt`, which Envoy does not tell. The project and the store that were named get nothing.
"""

from pathlib import Path

from local.proxy.connection_log import FILE_ACCESS_LOG
from local.proxy.headers import CLIENT_ADDRESS, literal
from local.proxy.protobuf import Json, extension
from local.proxy.scope import Scope

FOLDER = "access-logs"
TOPIC = "alb_layer7_access_log"
FIELDS = {
    "__topic__": TOPIC,
    "body_bytes_sent": "%BYTES_SENT%",
    "client_ip": CLIENT_ADDRESS,
    "host": "%REQ(:AUTHORITY)%",
    "http_host": "%REQ(:AUTHORITY)%",
    "http_referer": "%REQ(REFERER)%",
    "http_user_agent": "%REQ(USER-AGENT)%",
    "http_x_forwarded_for": "%REQ(X-FORWARDED-FOR)%",
    "http_x_real_ip": "%REQ(X-REAL-IP)%",
    "read_request_time": "%COMMON_DURATION(DS_RX_BEG:DS_RX_END:ms)%",
    "request_length": "%DOWNSTREAM_WIRE_BYTES_RECEIVED%",
    "request_method": "%REQ(:METHOD)%",
    "request_time": "%CEL(double(request.duration.getSeconds()) + double(request.duration.getMilliseconds()) / 1000.0)%",
    "request_uri": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%",
    "scheme": "%REQ(:SCHEME)%",
    "server_protocol": "%PROTOCOL%",
    "ssl_cipher": "%DOWNSTREAM_TLS_CIPHER%",
    "ssl_protocol": "%DOWNSTREAM_TLS_VERSION%",
    "status": "%RESPONSE_CODE%",
    "time": "%START_TIME%",
    "upstream_addr": "%UPSTREAM_HOST%",
    "upstream_response_time": "%CEL(double(response.backend_latency.getSeconds()) + double(response.backend_latency.getMilliseconds()) / 1000.0)%",
    "upstream_status": "%CEL(response.code_details == 'via_upstream' ? response.code : '-')%",
    "vip_addr": "%DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%",
    "write_response_time": "%COMMON_DURATION(DS_TX_BEG:DS_TX_END:ms)%",
}


def path(scope: Scope) -> Path | None:
    """The file, where the load balancer has an access log."""
    balancer = scope.load_balancer
    is_on = balancer.get("AccessLogConfig")
    return scope.log.parent / FOLDER / f"{balancer['LoadBalancerId']}.jsonl" if is_on else None


def of_requests(scope: Scope) -> list[Json]:
    """`access_log` of the HTTP connection manager."""
    file = path(scope)
    if file is None:
        return []
    config = scope.listener.get("LogConfig") or {}
    if config.get("AccessLogRecordCustomizedHeadersEnabled"):
        scope.limitation("headers of one's own are not in the access log")
    if (config.get("AccessLogTracingConfig") or {}).get("TracingEnabled"):
        scope.limitation("traces are not recorded")
    own = {"app_lb_id": literal(scope.listener["LoadBalancerId"]), "slb_vport": str(scope.listener["ListenerPort"])}
    return [extension("access_loggers.file", FILE_ACCESS_LOG, path=str(file), log_format={"json_format": own | FIELDS})]
