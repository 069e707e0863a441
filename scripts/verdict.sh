#!/usr/bin/env bash
# The comment on a request and its verdict, from what the preview job handed over: the second job, whose code is the
# default branch's and whose token may comment. What it is handed is data; names and texts in it are escaped.
#
#   STACKS=… FINDINGS=… RESULT=… scripts/verdict.sh NUMBER
#
# NUMBER    of the request
# STACKS    all stacks of the request: one without findings is a request without a verdict
# FINDINGS  the output of scripts/preview-stacks.sh; RESULT  how the preview job ended
# Exit status: 0 the request passes, 1 it does not or there is no verdict, 2 the comment could not be written.
set -euo pipefail

number=${1:?number of the request}
LARGEST=4000000 # bytes that the findings may unpack to
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 -m local.toolchain venv >&2 || exit 2
printf %s "${FINDINGS:-}" | base64 -d | gunzip 2>/dev/null | head -c "$LARGEST" >"$place/findings.json" || true
if [ ! -s "$place/findings.json" ]; then
    echo "no verdict: the preview job ended as '${RESULT:-unknown}' and handed over no findings; its log says why" >&2
    exit 1
fi
.venv/bin/python -m mtlsedge comment "$place/findings.json" --number "$number" --stacks "$STACKS"
[ "${RESULT:-}" = success ]
