import { defineEntity, p, type InferKyselyDB } from '@mikro-orm/postgresql';
import type { JsonObject } from '../../../domain/shared/json.ts';

/**
 * Rows of the tables that the unit of work writes; properties are named like the columns. Only types and names matter
 * here: the schema itself is made by `migrations/`.
 */
const externalServices = defineEntity({
  name: 'external_services',
  tableName: 'external_services',
  properties: {
    id: p.uuid().primary(),
    management_company_id: p.text(),
    service_name: p.text(),
    service_type: p.text(),
    provider: p.text(),
    display_name: p.text(),
    base_url: p.text().nullable(),
    api_key: p.text().nullable(),
    api_key_hint: p.text().nullable(),
    /** The sealed credentials, as a JSON string. */
    credentials: p.json<string>().nullable(),
    config: p.json<JsonObject>(),
    is_active: p.boolean(),
    health_status: p.text(),
    last_health_check: p.datetime().nullable(),
    refused_version: p.integer().nullable(),
    rate_limit_per_minute: p.integer().nullable(),
    rate_limit_per_hour: p.integer().nullable(),
    rate_limit_per_day: p.integer().nullable(),
    rate_limit_per_month: p.integer().nullable(),
    cost_per_call_micros: p.bigint('string'),
    cost_currency: p.text(),
    priority: p.integer(),
    fallback_service_id: p.uuid().nullable(),
    version: p.integer(),
    created_at: p.datetime(),
    updated_at: p.datetime(),
  },
});

const serviceTokens = defineEntity({
  name: 'service_tokens',
  tableName: 'service_tokens',
  properties: {
    id: p.uuid().primary(),
    management_company_id: p.text(),
    name: p.text(),
    tenants: p.array(),
    scopes: p.array(),
    token_hash: p.text(),
    token_hint: p.text(),
    expires_at: p.datetime().nullable(),
    created_at: p.datetime(),
    created_by: p.text(),
    revoked_at: p.datetime().nullable(),
  },
});

const webhookConfigs = defineEntity({
  name: 'webhook_configs',
  tableName: 'webhook_configs',
  properties: {
    id: p.uuid().primary(),
    management_company_id: p.text(),
    webhook_name: p.text(),
    /** With the hint in place of the token. */
    webhook_url: p.text().nullable(),
    /** SHA-256 in hexadecimal. */
    webhook_token: p.text().nullable(),
    token_hint: p.text(),
    previous_token_hash: p.text().nullable(),
    previous_token_hint: p.text().nullable(),
    previous_token_until: p.datetime().nullable(),
    previous_token_uses: p.bigint('string'),
    previous_token_used_at: p.datetime().nullable(),
    source_service: p.text(),
    source_service_id: p.uuid().nullable(),
    /** JSON text. */
    event_types: p.json<string>(),
    /** Hint of the current secret. */
    secret_key: p.text().nullable(),
    is_active: p.boolean(),
    status: p.text(),
    /** JSON text. */
    scheme: p.json<string>().nullable(),
    /** JSON text. */
    response: p.json<string>().nullable(),
    ip_mode: p.text(),
    /** JSON text. */
    ip_allowlist: p.json<string>(),
    max_body_bytes: p.integer(),
    overflow: p.text(),
    public_url: p.text().nullable(),
    version: p.integer(),
    created_at: p.datetime(),
    updated_at: p.datetime(),
  },
});

const webhookSecrets = defineEntity({
  name: 'webhook_secrets',
  tableName: 'webhook_secrets',
  properties: {
    id: p.uuid().primary(),
    management_company_id: p.text(),
    webhook_id: p.uuid(),
    version: p.integer(),
    kind: p.text(),
    state: p.text(),
    /** The sealed secret. */
    secret_key: p.text(),
    hint: p.text(),
    valid_until: p.datetime().nullable(),
    created_at: p.datetime(),
  },
});

const outboxMessages = defineEntity({
  name: 'outbox_messages',
  tableName: 'outbox_messages',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    management_company_id: p.text().nullable(),
    /** A JSON array, as text. */
    messages: p.text(),
  },
});

export const records = [
  externalServices,
  serviceTokens,
  webhookConfigs,
  webhookSecrets,
  outboxMessages,
] as const;

/** The same for Kysely: rows by table, columns by name. */
export type Tables = InferKyselyDB<(typeof records)[number]>;
