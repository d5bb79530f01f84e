import { redactText } from '../../audit/redaction.ts';
import { headerText, type RawDelivery } from '../request/raw-delivery.ts';
import type { SignatureScheme } from '../scheme/signature-scheme.ts';

/** Headers that describe a delivery. No signature, token, credential or cookie is among them. */
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
 * The headers of the allow-list and those that a custom scheme reads facts from, except for those that hold
 * credentials. Values are redacted before they are truncated, since half a credential would not be recognised.
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

/** `toWellFormed`, because half a surrogate pair at the end could not be stored. */
const cut = (text: string): string => text.slice(0, LONGEST_VALUE).toWellFormed();

/** All header values by lower-case name, collected in one pass; undefined: sent more than once. */
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

/** A custom scheme could also name the header of its token as one with facts. */
const isSecret = (name: string, scheme: SignatureScheme | undefined): boolean => {
  if (name === 'authorization' || name === 'cookie') return true;
  if (scheme?.kind === 'token') return name === scheme.tokenHeader;
  return (scheme?.kind === 'hmac' || scheme?.kind === 'ed25519') && name === scheme.signatureHeader;
};
