#!/bin/sh
# Run once by the image, as superuser: databases and roles as deploy/postgres/roles.sql has them.
set -eu
for service in registry planning evaluation competency; do
    owner=$(cat "/run/secrets/$service-owner/password")
    app=$(cat "/run/secrets/$service-app/password")
    psql -v ON_ERROR_STOP=1 -v owner="$owner" -v app="$app" <<SQL
CREATE ROLE ${service}_owner LOGIN;
CREATE ROLE ${service}_app LOGIN NOINHERIT;
CREATE ROLE ${service}_system NOLOGIN;
GRANT ${service}_system TO ${service}_app;
ALTER ROLE ${service}_app SET jit = off;
ALTER ROLE ${service}_app SET statement_timeout = '30s';
ALTER ROLE ${service}_app SET idle_in_transaction_session_timeout = '60s';
ALTER ROLE ${service}_owner PASSWORD :'owner';
ALTER ROLE ${service}_app PASSWORD :'app';
CREATE DATABASE ${service} OWNER ${service}_owner;
SQL
done
