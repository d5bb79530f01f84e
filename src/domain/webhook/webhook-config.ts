import type { SealedSecret } from '../shared/secret-box.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { SecretKind } from './proof/authenticity.ts';
import type { ResponseRule, SignatureScheme, SourceService } from './scheme/signature-scheme.ts';

/** Paused ones keep what arrives and publish nothing; disabled ones refuse; archived ones say that they are gone. */
export const webhookStatuses = ['active', 'paused', 'disabled', 'archived'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];

/** `observe` notes what `enforce` would refuse. */
export const ipModes = ['off', 'observe', 'enforce'] as const;
export type IpMode = (typeof ipModes)[number];

/**
 * What becomes of deliveries above the tenant's rate: refused with 429, or stored and published at the allowed rate.
 */
export const overflowPolicies = ['reject', 'spool'] as const;
export type OverflowPolicy = (typeof overflowPolicies)[number];

/** The address of a webhook. The token itself is shown once and kept nowhere. */
export type WebhookAddress = {
  /** Hex SHA-256 of the whole token. */
  readonly hash: string;
  /** The first eight characters after `whk_`, for people. */
  readonly hint: string;
  /** The address before the last rotation; undefined when there was none. */
  readonly previous: PreviousAddress | undefined;
};
export type PreviousAddress = {
  readonly hash: string;
  readonly hint: string;
  /** Epoch milliseconds; from then on nobody knows it any more. */
  readonly validUntil: number;
  /** Deliveries that still came to it. */
  readonly uses: number;
  readonly lastUsedAt: number | undefined;
};

/** One version of what proves a delivery: at most one is `current`. */
export type WebhookSecret = {
  readonly id: string;
  /** Counts up from 1 within the webhook. */
  readonly version: number;
  readonly kind: SecretKind;
  readonly state: 'current' | 'previous';
  /** The hint of a public key is the key itself. */
  readonly sealed: SealedSecret;
  /** Epoch milliseconds; undefined: no end. */
  readonly validUntil: number | undefined;
  readonly createdAt: number;
  /** Tells when it is safe to let go of a previous one. */
  readonly lastMatchedAt: number | undefined;
  readonly matchCount: number;
};

export type WebhookTotals = {
  readonly received: number;
  readonly successful: number;
  readonly failed: number;
  readonly lastReceivedAt: number | undefined;
  readonly lastRejectedAt: number | undefined;
};

/** One sender that may deliver to one tenant: aggregate root. Changes go through the functions of this folder. */
export type WebhookConfig = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly sourceService: SourceService;
  /** The external service this sender belongs to, if it is registered. */
  readonly sourceServiceId: string | undefined;
  readonly status: WebhookStatus;
  readonly address: WebhookAddress;
  /** Newest version first. */
  readonly secrets: readonly WebhookSecret[];
  /** Of a custom source; undefined for presets. */
  readonly scheme: SignatureScheme | undefined;
  /** Only these are published; empty or `*`: all. */
  readonly eventTypes: readonly string[];
  readonly ipMode: IpMode;
  /** Networks in canonical form and names of managed lists (ip-allowlist.ts). */
  readonly ipAllowlist: readonly string[];
  readonly maxBodyBytes: number;
  readonly overflow: OverflowPolicy;
  /** The URL as the sender sees it, for schemes that sign it. */
  readonly publicUrl: string | undefined;
  /** Instead of the usual answer of the source to what was accepted. */
  readonly response: ResponseRule | undefined;
  readonly totals: WebhookTotals;
  /** Grows by one with each change; the ETag of the resource. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** The token by whose hash a webhook was found: a previous one ends at its `validUntil`. */
export type AddressUsed = 'current' | 'previous';

/** Which of its addresses has a token of this hash; undefined: none, or one that has ended. */
export const addressUsed = (
  { address }: Pick<WebhookConfig, 'address'>,
  hash: string,
  now: number,
): AddressUsed | undefined => {
  if (address.hash === hash) return 'current';
  return address.previous?.hash === hash && address.previous.validUntil > now ? 'previous' : undefined;
};

/** Alone it is what GitHub and Stripe call all types in their own lists. */
const STAR = '*';

/**
 * By its type, or by type and action as GitHub's senders write it: `issues.opened`. A star in an entry stands for any
 * text. A delivery whose type is not known passes only where nothing is left out.
 */
export const publishesType = (
  { eventTypes }: Pick<WebhookConfig, 'eventTypes'>,
  {
    eventType,
    action = '',
  }: { readonly eventType: string | undefined; readonly action?: string | undefined },
): boolean => {
  if (eventTypes.length === 0 || eventTypes.includes(STAR)) return true;
  if (eventType === undefined) return false;
  // With or without an action: `push.*` is not to leave out what never has one.
  const names = [eventType, `${eventType}.${action}`];
  return eventTypes.some((wanted) => names.some((name) => isMeantBy(wanted, name)));
};

/** One star at most. A regular expression of a tenant's making could keep this process busy for hours. */
const isMeantBy = (wanted: string, name: string): boolean => {
  const star = wanted.indexOf(STAR);
  if (star === -1) return wanted === name;
  const [before, behind] = [wanted.slice(0, star), wanted.slice(star + 1)];
  return name.length >= before.length + behind.length && name.startsWith(before) && name.endsWith(behind);
};
