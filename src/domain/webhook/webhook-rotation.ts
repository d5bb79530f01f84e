import type { NewWebhookToken } from './webhook-token.ts';
import type { WebhookConfig, WebhookSecret } from './webhook-config.ts';

const DAY = 86_400_000;
/** How long the old token or secret stays valid: by default, and at most. */
export const USUAL_OVERLAP_SECONDS = 86_400;
export const LONGEST_OVERLAP_SECONDS = 7 * 86_400;
/** An expired secret is kept for so long, in order to report that its sender still uses it. */
const REMEMBERED_MS = 7 * DAY;
const MOST_SECRETS = 8;

const SECOND = 1_000;

/** Sets a new address. The present one stays valid until the overlap ends; the one before it ends at once. */
export const withNewToken = (
  config: WebhookConfig,
  { hash, hint }: NewWebhookToken,
  now: number,
  overlapSeconds: number,
): WebhookConfig => ({
  ...config,
  address: {
    hash,
    hint,
    previous: {
      hash: config.address.hash,
      hint: config.address.hint,
      validUntil: now + overlapSeconds * SECOND,
      uses: 0,
      lastUsedAt: undefined,
    },
  },
  version: config.version + 1,
  updatedAt: now,
});

export const nextSecretVersion = ({ secrets }: Pick<WebhookConfig, 'secrets'>): number =>
  Math.max(0, ...secrets.map(({ version }) => version)) + 1;

/** Sets a new secret. The present one stays valid until the overlap ends. No secret's expiry is extended. */
export const withNewSecret = (
  config: WebhookConfig,
  fresh: WebhookSecret,
  now: number,
  overlapSeconds: number,
): WebhookConfig => ({
  ...config,
  secrets: [
    fresh,
    ...config.secrets
      .filter(({ validUntil }) => validUntil === undefined || validUntil > now - REMEMBERED_MS)
      .slice(0, MOST_SECRETS - 1)
      .map((secret) => steppedBack(secret, now + overlapSeconds * SECOND)),
  ],
  version: config.version + 1,
  updatedAt: now,
});

const steppedBack = (secret: WebhookSecret, end: number): WebhookSecret => ({
  ...secret,
  state: 'previous',
  validUntil: Math.min(secret.validUntil ?? end, end),
});
