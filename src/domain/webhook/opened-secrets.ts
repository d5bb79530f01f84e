import { isLeft } from '../shared/fp.ts';
import type { SecretBinding, SecretBox } from '../shared/secret-box.ts';
import type { VerificationSecret } from './proof/authenticity.ts';
import type { WebhookConfig, WebhookSecret } from './webhook-config.ts';

export type OpenedSecrets = {
  readonly secrets: readonly VerificationSecret[];
  /** Versions that do not open: until such a one ends, a delivery that nothing else proves is not yet a false one. */
  readonly unreadable: readonly number[];
};

/** The place a secret of a webhook is sealed for. */
export const webhookSecretBinding = (
  { tenantId }: Pick<WebhookConfig, 'tenantId'>,
  { id }: Pick<WebhookSecret, 'id'>,
): SecretBinding => ({ tenantId, rowId: id, field: 'secret_key' });

/** Opens the secrets of a webhook when they are first needed, and once for each state of it that was read. */
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
