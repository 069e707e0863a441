#!/usr/bin/env bash
# The previews of a request's stacks, one after the other, in one job; their findings become an output of the job, which
# every host with GitHub's way of jobs hands to the next one (artifacts need an action that not every host can run), and
# the file OUT/findings, which GitLab hands on.
#
#   scripts/preview-stacks.sh SNAPSHOTS OUT STACK…
#
# SNAPSHOTS  folder with STACK.json, the public snapshots
# OUT        folder for STACK.md and STACK.json, as scripts/preview.sh writes them; MTLSEDGE_PROJECT as there
# Exit status: the worst of the previews'.
set -euo pipefail

snapshots=${1:?snapshots folder} out=${2:?output folder}
shift 2
[ $# -gt 0 ] || { echo "preview-stacks: no stack is named: set the variable STACKS" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$out"
worst=0
for stack; do
    status=0
    "$here/preview.sh" "$stack" "$snapshots/$stack.json" "$out" || status=$?
    [ "$worst" -ge "$status" ] || worst=$status
done
cat "$out"/*.json 2>/dev/null | gzip -9 | base64 | tr -d '\n' >"$out/findings" || true
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf 'findings=%s\n' "$(cat "$out/findings")" >>"$GITHUB_OUTPUT"
fi
exit "$worst"
