#!/usr/bin/env bash
# Ask Portainer to redeploy, and believe only what runs: deploy/webhook.sh REVISION
# CEEX_WEBHOOK_URL: the webhook of each stack, one a line: the next is called when the one before runs the revision, so
# that one of them always answers. They are credentials, so they come by the environment and are never printed.
# CEEX_PUBLIC_URL: where the exchange answers. CEEX_DEPLOY_PATIENCE_S: how long to wait (default 300).
set -euo pipefail
revision=${1:?the commit that must answer}
base=${CEEX_PUBLIC_URL:?where the exchange answers}
: "${CEEX_WEBHOOK_URL:?the webhook of each stack, one a line}"
patience=${CEEX_DEPLOY_PATIENCE_S:-300}
ca=${CEEX_CA_FILE:+--cacert $CEEX_CA_FILE}


call() { # a webhook; its address goes by a file descriptor, so that it stands in no process list
  local status
  status=$(curl --silent --max-time 20 --retry 3 --retry-delay 2 --request POST --output /dev/null \
    --write-out '%{http_code}' --config <(printf 'url = "%s"\n' "$1")) || status=000
  [[ $status == 20[0-9] ]] || { echo "a webhook answered $status: wrong address, or the server is away" >&2; exit 1; }
  echo "a webhook answered $status, which says only that it was heard"
}

seen() { # true once any copy answers with the revision
  local started=$SECONDS
  until curl --silent --max-time 5 $ca "$base/api/version" | grep -q "\"$revision\""; do
    ((SECONDS - started < patience)) || { echo "after $patience s no copy runs $revision; nothing more is replaced" >&2; return 1; }
    sleep 0.2
  done
}

first=yes
while read -r webhook; do
  [[ -n $webhook ]] || continue
  [[ $first ]] || seen
  first=
  call "$webhook"
done <<<"$CEEX_WEBHOOK_URL"
exec "$(dirname "$0")/wait-for.sh" "$revision"
