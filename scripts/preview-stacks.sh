#!/usr/bin/env bash
# The previews of a request's stacks in one job, as many at a time as there are processors; their findings become an
# output of the job, which every host with GitHub's way of jobs hands to the next one (artifacts need an action that not
# every host can run), and the file OUT/findings, which GitLab hands on.
#
#   scripts/preview-stacks.sh SNAPSHOTS OUT STACK…
#
# SNAPSHOTS  folder with STACK.json, the public snapshots
# OUT        folder for STACK.md and STACK.json, as scripts/preview.sh writes them; MTLSEDGE_PROJECT as there
# MTLSEDGE_PREVIEWS_AT_ONCE  how many at a time; default: one a processor
# SHARD, SHARDS  with several jobs beside each other: this one's number, and all numbers ("[1, 2]", scripts/shards.sh).
#                This job then previews every so-manyth stack; its output is named findings_SHARD
# What the previews print comes in the order of the stacks. Exit status: the worst of the previews'.
set -euo pipefail

snapshots=${1:?snapshots folder} out=${2:?output folder}
shift 2
[ $# -gt 0 ] || { echo "preview-stacks: no stack is named: set the variable STACKS" >&2; exit 2; }
LARGEST=120000 # bytes that the next job can take as one variable
here=$(cd "$(dirname "$0")" && pwd)
name=findings
if [ -n "${SHARD:-}" ]; then
    all=$("$here/shards.sh")
    [[ $SHARD =~ ^[1-8]$ && $SHARD -le $all ]] || { echo "preview-stacks: found SHARD=$SHARD of $all" >&2; exit 2; }
    name=findings_$SHARD own=()
    for ((number = SHARD; number <= $#; number += all)); do own+=("${!number}"); done
    set -- "${own[@]}"
fi
at_once=${MTLSEDGE_PREVIEWS_AT_ONCE:-$(getconf _NPROCESSORS_ONLN)}
mkdir -p "$out"
printed=$(mktemp -d)
trap 'rm -rf "$printed"' EXIT

preview() {
    local status=0
    "$here/preview.sh" "$2" "$snapshots/$2.json" "$out" >"$printed/$1" 2>&1 || status=$?
    echo "$status" >"$printed/$1.status"
}

begun=0
for stack; do
    while [ "$(jobs -rp | wc -l)" -ge "$at_once" ]; do wait -n || true; done
    begun=$((begun + 1))
    preview "$begun" "$stack" &
done
wait
worst=0
for number in $(seq "$begun"); do
    cat "$printed/$number"
    status=$(cat "$printed/$number.status" 2>/dev/null || echo 2) # it was killed
    [ "$worst" -ge "$status" ] || worst=$status
done
cat "$out"/*.json 2>/dev/null | gzip -9 | base64 | tr -d '\n' >"$out/findings" || true
if [ "$(wc -c <"$out/findings")" -gt "$LARGEST" ]; then
    echo "preview-stacks: the findings have more than $LARGEST bytes, which the next job cannot take; spread the stacks over more jobs (SHARDS)" >&2
    : >"$out/findings"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
    printf '%s=%s\n' "$name" "$(cat "$out/findings")" >>"$GITHUB_OUTPUT"
fi
exit "$worst"
