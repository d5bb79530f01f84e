import type { SealedSecret } from '../shared/secret-box.ts';
import type { TenantId } from '../shared/tenant-context.ts';
import type { SecretKind } from './proof/authenticity.ts';
import type { ResponseRule, SignatureScheme, SourceService } from './scheme/signature-scheme.ts';

/**
 * `paused`: deliveries are stored but not published. `disabled`: deliveries are refused. `archived`: senders are told
 * that the webhook is gone.
 */
export const webhookStatuses = ['active', 'paused', 'disabled', 'archived'] as const;
export type WebhookStatus = (typeof webhookStatuses)[number];

/** `observe` only records what `enforce` would refuse. */
export const ipModes = ['off', 'observe', 'enforce'] as const;
export type IpMode = (typeof ipModes)[number];

/**
 * What happens to deliveries above the tenant's rate: refused with 429, or stored and published later at the allowed
 * rate.
 */
export const overflowPolicies = ['reject', 'spool'] as const;
export type OverflowPolicy = (typeof overflowPolicies)[number];

/** The address of a webhook. The token itself is shown once and not stored. */
export type WebhookAddress = {
  /** Hex SHA-256 of the whole token. */
  readonly hash: string;
  /** The first eight characters after `whk_`, for display. */
  readonly hint: string;
  /** The address before the last rotation; undefined if there was none. */
  readonly previous: PreviousAddress | undefined;
};
export type PreviousAddress = {
  readonly hash: string;
  readonly hint: string;
  /** Epoch milliseconds after which it is not accepted any more. */
  readonly validUntil: number;
  /** Number of deliveries that still used it. */
  readonly uses: number;
  readonly lastUsedAt: number | undefined;
};

/** One version of the secret that verifies deliveries. At most one is `current`. */
export type WebhookSecret = {
  readonly id: string;
  /** Increases from 1 within the webhook. */
  readonly version: number;
  readonly kind: SecretKind;
  readonly state: 'current' | 'previous';
  /** For a public key the hint is the key itself. */
  readonly sealed: SealedSecret;
  /** Expiry in epoch milliseconds; undefined: never. */
  readonly validUntil: number | undefined;
  readonly createdAt: number;
  /** Shows whether a previous secret is still in use. */
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

/** One sender that may deliver to one tenant. Aggregate root: changes go through the functions of this folder. */
export type WebhookConfig = {
  readonly id: string;
  readonly tenantId: TenantId;
  readonly name: string;
  readonly sourceService: SourceService;
  /** Id of the external service that the sender belongs to, if one is registered. */
  readonly sourceServiceId: string | undefined;
  readonly status: WebhookStatus;
  readonly address: WebhookAddress;
  /** Sorted by version, newest first. */
  readonly secrets: readonly WebhookSecret[];
  /** Only for custom sources; undefined for presets. */
  readonly scheme: SignatureScheme | undefined;
  /** Types to publish; empty or `*`: all. */
  readonly eventTypes: readonly string[];
  readonly ipMode: IpMode;
  /** Networks in canonical form, and names of managed lists (ip-allowlist.ts). */
  readonly ipAllowlist: readonly string[];
  readonly maxBodyBytes: number;
  readonly overflow: OverflowPolicy;
  /** The URL as the sender calls it, needed by schemes that sign it. */
  readonly publicUrl: string | undefined;
  /** Replaces the source's usual response to accepted deliveries. */
  readonly response: ResponseRule | undefined;
  readonly totals: WebhookTotals;
  /** Incremented with each change; the ETag of the resource. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
};

/** Which token of the webhook was used; a previous one expires at its `validUntil`. */
export type AddressUsed = 'current' | 'previous';

/** Which of the webhook's addresses has a token with this hash; undefined when none has, or it has expired. */
export const addressUsed = (
  { address }: Pick<WebhookConfig, 'address'>,
  hash: string,
  now: number,
): AddressUsed | undefined => {
  if (address.hash === hash) return 'current';
  return address.previous?.hash === hash && address.previous.validUntil > now ? 'previous' : undefined;
};

/** Alone it means all types, as in the lists of GitHub and Stripe. */
const STAR = '*';

/**
 * Whether the webhook publishes deliveries of this type. Entries are a type, or type and action as GitHub writes it
 * (`issues.opened`), with at most one `*` for any text. A delivery of unknown type is published only if no type is
 * excluded.
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
  // With and without the action, so that `push.*` includes types that never have an action.
  const names = [eventType, `${eventType}.${action}`];
  return eventTypes.some((wanted) => names.some((name) => isMeantBy(wanted, name)));
};

/** Supports one star only. A regular expression written by a tenant could block this process for hours (ReDoS). */
const isMeantBy = (wanted: string, name: string): boolean => {
  const star = wanted.indexOf(STAR);
  if (star === -1) return wanted === name;
  const [before, behind] = [wanted.slice(0, star), wanted.slice(star + 1)];
  return name.length >= before.length + behind.length && name.startsWith(before) && name.endsWith(behind);
};
