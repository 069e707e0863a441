#!/bin/sh
# `make down`: destroys the local stack, stops the local cloud, removes .local. FORCE=1 skips the destroy.
set -eu
cd "$(dirname "$0")/.."
run_time="${MTLSEDGE_LOCAL_DIR:-$PWD/.local}"

stop() {
    echo "make down: $1" >&2
    exit 1
}

destroy() {
    .venv/bin/python -m local start >/dev/null || stop "the local cloud is needed for the destroy and did not start; FORCE=1 skips it"
    # shellcheck source=/dev/null
    . "$run_time/env"
    pulumi stack select local >/dev/null 2>&1 || return 0
    pulumi destroy --stack local --yes --skip-preview --suppress-outputs || stop "pulumi destroy failed (see above); FORCE=1 skips it"
    pulumi stack rm --yes --preserve-config local >/dev/null || stop "the stack 'local' could not be removed"
}

if [ ! -d "$run_time" ]; then
    echo "nothing to take down"
    exit 0
fi
if [ -f "$run_time/env" ] && [ -z "${FORCE:-}" ]; then
    destroy
fi
if [ -x .venv/bin/python ]; then
    .venv/bin/python -m local stop || stop "the local cloud did not stop"
fi
rm -rf "$run_time"
echo "the local stack is gone"
