#!/usr/bin/env bash
# Make what is missing of the secrets of a deployment: deploy/secrets.sh FOLDER. Never changes what is there.
# To change one on purpose: delete its file, run this again, raise CEEX_SECRETS_VERSION, redeploy (see docs/deployment.md).
set -euo pipefail
folder=${1:?the folder for the secrets, such as /opt/ceex/secrets}
umask 077
mkdir -p "$folder"
chmod 711 "$folder"
cd "$folder"
random() { openssl rand -base64 48 | tr -d '\n=' | tr '/+' '_-'; }
# Inside the containers: 10001 is the user of the services, 999 that of PostgreSQL, 472 that of Grafana.
give() { if [[ $(id -u) == 0 ]]; then chown "$1" "$2"; chmod 400 "$2"; else chmod 444 "$2"; fi; }
for name in trading_secret_key webapp_secret_key postgres_password trading_database_password webapp_database_password \
  grafana_password; do
  [[ -s $name ]] || random >"$name"
done
for service in trading webapp; do
  [[ -s $service.pem ]] || openssl genpkey -algorithm ed25519 -out "$service.pem"
  [[ -s $service.pub.pem ]] || openssl pkey -in "$service.pem" -pubout -out "$service.pub.pem"
  [[ -s ${service}_database_url ]] || printf 'postgresql://ceex_%s:%s@database:5432/ceex_%s' \
    "$service" "$(cat "${service}_database_password")" "$service" >"${service}_database_url"
done
# The key of the backups: take backup.key away from this server and keep it safe; without it no off-site dump can be read.
if [[ ! -s backup.crt ]]; then
  openssl req -x509 -newkey rsa:3072 -nodes -days 7300 -subj "/CN=CEEX backups" -keyout backup.key -out backup.crt 2>/dev/null
fi
for name in trading_secret_key webapp_secret_key ./*.pem trading_database_url webapp_database_url; do give 10001 "$name"; done
for name in postgres_password trading_database_password webapp_database_password; do give 999 "$name"; done
give 472 grafana_password
chmod 444 backup.crt
if [[ -s mail ]]; then
  give 10001 mail
else
  echo "Write the address of the mail server into $folder/mail (smtp://user:password@host:port) and run this again." >&2
fi
