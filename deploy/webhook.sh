#!/usr/bin/env bash
# Ask Portainer to redeploy, and believe only what runs: deploy/webhook.sh REVISION
# CEEX_WEBHOOK_URL: the stack's webhook. It is a credential, so it is read from the environment and never printed.
# CEEX_PUBLIC_URL: where the exchange answers. CEEX_DEPLOY_PATIENCE_S: how long to wait (default 300).
set -euo pipefail
revision=${1:?the commit that must answer}
base=${CEEX_PUBLIC_URL:?where the exchange answers}
: "${CEEX_WEBHOOK_URL:?the webhook of the stack}"

# Read from a file descriptor, so that the address stands in no process list; a 204 says only that it was heard.
status=$(curl --silent --show-error --max-time 20 --retry 3 --retry-delay 2 --request POST --output /dev/null \
  --write-out '%{http_code}' --config <(printf 'url = "%s"\n' "$CEEX_WEBHOOK_URL") 2>/dev/null) || status=000
[[ $status == 20[0-9] ]] || { echo "the webhook answered $status: wrong address, or the server is away" >&2; exit 1; }
echo "the webhook answered $status; waiting until revision $revision answers"
exec "$(dirname "$0")/wait-for.sh" "$revision"
