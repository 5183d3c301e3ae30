#!/bin/sh
# What the workflow does with fleet.yaml:
#
#   ci.sh plan    shows the changes and writes plan.json; fails only if they cannot be planned
#   ci.sh apply   carries out plan.json: exactly what was planned, or nothing if anything of it has changed since
#   ci.sh drift   fails if a project is not as fleet.yaml says
set -eu
cd "$(dirname "$0")"

# Of the cloud's about 200 reads and 100 writes a minute and user, so that others can read and write, too.
limits="--parallel 4 --rate 90"

plan() {
  code=0
  # shellcheck disable=SC2086
  hotspot-session plan fleet.yaml $limits "$@" >plan.txt || code=$?
  cat plan.txt
  [ "$code" -le 1 ] || exit "$code"
}

case "${1:-}" in
plan)
  plan --out plan.json
  # What the following steps of a workflow can ask for.
  if [ "$code" = 1 ]; then changes=true; else changes=false; fi
  echo "changes=$changes" >>"${GITHUB_OUTPUT:-/dev/null}"
  ;;
apply)
  # shellcheck disable=SC2086
  hotspot-session apply plan.json $limits --yes
  ;;
drift)
  plan
  exit "$code"
  ;;
*)
  echo "usage: ci.sh plan | apply | drift" >&2
  exit 2
  ;;
esac
