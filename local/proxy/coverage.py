"""What the data plane does of what a load balancer can be told, for the coverage page: each with the tests that prove it.

A test is written `module::function`, below `tests/local/test_proxy_` unless the module says otherwise.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One thing that can be declared."""

    item: str
    rendered_by: str
    """Modules of `local/proxy`."""
    proved_by: str
    rest: str = ""
    """What is not done, or assumed."""


ROWS = (
    Row("server weights, 0 to 100", "clusters", "servers::test_servers_share_by_weight servers::test_a_weight_that_changes_holds_for_the_next_requests"),
    Row("scheduler Wrr", "clusters", "servers::test_servers_share_by_weight"),
    Row("scheduler Wlc", "clusters", "servers::test_the_server_with_the_fewest_requests_is_next", "it counts requests, not connections"),
    Row("schedulers Sch and Uch", "clusters stickiness", "servers::test_an_address_chooses_the_server servers::test_a_parameter_chooses_the_server"),
    Row("slow start", "clusters", "servers::test_a_server_that_comes_starts_slowly_where_the_group_says_so", "every server counts as new until its group is as old as the window"),
    Row("connection drain", "clusters", "servers::test_a_server_that_goes_ends_what_it_works_on", "requests in flight end by themselves, with and without it; the timeout cuts none off, and the log says so"),
    Row("stickiness Insert", "stickiness", "servers::test_an_inserted_cookie_says_how_long_it_lasts_and_reaches_no_other_group servers::test_a_cookie_for_a_server_that_went_finds_another"),
    Row("stickiness Server", "cookies stickiness", "servers::test_a_cookie_of_the_servers_own_leads_back_to_the_server_that_set_it servers::test_an_own_cookie_that_was_made_up_reaches_no_other_group", "how the vendor writes the new value is not known"),
    Row("connections to servers kept or not", "clusters", "servers::test_connections_to_a_server_are_kept_where_the_group_says_so", "not kept: each request on its own (assumed)"),
    Row("health checks", "health_checks health", "health::test_broken_server_is_abnormal_and_gets_no_traffic_until_it_recovers health::test_all_servers_down_gives_503"),
    Row("conditions Host, Path, Header, QueryString, Method, Cookie, SourceIp", "conditions", "rules::test_a_condition_holds_for_these_and_not_for_those rules::test_all_conditions_of_a_rule_must_hold"),
    Row("order of rules", "inventory routes", "rules::test_the_lowest_number_is_tried_first_whenever_it_was_made"),
    Row("rules about answers: ResponseStatusCode, ResponseHeader and what was asked", "answers", "rules::test_a_rule_about_answers_changes_these_and_not_those rules::test_of_rules_about_answers_the_first_that_holds_counts rules::test_headers_of_answers_are_set_by_each_kind_of_value", "expressions and SourceIp are not served; `local status` names each such rule"),
    Row("ForwardGroup with weights", "stickiness", "rules::test_groups_share_by_weight rules::test_groups_without_any_weight_answer_503"),
    Row("session between groups", "stickiness", "rules::test_a_client_stays_with_its_group_where_the_rule_says_so", "the cookie's name is assumed"),
    Row("Redirect and Rewrite", "redirects", "rules::test_a_path_is_made_of_what_the_expression_found routing::test_redirect_templates routing::test_rewrite_changes_host_and_path", "`${host}` within a host or path, and a literal query of Rewrite: answered 501, which the log says"),
    Row("FixedResponse", "actions", "routing::test_fixed_response"),
    Row("InsertHeader and RemoveHeader", "headers", "rules::test_headers_of_requests_are_set_by_each_kind_of_value"),
    Row("TrafficLimit", "rule_filters", "routing::test_a_limit_answers_for_the_servers rules::test_a_limit_counts_each_address_for_itself"),
    Row("TrafficMirror", "actions", "rules::test_a_mirror_gets_a_copy_and_nobody_waits_for_it"),
    Row("Cors", "rule_filters", "routing::test_pages_of_named_sites_are_let_in routing::test_pages_of_other_sites_are_not"),
    Row("access control lists", "access", "access_lists::test_a_block_ends_where_it_says access_lists::test_lists_hold_from_when_they_are_attached_until_they_are_detached", "an empty list: behaviour `empty-white-list`"),
    Row("security groups", "access", "routing::test_security_groups_of_the_load_balancer", "rules about the servers of a group, or a list of prefixes, are not obeyed; the log says so"),
    Row("certificates by name and kind of key", "certificates tls", "server_names::test_the_best_certificate_that_the_client_can_check_is_shown server_names::test_a_client_without_elliptic_keys_is_not_served_an_elliptic_certificate", "a wildcard's certificate is shown for deeper names too, which no client takes"),
    Row("client certificates", "tls", "tls::test_wrong_certificates_are_refused tls::test_changed_ca_holds_for_the_next_connection", "behaviours `client-refusal` and `chain-walk`"),
    Row("headers about the client's certificate", "headers", "routing::test_client_certificate_headers_arrive_under_their_aliases routing::test_client_sent_copies_are_stripped"),
    Row("TLS policies", "tls_policies", "tls::test_policy_decides_about_versions", "suites that BoringSSL lacks are replaced"),
    Row("idle and request timeout", "listeners actions", "listener_settings::test_a_connection_without_requests_ends_after_the_idle_time listener_settings::test_a_server_that_takes_longer_than_the_request_time_is_answered_for_with_504"),
    Row("gzip", "listeners", "listener_settings::test_answers_are_compressed_for_those_who_take_it", "kinds and the least size are assumed"),
    Row("HTTP/2", "tls", "listener_settings::test_http_2_is_spoken_where_the_client_chooses_it tls::test_http2_is_offered_unless_switched_off"),
    Row("QUIC", "–", "", "not served; `local status` names each such listener"),
    Row("scripts", "–", "routing::test_a_script_is_named_as_not_run", "not run; `local status` and the console name each"),
    Row("access log", "access_log", "access_log::test_each_request_is_a_line_with_the_fields_of_albs_log access_log::test_only_who_asked_for_a_log_has_one_and_only_its_owner_reads_it", "in the file `access-logs/ALB-ID.jsonl` beside Envoy's own logs; without `tcpinfo_rtt`, headers of one's own, and traces"),
    Row("changes beside open connections", "discovery listeners", "open_connections::test_a_change_ends_only_the_connections_it_concerns open_connections::test_a_change_of_the_ca_list_holds_for_new_handshakes_at_once with_cloud::test_changes_through_the_api_leave_an_open_connection_and_a_download_alone", "a listener's own certificates, CA, TLS policy, lists, timeouts, gzip, HTTP/2 and access log concern its connections: they end within two seconds (assumed)"),
)  # fmt: skip


def section() -> list[str]:
    """Lines of the page."""
    return [
        "## Data plane",
        "",
        "What Envoy is told of a load balancer, and the tests that ask it from outside, near misses among them.",
        "",
        "| declared | rendered by | proved by | not done, or assumed |",
        "| --- | --- | --- | --- |",
        *(f"| {row.item} | {_modules(row.rendered_by)} | {_tests(row.proved_by)} | {row.rest} |" for row in ROWS),
        "",
    ]


def _modules(names: str) -> str:
    return ", ".join(f"`proxy/{name}.py`" if name != "–" else name for name in names.split())


def _tests(names: str) -> str:
    return ", ".join(
        f"`{function}` ({module})" for module, _, function in (name.partition("::") for name in names.split())
    )
