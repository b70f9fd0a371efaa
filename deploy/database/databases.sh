#!/bin/bash
# Run once by the postgres image on an empty volume: a database and an owner for each service.
set -euo pipefail
for service in trading webapp; do
  variable="CEEX_${service^^}_DATABASE_PASSWORD"
  file="${variable}_FILE"
  password="${!variable:-$(cat "${!file:-/dev/null}")}"
  : "${password:?$variable or $file must hold the password of the database of $service}"
  psql --set ON_ERROR_STOP=1 --set name="ceex_$service" --set password="$password" -U postgres -d postgres <<'SQL'
CREATE ROLE :"name" LOGIN PASSWORD :'password';
CREATE DATABASE :"name" OWNER :"name" TEMPLATE template0 ENCODING 'UTF8';
-- The other service's role may not even connect.
REVOKE CONNECT ON DATABASE :"name" FROM PUBLIC;
SQL
done
