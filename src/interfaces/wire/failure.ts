import type { ChangeServiceFailure } from '../../application/commands/change-service.ts';
import type { RegisterServiceFailure } from '../../application/commands/register-service.ts';
import type { RemoveServiceFailure } from '../../application/commands/remove-service.ts';
import type { ChangeWebhookFailure } from '../../application/commands/change-webhook.ts';
import type {
  ReplayDeliveryFailure,
  StartReplayFailure,
} from '../../application/commands/replay-deliveries.ts';
import type { DistanceFailure } from '../../application/queries/measure-distance.ts';
import type { InvalidInput } from '../../application/input-problem.ts';
import type { IdempotencyRefused } from '../../application/once-only.ts';
import type { TenantFull } from '../../application/tenant-full.ts';
import type { CredentialRefused } from '../../domain/access/credential.ts';
import type { TrailTooLong } from '../../domain/audit/call-log-reader.ts';
import type { Scope } from '../../domain/shared/tenant-context.ts';

/**
 * What can be wrong with an HTTP request, apart from failures of use cases. Details are our own text, and never repeat
 * what was sent.
 */
export type EdgeFailure =
  | { readonly kind: 'malformed-request'; readonly detail: string }
  | { readonly kind: 'tenant-required' }
  /** `scope`: the least one that would have been enough; missing if the refusal has another reason. */
  | { readonly kind: 'forbidden'; readonly detail: string; readonly scope?: Scope | undefined }
  | { readonly kind: 'route-unknown' }
  | { readonly kind: 'method-not-allowed'; readonly allow: readonly string[] }
  /** No path of ours knows the method. */
  | { readonly kind: 'method-unknown' }
  | {
      readonly kind: 'unsupported-media-type';
      readonly accepted: readonly string[];
      readonly isPatch: boolean;
    }
  | { readonly kind: 'too-large'; readonly limitBytes: number }
  | { readonly kind: 'request-timeout' }
  | { readonly kind: 'headers-too-large' }
  | { readonly kind: 'precondition-required' }
  | { readonly kind: 'precondition-failed' }
  /** This process is stopping and takes no new requests. */
  | { readonly kind: 'stopping' }
  | { readonly kind: 'dependency-lost' }
  | { readonly kind: 'internal' };

export type Malformed = Extract<EdgeFailure, { readonly kind: 'malformed-request' }>;
export const malformed = (detail: string): Malformed => ({ kind: 'malformed-request', detail });

/** All failures that a route can have. `problem-table.ts` has a row for each kind. */
export type Failure =
  | EdgeFailure
  | CredentialRefused
  | InvalidInput
  | IdempotencyRefused
  | TenantFull
  | DistanceFailure
  | RegisterServiceFailure
  | ChangeServiceFailure
  | RemoveServiceFailure
  | ChangeWebhookFailure
  | ReplayDeliveryFailure
  | StartReplayFailure
  | TrailTooLong;
