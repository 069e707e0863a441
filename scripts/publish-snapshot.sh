#!/usr/bin/env bash
# The last step of a trusted job that ran `up`: puts the stack's public snapshot where pull requests' previews read it.
#
#   scripts/publish-snapshot.sh STACK [REMOTE]
#
# STACK   the stack that was just deployed; its secrets are at hand here, and none is in what is published
# REMOTE  git remote to push to; default: origin
#
# Each stack is a file of the branch `mtlsedge-snapshots`, which shares no history with the code. Nothing is forced:
# when another stack's job pushed meanwhile, its commit is taken up and the push is tried again.
set -euo pipefail

stack=${1:?stack} remote=${2:-origin} branch=mtlsedge-snapshots
case $stack in *[!A-Za-z0-9._-]*) echo "publish-snapshot: $stack is no stack's name" >&2; exit 2 ;; esac
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT

python -m mtlsedge snapshot publish --stack "$stack" --to "$place/$stack.json"
blob=$(git hash-object -w "$place/$stack.json")
export GIT_INDEX_FILE=$place/index
export GIT_AUTHOR_NAME=mtlsedge GIT_AUTHOR_EMAIL=mtlsedge@localhost GIT_COMMITTER_NAME=mtlsedge GIT_COMMITTER_EMAIL=mtlsedge@localhost

for attempt in 1 2 3; do
    parent=()
    if git ls-remote --exit-code --heads "$remote" "$branch" >"$place/head"; then
        git fetch --quiet --depth 1 "$remote" "$branch"
        parent=(-p "$(cut -f1 "$place/head")")
        git read-tree "${parent[1]}"
    else
        git read-tree --empty
    fi
    git update-index --add --cacheinfo "100644,$blob,$stack.json"
    commit=$(git commit-tree "$(git write-tree)" "${parent[@]}" -m "Snapshot of $stack")
    if git push --quiet "$remote" "$commit:refs/heads/$branch"; then
        echo "published  $stack.json on $branch"
        exit 0
    fi
    sleep "$attempt"
done
echo "publish-snapshot: $remote takes no push to $branch" >&2
exit 1
