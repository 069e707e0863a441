#!/usr/bin/env bash
# `make demo-pr`: a pull request against the running local stack, played on this machine. The trusted side publishes a
# snapshot; the other side has the change, the snapshot and nothing else: its environment is shown to be empty of secrets.
set -euo pipefail
cd "$(dirname "$0")/.."
checkout=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$1"; }

say "1. After an \`up\`, a trusted job publishes the stack's public snapshot"
python -m mtlsedge snapshot publish --stack local --to "$place/local.json"

say "2. Somebody proposes a change: client certificates are no longer demanded, and carol becomes a client"
mkdir "$place/head"
git ls-files -z | xargs -0 cp --parents --no-dereference -t "$place/head"
sed -i -e 's/^    redirectHttp: true$/&\n    clientVerification: off-for-migration/' -e 's/^    alice: {}$/&\n    carol: {}/' \
    "$place/head/Pulumi.local.yaml"
diff -u --label base --label head Pulumi.local.yaml "$place/head/Pulumi.local.yaml" || true

say "3. The pull request's job: its whole environment"
bare=("PATH=$PATH" "HOME=$place" "LANG=${LANG:-C.UTF-8}" "PULUMI_HOME=$PULUMI_HOME" "MTLSEDGE_PROJECT=$place/head"
    "XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}")
env -i "${bare[@]}" env | cut -c1-100 | sed 's/^/   /'
command -v bwrap >/dev/null || {
    echo "   bubblewrap is not installed: the program runs beside its judge here. A real job refuses that"
    bare+=("MTLSEDGE_PREVIEW_OPTIONS=--program-unconfined")
}
status=0
env -i "${bare[@]}" "$checkout/scripts/preview.sh" local "$place/local.json" "$place/out" || status=$?

say "4. The comment on the pull request (the job's status: $status)"
cat "$place/out/local.md"
