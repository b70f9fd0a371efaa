#!/usr/bin/env bash
# Wait until every copy behind CEEX_PUBLIC_URL answers with this revision: deploy/wait-for.sh REVISION
# A webhook says 204 although nothing was deployed, so this alone decides whether a deployment succeeded.
set -euo pipefail
revision=${1:?the commit that must answer}
base=${CEEX_PUBLIC_URL:?where the exchange answers}
patience=${CEEX_DEPLOY_PATIENCE_S:-300}
started=$SECONDS in_a_row=0 last=
# Two copies take turns: so many equal answers in a row mean that no old one is left.
while ((in_a_row < 6)); do
  if ((SECONDS - started > patience)); then
    echo "after $patience s ${last:-nothing} answers instead of $revision: see Portainer's log, and docs/deployment.md" >&2
    exit 1
  fi
  answer=$(curl --silent --max-time 5 ${CEEX_CA_FILE:+--cacert "$CEEX_CA_FILE"} "$base/api/version" || true)
  last=$(sed -n 's/.*"revision": *"\([^"]*\)".*/\1/p' <<<"$answer")
  if [[ $last == "$revision" ]]; then in_a_row=$((in_a_row + 1)); else in_a_row=0; sleep 0.5; fi
done
page=$(curl --silent --max-time 5 ${CEEX_CA_FILE:+--cacert "$CEEX_CA_FILE"} --output /dev/null --write-out '%{http_code}' "$base/")
ready=$(curl --silent --max-time 5 ${CEEX_CA_FILE:+--cacert "$CEEX_CA_FILE"} --output /dev/null --write-out '%{http_code}' "$base/api/health/ready")
clock=$(curl --silent --max-time 5 ${CEEX_CA_FILE:+--cacert "$CEEX_CA_FILE"} --output /dev/null --write-out '%{http_code}' "$base/api/trading/clock")
echo "revision $revision answers everywhere after $((SECONDS - started)) s; page $page, ready $ready, trading's door $clock"
# Smoke: the page is there, the services are ready, and the gateway asks who is there before it lets anyone in.
[[ $page == 200 && $ready == 200 && $clock == 401 ]] || { echo "the smoke test failed" >&2; exit 1; }
