#!/bin/bash
# Run once by PostgreSQL's image: the roles of postgres/roles.sql and the service's database. One password, for a trial.
set -euo pipefail
sed "s/SERVICE/$SERVICE/g" /roles.sql | psql -v ON_ERROR_STOP=1
psql -v ON_ERROR_STOP=1 -v password="$POSTGRES_PASSWORD" <<SQL
ALTER ROLE ${SERVICE}_owner PASSWORD :'password';
ALTER ROLE ${SERVICE}_app PASSWORD :'password';
CREATE DATABASE $SERVICE OWNER ${SERVICE}_owner;
SQL
