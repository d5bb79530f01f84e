#!/bin/sh
# Run by the PostgreSQL image on an empty volume. The login of the service is not a superuser, so row-level security
# applies to it too. It may create roles, because the first start of the service creates two.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --set=password="$DATABASE_PASSWORD" <<'END'
create role integration login createrole password :'password';
create database integration owner integration encoding 'UTF8' template template0;
END
