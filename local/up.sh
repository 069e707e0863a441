#!/bin/sh
# `make up`: from nothing to the verify table. A second run finds everything there and changes nothing.
set -eu
cd "$(dirname "$0")/.."
: "${PYTHON:=python3}"
run_time="${MTLSEDGE_LOCAL_DIR:-$PWD/.local}"

stop() {
    echo "make up: $1" >&2
    exit 1
}

prepare() {
    "$PYTHON" -m local.toolchain ensure || exit 1
    .venv/bin/python -m local start || stop "the local cloud did not start; 'make doctor' shows what is in its way"
    environment
}

# Read again after the deployment: it names the ports of the listeners, which follow the stack.
environment() {
    # shellcheck source=/dev/null
    . "$run_time/env"
}

# Of what an earlier `up` left half made a plain one may trip over (docs/runbooks/up-cut-off.md): a refresh finishes it.
deploy() {
    refresh=""
    [ ! -e "$run_time/deploying" ] || refresh=--refresh
    : >"$run_time/deploying"
    pulumi stack select --create local >/dev/null || stop "the stack 'local' could not be selected"
    began=$(date -u +%Y-%m-%dT%H:%M:%S)
    # shellcheck disable=SC2086 # no word of its own when empty
    pulumi up --stack local --yes --skip-preview --suppress-outputs $refresh ||
        stop "pulumi up failed (see above); the cloud's side of it: .venv/bin/python -m local log; after one that was cut off: docs/runbooks/up-cut-off.md"
    rm "$run_time/deploying"
    python -m local waits --since "$began"
}

hand_over() {
    python -m mtlsedge authority export --to "$run_time" >/dev/null || stop "the authority's certificates could not be exported"
    python -m mtlsedge clients export --all --to "$run_time/clients" >/dev/null || stop "the client bundles could not be exported"
    python -m local endpoints >/dev/null || stop "the endpoints could not be written"
    environment
}

prepare
deploy
hand_over
"${MAKE:-make}" --no-print-directory verify || stop "the stack is up, but not every check passed"
console=$(python -m local console)
echo "look at it: $console"
echo "            ${console}topology    from clients to servers, live"
echo "            ${console}handshakes  who was let in, who was not, and why, live"
echo "            ${console}calls       what the API was asked, live"
