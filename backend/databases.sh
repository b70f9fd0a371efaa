#!/bin/bash
# Run once by the postgres image on an empty volume: a database and an owner for each service.
set -euo pipefail
for service in trading webapp; do
  variable="CEEX_${service^^}_DATABASE_PASSWORD"
  psql --set ON_ERROR_STOP=1 --set name="ceex_$service" --set password="${!variable:?a password for the database of $service}" <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8';
SQL
done
