import type { NewWebhookToken } from './webhook-token.ts';
import type { WebhookConfig, WebhookSecret } from './webhook-config.ts';

const DAY = 86_400_000;
/** How long the old one goes on being taken unless somebody says otherwise, and at most. */
export const USUAL_OVERLAP_SECONDS = 86_400;
export const LONGEST_OVERLAP_SECONDS = 7 * 86_400;
/** An ended secret is kept so long, to tell its sender's administrator that it is still in use. */
const REMEMBERED_MS = 7 * DAY;
const MOST_SECRETS = 8;

const SECOND = 1_000;

/** A new address from now on; the one before is taken until the overlap ends, the one before that no more. */
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

/** A new secret from now on; what was current is taken until the overlap ends. Nothing lives longer than it did. */
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
