#!/bin/sh
# Copies all data of the embedded PostgreSQL of a running service into your own database, completely or not at all.
# What to do before and afterwards: docs/operations.md, "Moving to a PostgreSQL of your own".
set -eu

if [ $# -ne 2 ]; then
  echo "usage: sh ops/postgres/move-embedded.sh DATA_DIR postgresql://SUPERUSER@HOST:PORT/DATABASE" >&2
  exit 2
fi
data=$1 target=$2

fail() {
  echo "Nothing was copied: $1" >&2
  exit 1
}

# The fourth line is the port, which changes at every start (PostgreSQL documentation, "postmaster.pid").
port=$(sed -n 4p "$data/postgres/postmaster.pid" 2>/dev/null) ||
  fail "no service runs on $data: start it, without DATABASE_URL"

old() {
  PGPASSWORD=$(cat "$data/postgres.password") psql --host=127.0.0.1 --port="$port" --username=integration \
    --dbname=postgres --no-psqlrc --quiet --tuples-only --no-align --command="$1"
}

new() {
  psql --dbname="$target" --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$@"
}

migrations="select string_agg(name, ' ' order by name) from mikro_orm_migrations"
here=$(old "$migrations") || fail "no service runs on $data any more: start it, without DATABASE_URL"
there=$(new --command="$migrations") || fail "the tables are to be made first, by npm run rotate-keys with DATABASE_URL"
[ "$here" = "$there" ] || fail "the tables are not of one release: start both with this one first"
rows=$(new --command='select count(*) from external_services') || fail "its login has to be a superuser's"
[ "$rows" = 0 ] || fail "services are registered there already"

# Rows as text, which every version reads; foreign keys are not checked meanwhile, since tables are copied in any order.
everything() {
  set -e
  echo 'begin; set local session_replication_role = replica;'
  tables=$(old "select relname from pg_class where relnamespace = 'public'::regnamespace
    and relkind in ('r', 'p') and not relispartition and relname <> 'mikro_orm_migrations'")
  for table in $tables; do
    columns=$(old "select string_agg(attname, ', ') from pg_attribute
      where attrelid = '$table'::regclass and attnum > 0 and not attisdropped")
    echo "copy $table ($columns) from stdin;"
    old "copy (select $columns from $table) to stdout"
    printf '%s\n' '\.'
  done
  last=$(old 'select last_value from outbox_messages_id_seq')
  echo "select setval('outbox_messages_id_seq', $last);"
  echo "commit; select 'copied';"
}

case "$(everything | new)" in
*copied) echo "All is copied." ;;
*) fail "see above" ;;
esac
