import { redactText } from '../../audit/redaction.ts';
import { headerText, type RawDelivery } from '../request/raw-delivery.ts';
import type { SignatureScheme } from '../scheme/signature-scheme.ts';

/** What senders say of a delivery beside its body. No signature, no token, no credential, no cookie is among them. */
const KEPT = [
  'content-type',
  'user-agent',
  'x-github-event',
  'x-github-delivery',
  'x-github-hook-id',
  'x-github-hook-installation-target-type',
  'x-github-hook-installation-target-id',
  'webhook-id',
  'webhook-timestamp',
  'svix-id',
  'svix-timestamp',
  'x-slack-request-timestamp',
  'x-slack-retry-num',
  'x-slack-retry-reason',
  'x-gitlab-event',
  'x-gitlab-event-uuid',
  'x-gitlab-webhook-uuid',
  'x-gitlab-instance',
  'idempotency-key',
  'x-shopify-topic',
  'x-shopify-webhook-id',
  'x-shopify-event-id',
  'x-shopify-shop-domain',
  'x-shopify-api-version',
  'x-shopify-triggered-at',
  'x-event-key',
  'x-hook-uuid',
  'x-request-uuid',
  'x-attempt-number',
  'i-twilio-idempotency-token',
  'x-signature-timestamp',
] as const;

const LONGEST_VALUE = 512;

/**
 * Headers of the allow-list, and those that a custom scheme reads its facts from; none that looks like a credential all
 * the same. Values are cut last, since half a credential does not look like one.
 */
export const keptHeaders = (
  delivery: Pick<RawDelivery, 'rawHeaders'>,
  scheme: SignatureScheme | undefined,
): { readonly [name: string]: string } => {
  const sent = sentOnce(delivery);
  const kept: Record<string, string> = {};
  for (const name of [...KEPT, scheme?.idHeader, scheme?.eventTypeHeader]) {
    const value = name === undefined || isSecret(name, scheme) ? '' : (sent.get(name.toLowerCase()) ?? '');
    if (name !== undefined && value !== '') kept[name] = cut(redactText(headerText(value)));
  }
  return kept;
};

/** Half a character at the end would be no text that a row can hold. */
const cut = (text: string): string => text.slice(0, LONGEST_VALUE).toWellFormed();

/** Values by name in lower case, read in one go; undefined: sent more than once. */
const sentOnce = ({
  rawHeaders,
}: Pick<RawDelivery, 'rawHeaders'>): ReadonlyMap<string, string | undefined> => {
  const values = new Map<string, string | undefined>();
  for (const [sent, value] of rawHeaders) {
    const name = sent.toLowerCase();
    values.set(name, values.has(name) ? undefined : value);
  }
  return values;
};

/** A custom scheme could name its token's header twice. */
const isSecret = (name: string, scheme: SignatureScheme | undefined): boolean => {
  if (name === 'authorization' || name === 'cookie') return true;
  if (scheme?.kind === 'token') return name === scheme.tokenHeader;
  return (scheme?.kind === 'hmac' || scheme?.kind === 'ed25519') && name === scheme.signatureHeader;
};
