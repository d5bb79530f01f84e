#!/bin/sh
# Writes .env with new secrets for docker-compose.yml. Never overwrites an existing one: the ENCRYPTION_KEYS of a
# database that contains API keys of providers cannot be recreated.
set -eu
cd "$(dirname "$0")/../.."
umask 077
if [ -e .env ]; then
  echo '.env is there already, and left as it is' >&2
  exit 1
fi
secret() { openssl rand -hex 24; }
# Separate assignments, so that `set -e` stops at a command that fails; inside the text below it would only be empty.
POSTGRES_PASSWORD=$(secret)
DATABASE_PASSWORD=$(secret)
REDIS_PASSWORD=$(secret)
RABBITMQ_PASSWORD=$(secret)
GRAFANA_ADMIN_PASSWORD=$(secret)
ENCRYPTION_KEYS=k1:$(openssl rand -base64 32)
JWT_SECRET=$(openssl rand -hex 32)
# The file is written completely or not at all, even on a full disk.
trap 'rm -f .env.new' EXIT
cat > .env.new <<END
COMPOSE_PROJECT_NAME=integration-service
POSTGRES_PASSWORD=$POSTGRES_PASSWORD
DATABASE_PASSWORD=$DATABASE_PASSWORD
REDIS_PASSWORD=$REDIS_PASSWORD
RABBITMQ_PASSWORD=$RABBITMQ_PASSWORD
GRAFANA_ADMIN_PASSWORD=$GRAFANA_ADMIN_PASSWORD
ENCRYPTION_KEYS=$ENCRYPTION_KEYS
JWT_SECRET=$JWT_SECRET
# Registered for this tenant at the first start:
MANAGEMENT_COMPANY_ID=uk_company_1
GOOGLE_MAPS_API_KEY=
YANDEX_MAPS_API_KEY=
# The JSON key file of a Google service account, an absolute path; user 10001 must be able to read it:
GOOGLE_SHEETS_KEY_FILE=
# Where senders of webhooks reach the proxy, https://integration.example.org for instance:
PUBLIC_URL=
END
mv .env.new .env
echo '.env written. Keep a copy of ENCRYPTION_KEYS where the back-ups are not.'
