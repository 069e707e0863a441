#!/usr/bin/env bash
# Over how many jobs a request's previews are spread: reads SHARDS, a list of the jobs' numbers as a workflow's matrix takes
# it ("[1, 2, 3]"), and prints how many. The so-manyth job previews every so-manyth stack, and hands over those alone.
# Exit status: 2 for anything else.
set -euo pipefail

MOST=8 # outputs that the workflow has
listed=$(printf %s "${SHARDS:-}" | tr -d '[:space:]')
for count in $(seq "$MOST"); do
    if [ "$listed" = "[$(seq -s , "$count")]" ]; then
        echo "$count"
        exit 0
    fi
done
echo "shards: found SHARDS=${SHARDS:-}; allowed: [1] to [$(seq -s ', ' "$MOST")]" >&2
exit 2
