#!/usr/bin/env bash
# The comment on a request and its verdict, from what the preview job handed over: the second job, whose code is the
# default branch's and whose token may comment. What it is handed is data; names and texts in it are escaped.
#
#   STACKS=… FINDINGS=… RESULT=… COMMIT=… scripts/verdict.sh NUMBER
#
# NUMBER    of the request
# STACKS    all stacks of the request, as the default branch or the host's settings name them; one without findings is
#           "no verdict", which also takes the place of an older comment
# FINDINGS  the output of scripts/preview-stacks.sh; RESULT  how the preview job ended; COMMIT  what it judged
# SHARDS    the numbers of several preview jobs ("[1, 2]"): then FINDINGS_1 and so on are their outputs, and of each only
#           the stacks count that were its own, whatever it says
# Exit status: 0 the request passes, 1 it does not or there is no verdict, 2 the comment could not be written.
set -euo pipefail

number=${1:?number of the request}
LARGEST=4000000 # bytes that the findings may unpack to
cd "$(dirname "$0")/.."
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python3 -m local.toolchain venv >&2 || exit 2
[ -n "${STACKS:-}" ] || { echo "verdict: no stack is named: set the variable STACKS" >&2; exit 2; }
names=(FINDINGS)
if [ -n "${SHARDS:-}" ]; then
    count=$(scripts/shards.sh)
    mapfile -t names < <(seq -f 'FINDINGS_%g' "$count")
fi
files=()
for name in "${names[@]}"; do
    files+=("$place/$name.json")
    printf %s "${!name:-}" | base64 -d 2>/dev/null | gunzip 2>/dev/null | head -c "$LARGEST" >"$place/$name.json" || true
done
[ "${RESULT:-}" = success ] || echo "the preview job ended as '${RESULT:-unknown}'; its log says why" >&2
.venv/bin/python -m mtlsedge comment "${files[@]}" --number "$number" --stacks "$STACKS" --commit "${COMMIT:-}"
[ "${RESULT:-}" = success ]
