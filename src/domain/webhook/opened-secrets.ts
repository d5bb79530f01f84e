import { isLeft } from '../shared/fp.ts';
import type { SecretBinding, SecretBox } from '../shared/secret-box.ts';
import type { VerificationSecret } from './proof/authenticity.ts';
import type { WebhookConfig, WebhookSecret } from './webhook-config.ts';

export type OpenedSecrets = {
  readonly secrets: readonly VerificationSecret[];
  /**
   * Versions that cannot be decrypted. While such a secret is active, a delivery that no other secret verifies cannot
   * be called false.
   */
  readonly unreadable: readonly number[];
};

/** Where a secret of a webhook is sealed for (tenant, row, field). */
export const webhookSecretBinding = (
  { tenantId }: Pick<WebhookConfig, 'tenantId'>,
  { id }: Pick<WebhookSecret, 'id'>,
): SecretBinding => ({ tenantId, rowId: id, field: 'secret_key' });

/** Decrypts the secrets of a webhook when they are first needed, once per version of the webhook that was read. */
export const secretOpener = (box: Pick<SecretBox, 'open'>): ((config: WebhookConfig) => OpenedSecrets) => {
  const opened = new WeakMap<WebhookConfig, OpenedSecrets>();
  return (config) => {
    const known = opened.get(config);
    if (known !== undefined) return known;
    const fresh = openAll(box, config);
    opened.set(config, fresh);
    return fresh;
  };
};

const openAll = (box: Pick<SecretBox, 'open'>, config: WebhookConfig): OpenedSecrets => {
  const secrets: VerificationSecret[] = [];
  const unreadable: number[] = [];
  for (const secret of config.secrets) {
    const { version, kind, state, validUntil, sealed } = secret;
    const value = box.open(sealed.envelope, webhookSecretBinding(config, secret));
    if (isLeft(value)) unreadable.push(version);
    else
      secrets.push({
        version,
        kind,
        state,
        value: value.right,
        ...(validUntil !== undefined && { validUntil }),
      });
  }
  return { secrets, unreadable };
};
