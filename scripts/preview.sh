#!/usr/bin/env bash
# The preview of one stack for a pull or merge request, without secrets: what GitHub and GitLab both run.
#
#   scripts/preview.sh STACK SNAPSHOT OUT
#
# STACK     a stack of the project, by its Pulumi.STACK.yaml
# SNAPSHOT  file of `mtlsedge snapshot publish`
# OUT       folder for STACK.md (the comment) and STACK.json (the findings)
#
# MTLSEDGE_PROJECT  folder of the project as the request has it; default: the checkout this script is in. With a
#                   second checkout of the default branch the request cannot change what judges it: only its program
#                   is run from there, by the engine, in a place of its own (bubblewrap) without network, from which it
#                   can write neither that checkout, nor OUT, nor a cache.
# FIRST_STACKS      names of stacks that were never deployed: for these, and no other, SNAPSHOT may be missing
# MTLSEDGE_PREVIEW_OPTIONS  more options of `mtlsedge preview`, of the trusted side; a request has no say in them
# Exit status: 0 passes, 1 a weakening without its setting or no whole preview, 2 could not run, 3 not judged.
set -euo pipefail

stack=${1:?stack} snapshot=${2:?snapshot file} out=${3:?output folder}
tool=$(cd "$(dirname "$0")/.." && pwd)
project=$(cd "${MTLSEDGE_PROJECT:-$tool}" && pwd)

case $stack in *[!A-Za-z0-9._-]*) echo "preview: $stack is no stack's name" >&2; exit 2 ;; esac
mkdir -p "$out"
out=$(cd "$out" && pwd)
if [ -f "$snapshot" ]; then
    source=(--snapshot "$(cd "$(dirname "$snapshot")" && pwd)/$(basename "$snapshot")")
elif [[ " ${FIRST_STACKS:-} " == *" $stack "* ]]; then
    source=(--first)
else
    echo "preview: found no snapshot $snapshot; a deployment publishes it. Name the stack in FIRST_STACKS if it has had none yet" >&2
    exit 2
fi

# Both engines of the toolchain: the vendor's where they can be downloaded, else built from Go modules.
(cd "$tool" && python3 -m local.toolchain ensure) >&2 || exit 2
PATH="$(cd "$tool" && python3 -m local.toolchain paths):$PATH"
PULUMI_HOME=${PULUMI_HOME:-$(cd "$tool" && python3 -c 'from local.places import Places; print(Places().pulumi_home)')}
export PATH PULUMI_HOME
# The request's program runs with the packages that the request locks; what judges it, with the default branch's.
lock=$project/requirements.lock
[ -e "$lock" ] || [ -L "$lock" ] || lock=$tool/requirements.lock
environment=$(cd "$tool" && python3 -m local.toolchain venv --of "$lock") || exit 2
# Another stack's preview may make the same link in the same moment.
[ -e "$project/.venv" ] || ln -sn "$environment" "$project/.venv" 2>/dev/null || [ -e "$project/.venv" ]

# What the stack is not made of does not concern it: then there is no preview, and the findings say so. They also name
# stack files that differ and whose stack is none of STACKS: nobody judges these.
[ "$project" = "$tool" ] || source+=(--base "$tool" --stacks "${STACKS:-$stack}")

# -P: nothing is imported from the request's checkout, only from beside this script.
cd "$project"
status=0
PYTHONPATH="$tool" "$tool/.venv/bin/python" -P -m mtlsedge preview --stack "$stack" "${source[@]}" \
    --program-environment "$environment" \
    --comment "$out/$stack.md" --findings "$out/$stack.json" ${MTLSEDGE_PREVIEW_OPTIONS:-} || status=$?
if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$out/$stack.md" ]; then
    cat "$out/$stack.md" >>"$GITHUB_STEP_SUMMARY"
fi
exit "$status"
