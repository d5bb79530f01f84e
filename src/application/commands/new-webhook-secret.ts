import type { IdSource } from '../../domain/shared/clock.ts';
import type { SecretBox } from '../../domain/shared/secret-box.ts';
import type { SecretKind } from '../../domain/webhook/proof/authenticity.ts';
import { webhookSecretBinding } from '../../domain/webhook/opened-secrets.ts';
import {
  newSecret,
  secretKindsOf,
  secretProblems,
  weakness,
  type GivenSecrets,
} from '../../domain/webhook/proof/secret-rules.ts';
import type { WebhookConfig, WebhookSecret } from '../../domain/webhook/webhook-config.ts';
import type { RandomBytes } from '../../domain/webhook/webhook-token.ts';
import type { InputProblem } from '../input-problem.ts';
import { hintOf } from './seal-service-secrets.ts';

type Proving = Pick<WebhookConfig, 'tenantId' | 'sourceService' | 'scheme'>;

/** `generated` is shown once; undefined when the secret was provided. */
export type MadeSecret = { readonly secret: WebhookSecret; readonly generated: string | undefined };

const SECRET_BYTES = 32;

/**
 * For a custom source without a readable scheme, the only possible check is that the secret is not weak. `scheme` may
 * be partial (scheme-of-secret.ts).
 */
export const givenSecretProblems = (
  { sourceService, scheme }: Pick<Proving, 'sourceService' | 'scheme'>,
  given: GivenSecrets,
): readonly InputProblem[] => {
  if (sourceService === 'custom' && scheme === undefined) return weakInAnyScheme(given);
  const problems = [...secretProblems(sourceService, scheme, given)];
  if (problems.length === 0 && given.secretKey !== undefined && given.publicKey !== undefined)
    problems.push({ pointer: '/public_key', detail: 'give secret_key or public_key, not both' });
  return problems;
};

/** Whatever the encoding, a secret has no more bytes than its text. */
const weakInAnyScheme = ({ secretKey }: GivenSecrets): readonly InputProblem[] => {
  const detail = secretKey === undefined ? undefined : weakness(Buffer.from(secretKey));
  return detail === undefined ? [] : [{ pointer: '/secret_key', detail }];
};

/**
 * Seals the given secret or, where the sender lets us choose, a new one of 32 random bytes. Undefined: the scheme needs
 * no secret.
 */
export const newWebhookSecret = (
  deps: { readonly secretBox: SecretBox; readonly ids: IdSource; readonly randomBytes: RandomBytes },
  webhook: Proving,
  given: GivenSecrets,
  version: number,
  now: number,
): MadeSecret | undefined => {
  const { sourceService, scheme } = webhook;
  const kinds = secretKindsOf(sourceService, scheme);
  const shared = kinds.find((kind) => kind !== 'public_key');
  const made = (kind: SecretKind, plain: string, generated: string | undefined): MadeSecret => {
    const id = deps.ids.uuid();
    const envelope = deps.secretBox.seal(plain, webhookSecretBinding(webhook, { id }));
    const sealed = { envelope, hint: kind === 'public_key' ? plain : hintOf(plain) };
    const fixed = {
      state: 'current',
      validUntil: undefined,
      lastMatchedAt: undefined,
      matchCount: 0,
    } as const;
    return { generated, secret: { id, version, kind, sealed, createdAt: now, ...fixed } };
  };
  if (given.publicKey !== undefined) return made('public_key', given.publicKey, undefined);
  if (shared === undefined) return undefined;
  if (given.secretKey !== undefined) return made(shared, given.secretKey, undefined);
  const generated = newSecret(sourceService, scheme, deps.randomBytes(SECRET_BYTES));
  return made(shared, generated, generated);
};
