#!/usr/bin/env bash
# Looks whether one stack's cloud is still as `up` left it: what the nightly jobs of GitHub and GitLab run.
#
#   scripts/drift.sh STACK OUT
#
# STACK  a stack of the project, by its Pulumi.STACK.yaml
# OUT    folder for STACK.json, the findings; STACK.prom and STACK.ics, what ends when (docs/guides/expiry.md)
#
# Needs the stack's state, its passphrase and credentials that may read (docs/reference/permissions/preview.json).
# Exit status: 0 no drift, 1 drift or a certificate near its end, 2 could not look.
set -euo pipefail

stack=${1:?stack} out=${2:?output folder}
tool=$(cd "$(dirname "$0")/.." && pwd)
case $stack in *[!A-Za-z0-9._-]*) echo "drift: $stack is no stack's name" >&2; exit 2 ;; esac
mkdir -p "$out"
out=$(cd "$out" && pwd)

cd "$tool"
python3 -m local.toolchain ensure >&2 || exit 2
PATH="$(python3 -m local.toolchain paths):$PATH"
PULUMI_HOME=${PULUMI_HOME:-$(python3 -c 'from local.places import Places; print(Places().pulumi_home)')}
export PATH PULUMI_HOME
status=0
.venv/bin/python -m mtlsedge drift --stack "$stack" --json >"$out/$stack.json" || status=$?
cat "$out/$stack.json"
# That a certificate is due is a finding already: here status 1 is none of its own.
for file in prometheus:prom icalendar:ics; do
    .venv/bin/python -m mtlsedge expiry --stack "$stack" --format "${file%:*}" --to "$out/$stack.${file#*:}" || [ $? -eq 1 ] || status=2
done
exit "$status"
