#!/bin/sh
# Write /config.json for the page from the environment; run by the image's entry point before nginx starts.
set -eu
mkdir -p /tmp/page
text() {
  case $1 in *[[:cntrl:]]*) echo "a setting of the page contains a control character" >&2; exit 1 ;; esac
  printf '"%s"' "$(printf '%s' "$1" | sed 's/[\\"]/\\&/g')"
}
or_null() { if [ -n "$1" ]; then text "$1"; else printf null; fi; }
case ${CEEX_SPEED:-1} in *[!0-9]*) echo "CEEX_SPEED must be a whole number" >&2; exit 1 ;; esac
cat >/tmp/page/config.json.new <<JSON
{"environment": $(text "${CEEX_ENVIRONMENT:-production}"), "supportMail": $(text "${CEEX_SUPPORT_MAIL:?CEEX_SUPPORT_MAIL is not set: whom people may write to}"), "mapTilesUrl": $(or_null "${CEEX_MAP_TILES_URL:-}"), "mapTilesAttribution": $(or_null "${CEEX_MAP_TILES_ATTRIBUTION:-}"), "speed": ${CEEX_SPEED:-1}}
JSON
mv /tmp/page/config.json.new /tmp/page/config.json
