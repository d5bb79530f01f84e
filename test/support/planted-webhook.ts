import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import type { SourceService } from '../../src/domain/webhook/scheme/signature-scheme.ts';
import { newWebhookToken } from '../../src/domain/webhook/webhook-token.ts';
import { webhookSecretBinding } from '../../src/domain/webhook/opened-secrets.ts';
import type { TenantId } from '../../src/domain/shared/tenant-context.ts';
import { aesGcmSecretBox } from '../../src/infrastructure/security/aes-gcm-secret-box.ts';
import { parseEncryptionKeys } from '../../src/infrastructure/security/encryption-keys.ts';
import type { Gateway } from './gateway.ts';

/** The key with which the gateways of the tests seal secrets. */
const KEY = `k1:${Buffer.alloc(32, 7).toString('base64')}`;

export type PlantedWebhook = {
  readonly id: string;
  readonly token: string;
  readonly secret: string;
  readonly url: () => string;
};

type Planted = Pick<Gateway, 'sql'> & { readonly service: () => { readonly url: string } };

type Plan = {
  readonly tenant?: string;
  readonly source?: SourceService;
  readonly secret?: string;
  readonly scheme?: object;
  readonly columns?: { readonly [column: string]: unknown };
};

/** Inserts a webhook directly into the gateway's tables, its secret sealed with the gateway's key. */
export const plantWebhook = async (gateway: Planted, plan: Plan = {}): Promise<PlantedWebhook> => {
  const { tenant = 'main', source = 'github', secret = `planted-${randomUUID()}` } = plan;
  const id = randomUUID();
  const { token, hash, hint } = newWebhookToken(randomBytes);
  const columns = {
    id,
    management_company_id: tenant,
    webhook_name: `hook ${id}`,
    webhook_token: hash,
    token_hint: hint,
    source_service: source,
    scheme: plan.scheme === undefined ? null : JSON.stringify(plan.scheme),
    ...plan.columns,
  };
  const names = Object.keys(columns);
  await gateway.sql(
    `insert into webhook_configs (${names.join(', ')}) values (${names.map((_, n) => `$${n + 1}`).join(', ')})`,
    Object.values(columns),
  );
  await plantSecret(gateway, { tenant, webhookId: id, kind: kindOf(source), secret });
  return { id, token, secret, url: () => `${gateway.service().url}/webhooks/in/${token}` };
};

const kindOf = (source: SourceService): string =>
  source === 'telegram' || source === 'gitlab' ? 'token' : 'hmac';

type PlannedSecret = {
  readonly tenant: string;
  readonly webhookId: string;
  readonly kind: string;
  readonly secret: string;
};

const plantSecret = async (gateway: Planted, { tenant, webhookId, kind, secret }: PlannedSecret) => {
  const keys = parseEncryptionKeys(KEY);
  if (!('right' in keys)) throw new Error('not a key');
  const id = randomUUID();
  const box = aesGcmSecretBox({ keys: keys.right, randomBytes });
  const binding = webhookSecretBinding({ tenantId: tenant as TenantId }, { id });
  await gateway.sql(
    `insert into webhook_secrets (id, management_company_id, webhook_id, version, kind, state, secret_key, hint, created_at)
     values ($1, $2, $3, 1, $4, 'current', $5, '', now())`,
    [id, tenant, webhookId, kind, box.seal(secret, binding)],
  );
};

/** The headers of a GitHub delivery. */
export const githubHeaders = (
  secret: string,
  body: string | Uint8Array,
  change: { readonly [name: string]: string } = {},
) => ({
  'content-type': 'application/json',
  'x-github-event': 'issues',
  'x-github-delivery': randomUUID(),
  'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
  ...change,
});
