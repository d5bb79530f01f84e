import { defineEntity, p, type InferKyselyDB } from '@mikro-orm/postgresql';
import type { JsonObject } from '../../domain/shared/json.ts';

/**
 * Rows as they lie in the tables that the unit of work writes; properties are called as the columns are.
 * Only types and names count here: the schema itself is made by `migrations/`.
 */
export const externalServices = defineEntity({
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
    /** The envelope, as a JSON string. */
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

export const serviceTokens = defineEntity({
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

export const outboxMessages = defineEntity({
  name: 'outbox_messages',
  tableName: 'outbox_messages',
  properties: {
    id: p.bigint('string').primary().autoincrement(),
    management_company_id: p.text().nullable(),
    /** A JSON array, as text. */
    messages: p.text(),
  },
});

export const records = [externalServices, serviceTokens, outboxMessages] as const;

/** The same for Kysely: rows by table, columns by name. */
export type Tables = InferKyselyDB<(typeof records)[number]>;
