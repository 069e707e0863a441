#!/usr/bin/env bash
# Deploys one stack as it was judged, then publishes its snapshot: what the trusted jobs of all hosts run.
#
#   scripts/deploy.sh STACK OUT [--renewals-only]
#
# STACK  a stack of the project, by its Pulumi.STACK.yaml
# OUT    folder for STACK.md and STACK.json, the findings of what was deployed
# --renewals-only  only if nothing but certificates whose renewal is due would change; what was renewed or stopped it
#                  goes to OUT/STACK.report.json, for `mtlsedge issue`
#
# Needs the stack's state, its passphrase, credentials that may write, and a git remote `origin` that takes a push to
# the branch `mtlsedge-snapshots`. An `up` that failed half way changed the state, so its snapshot is published as well.
# Exit status: as `mtlsedge deploy`.
set -euo pipefail

stack=${1:?stack} out=${2:?output folder} mode=${3:-}
tool=$(cd "$(dirname "$0")/.." && pwd)
case $stack in *[!A-Za-z0-9._-]*) echo "deploy: $stack is no stack's name" >&2; exit 2 ;; esac
case $mode in "" | --renewals-only) ;; *) echo "deploy: found $mode; allowed: --renewals-only" >&2; exit 2 ;; esac
mkdir -p "$out"
out=$(cd "$out" && pwd)
options=(--stack "$stack" --comment "$out/$stack.md" --findings "$out/$stack.json")
[ -z "$mode" ] || options+=("$mode" --report "$out/$stack.report.json")

cd "$tool"
python3 -m local.toolchain ensure >&2 || exit 2
PATH="$(python3 -m local.toolchain paths):$PATH"
PULUMI_HOME=${PULUMI_HOME:-$(python3 -c 'from local.places import Places; print(Places().pulumi_home)')}
export PATH PULUMI_HOME
status=0
.venv/bin/python -m mtlsedge deploy "${options[@]}" || status=$?
case $status in 0 | 4) scripts/publish-snapshot.sh "$stack" ;; esac
exit "$status"
