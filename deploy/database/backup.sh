#!/bin/bash
# Dumps of both databases: `backup.sh now`, `serve` (every night, and whenever a migration asks for one; for ever), `check`,
# `restore FILE DATABASE`, `list`.
# A dump lies in /backups, readable here, and in /offsite, encrypted for the owner of backup.key, who keeps that key elsewhere.
# Kept: the last 7 days, 4 weeks, 12 months; before a migration, the last 20.
set -euo pipefail
databases=(ceex_trading ceex_webapp)
folder=/backups offsite=/offsite certificate=/run/secrets/backup_certificate
export PGHOST=${CEEX_DATABASE_HOST:-database} PGUSER=postgres PGCONNECT_TIMEOUT=5
PGPASSWORD=$(cat "${CEEX_DATABASE_PASSWORD_FILE:?the file with the password of postgres}")
export PGPASSWORD
say() { printf '{"event": "backup", "said": "%s"}\n' "$*"; }

wait_for_database() {
  for _ in $(seq 120); do pg_isready -q && return; sleep 1; done
  say "the database does not answer"; return 1
}

# $1: a database, $2: daily or before, $3: bytes. Trading shows the age of what it is told; before its first release it cannot.
note() {
  psql -q -d ceex_trading -v ON_ERROR_STOP=1 -v name="$1" -v kind="$2" -v size="$3" >/dev/null <<'SQL' || say "the backup of $1 is not noted"
INSERT INTO operations_backup (database_name, kind, taken_at, size_bytes) VALUES (:'name', :'kind', clock_timestamp(), :'size');
SQL
}

# $1: daily or before
dump() {
  wait_for_database
  local moment database file
  moment=$(date -u +%Y%m%dT%H%M%SZ)
  for database in "${databases[@]}"; do
    file=$database.$1.$moment.dump
    pg_dump --format=custom --compress=gzip:3 --lock-wait-timeout=30s --file="$folder/.$file" "$database"
    # It can be read back, or it is none.
    pg_restore --list "$folder/.$file" >/dev/null
    openssl cms -encrypt -binary -stream -aes256 -outform DER -in "$folder/.$file" -out "$offsite/.$file.cms" "$certificate"
    mv "$offsite/.$file.cms" "$offsite/$file.cms"
    mv "$folder/.$file" "$folder/$file"
    note "$database" "$1" "$(stat -c %s "$folder/$file")"
    say "$file $(stat -c %s "$folder/$file") bytes"
  done
  touch "$folder/newest"
  forget
}

# Of each day, week and month the newest dump stays: as many as $3 says of what the date becomes by format $2.
keep() {
  local database=$1 format=$2 count=$3 file stamp
  for file in $(cd "$folder" && ls -r "$database".daily.*.dump 2>/dev/null); do
    stamp=${file#*.daily.}
    printf '%s %s\n' "$(date -u -d "${stamp:0:8}" "+$format")" "$file"
  done | sort -k1,1r -k2,2r | awk '!seen[$1]++ { print $2 }' | head -n "$count"
}

forget() {
  local database kept file
  for database in "${databases[@]}"; do
    kept=$( { keep "$database" %F 7; keep "$database" %G-%V 4; keep "$database" %Y-%m 12; } | sort -u )
    for file in $(cd "$folder" && ls "$database".daily.*.dump 2>/dev/null); do
      grep -qxF "$file" <<<"$kept" || rm -f "$folder/$file" "$offsite/$file.cms"
    done
    for file in $(cd "$folder" && ls -r "$database".before.*.dump 2>/dev/null | tail -n +21); do
      rm -f "$folder/$file" "$offsite/$file.cms"
    done
  done
}

serve() {
  trap 'exit 0' TERM INT
  # Who is to migrate has another user, and may leave a file here and do nothing else.
  mkdir -p "$folder/wanted"
  chmod 1777 "$folder/wanted"
  while true; do
    local next
    next=$(date -u -d "${CEEX_BACKUP_TIME:-02:40}" +%s)
    ((next > EPOCHSECONDS)) || next=$((next + 86400))
    # A server that was off at night, or is new, gets its dump at once.
    [[ -n $(find "$folder" -maxdepth 1 -name '*.daily.*.dump' -mmin -1560) ]] || next=0
    while ((EPOCHSECONDS < next)); do
      if compgen -G "$folder/wanted/*" >/dev/null; then try before; fi
      sleep 1 & wait $!
    done
    try daily
  done
}

# In a process of its own, for what stands after `if` goes on after an error. Files that ask for a dump go when there is one.
try() {
  if bash "$0" now "$1"; then rm -rf "$folder"/wanted/*; else say "failed; tried again in a minute"; sleep 60 & wait $!; fi
}

# $1: a dump, or an encrypted one with $CEEX_BACKUP_KEY; $2: the database, which is replaced in one transaction.
restore() {
  local file=$1 database=$2
  [[ " ${databases[*]} " == *" $database "* ]] || { say "there is no database $database"; return 2; }
  if [[ $file == *.cms ]]; then
    openssl cms -decrypt -binary -inform DER -in "$file" -inkey "${CEEX_BACKUP_KEY:?the file with the private key}" -out /tmp/restored.dump
    file=/tmp/restored.dump
  fi
  pg_restore --list "$file" >/dev/null
  psql -q -d postgres -c "ALTER DATABASE $database ALLOW_CONNECTIONS false" \
    -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$database'" >/dev/null
  psql -q -d postgres -c "DROP DATABASE IF EXISTS ${database}_restored" \
    -c "CREATE DATABASE ${database}_restored OWNER $database TEMPLATE template0 ENCODING 'UTF8'" \
    -c "REVOKE CONNECT ON DATABASE ${database}_restored FROM PUBLIC"
  pg_restore --exit-on-error --single-transaction --dbname="${database}_restored" "$file"
  # Only a whole restore takes the old one's place, which stays under another name until someone drops it.
  psql -q -d postgres -c "DROP DATABASE IF EXISTS ${database}_before" \
    -c "ALTER DATABASE $database RENAME TO ${database}_before" \
    -c "ALTER DATABASE ${database}_restored RENAME TO $database"
  say "$database restored from $1; the former one is ${database}_before"
}

case ${1:-} in
  now) dump "${2:-before}" ;;
  serve) serve ;;
  check) [[ -n $(find "$folder" -maxdepth 1 -name '*.dump' -mmin -1560) ]] ;;
  restore) restore "$2" "$3" ;;
  list) ls -l "$folder" "$offsite" ;;
  *) say "now, serve, check, list, or restore FILE DATABASE"; exit 2 ;;
esac
