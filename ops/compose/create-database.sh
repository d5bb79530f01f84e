#!/bin/sh
# Run by the image of PostgreSQL on an empty volume: the service's login is no superuser, so row-level security
# binds it too. It may create roles, since its first start makes two.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --username=postgres --set=password="$DATABASE_PASSWORD" <<'END'
create role integration login createrole password :'password';
create database integration owner integration encoding 'UTF8' template template0;
END
