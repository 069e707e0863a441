"""Every rule of the pack, in the order in which they are reported. What each is for: docs/reference/policies.md."""

from balancer_rules import (
    TAG_SCHEMA,
    require_access_log,
    require_capable_edition,
    require_deletion_protection,
    require_tags,
)
from certificate_rules import (
    DAYS_SCHEMA,
    forbid_stray_private_keys,
    limit_authority_validity,
    limit_client_validity,
    require_secret_keys,
    say_what_keys_a_preview_hides,
)
from listener_rules import (
    require_alb_config_spelling,
    require_alb_config_tls,
    require_alb_config_verification,
    require_client_certificates,
    require_modern_tls,
    require_one_authority,
)
from path_rules import forbid_way_around, require_one_owner
from reading import rule, stack_rule
from server_rules import forbid_open_servers

RULES = (
    rule("mutual-authentication", require_client_certificates),
    rule("one-authority", require_one_authority),
    rule("tls-floor", require_modern_tls),
    rule("edition", require_capable_edition),
    stack_rule("no-way-around", forbid_way_around),
    stack_rule("one-owner", require_one_owner),
    rule("no-stray-private-key", forbid_stray_private_keys),
    stack_rule("keys-not-judged", say_what_keys_a_preview_hides, advisory=True),
    rule("secret-keys", require_secret_keys),
    rule("client-validity", limit_client_validity, schema=DAYS_SCHEMA),
    rule("authority-validity", limit_authority_validity, schema=DAYS_SCHEMA),
    rule("albconfig-verification", require_alb_config_verification),
    rule("albconfig-tls-floor", require_alb_config_tls),
    rule("albconfig-spelling", require_alb_config_spelling),
    rule("deletion-protection", require_deletion_protection, advisory=True),
    rule("servers-closed", forbid_open_servers, advisory=True),
    rule("access-log", require_access_log, advisory=True),
    rule("tags", require_tags, advisory=True, schema=TAG_SCHEMA),
)
