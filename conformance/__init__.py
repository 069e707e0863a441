"""The upstream provider's own acceptance tests, run against the local cloud: people who never saw it judge it."""
