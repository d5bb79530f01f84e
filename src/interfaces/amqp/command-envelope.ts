import {
  commandTypes,
  MOST_BODY_BYTES,
  MOST_RETURNS,
  type CommandMessage,
  type CommandType,
} from '../../application/command-queue.ts';
import { redactText } from '../../domain/audit/redaction.ts';
import type { IdSource } from '../../domain/shared/clock.ts';
import { isLeft, left, right, type Either } from '../../domain/shared/fp.ts';
import {
  tenantId,
  type Actor,
  type TenantContext,
  type TenantId,
} from '../../domain/shared/tenant-context.ts';
import { requestIdOf } from '../wire/request-id.ts';
import { traceParentOf } from '../wire/trace-parent.ts';
import type { CommandRefusalKind } from './command-refusal.ts';

/** The checked properties of a message. */
export type Envelope = {
  readonly type: CommandType;
  readonly messageId: string;
  readonly ctx: TenantContext;
};

const MESSAGE_ID = /^[\x21-\x7e]{1,255}$/;
const SENDER = /^[A-Za-z0-9._-]{1,64}$/;

/** Label for metrics, out of a closed set whatever is sent. */
export const commandLabel = ({ type }: CommandMessage): CommandType | 'unknown' =>
  commandTypes.find((known) => known === type) ?? 'unknown';

/** The sender's correlation id, or else its message id, if it is a valid request id. The same on every attempt. */
export const commandRequestId = ({ correlationId, messageId }: CommandMessage, ids: IdSource): string => {
  const own = requestIdOf(correlationId, { uuid: () => '' });
  return own === '' ? requestIdOf(messageId, ids) : own;
};

export const receivedTraceParent = ({ headers }: CommandMessage): string | undefined =>
  traceParentOf(textOf(headers['traceparent']));

/** Checks everything but the content of the body, the cheapest checks first. */
export const envelopeOf = (
  message: CommandMessage,
  requestId: string,
  traceparent: string | undefined,
): Either<CommandRefusalKind, Envelope> => {
  if (message.returnsInARow >= MOST_RETURNS) return left('poisoned');
  if (message.bodyBytes > MOST_BODY_BYTES) return left('too-large');
  const { messageId } = message;
  if (messageId === undefined || !MESSAGE_ID.test(messageId)) return left('message-id-required');
  const type = commandLabel(message);
  if (type === 'unknown') return left('unknown-command');
  const tenant = tenantOf(message.headers['management_company_id']);
  if (isLeft(tenant)) return tenant;
  const ctx = { tenantId: tenant.right, actor: actorOf(message, tenant.right), correlationId: requestId };
  return right({ type, messageId, ctx: traceparent === undefined ? ctx : { ...ctx, traceparent } });
};

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

const tenantOf = (header: unknown): Either<CommandRefusalKind, TenantId> => {
  if (header === undefined || header === null || header === '') return left('tenant-required');
  const tenant = tenantId(textOf(header) ?? '');
  return isLeft(tenant) ? left('tenant-malformed') : tenant;
};

/**
 * The broker decides who may publish. The trail names the sender by its own word (app_id), or by the user that the
 * broker has verified.
 */
const actorOf = ({ appId, userId }: CommandMessage, tenant: TenantId): Actor => {
  const sender = [appId, userId].find(
    (name) => name !== undefined && SENDER.test(name) && redactText(name) === name,
  );
  return { kind: 'system', id: `bus:${sender ?? 'unknown'}`, tenants: [tenant], scopes: 'all' };
};
