import { createHash } from 'node:crypto';
import type { Application } from '../../application/application.ts';
import type { CommandHandler, CommandMessage } from '../../application/command-queue.ts';
import type { CommandTelemetry } from '../../application/telemetry.ts';
import type { Span, Tracing } from '../../application/tracing.ts';
import { redactText } from '../../domain/audit/redaction.ts';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { isLeft, type Either } from '../../domain/shared/fp.ts';
import type { Failure } from '../wire/failure.ts';
import { besideRepeated, jsonOf } from '../wire/json-body.ts';
import { traceIdOf } from '../wire/trace-parent.ts';
import { unexpectedOf } from '../wire/unexpected.ts';
import { carryOut, type CarryOutDeps } from './carry-out.ts';
import { toldOfFailure, toldOfRefusal } from './command-answers.ts';
import { decisionOn, type Conclusion } from './command-conclusion.ts';
import {
  commandLabel,
  commandRequestId,
  envelopeOf,
  receivedTraceParent,
  type Envelope,
} from './command-envelope.ts';
import type { CommandLogFields, CommandLogger } from './command-logger.ts';
import type { CommandRefusalKind } from './command-refusal.ts';
import { isSentEncoded } from './content-encoding.ts';
import { knownTenants } from './known-tenants.ts';
import type { CommandWork } from './command-route.ts';
import { commandRoutes, type CommandRoutes } from './command-routes.ts';

export type CommandConsumerDeps = CarryOutDeps & {
  readonly application: Application;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly telemetry: Pick<CommandTelemetry, 'commandFinished'>;
  readonly logger: CommandLogger;
  /** Undefined when no traces are collected. */
  readonly tracing: Tracing | undefined;
};

/** What the checks of every delivery need. */
type Table = { readonly routes: CommandRoutes; readonly knows: ReturnType<typeof knownTenants> };

/** One delivery on its way to its settlement. */
type Delivery = {
  readonly message: CommandMessage;
  readonly requestId: string;
  readonly span: Span | undefined;
  readonly traceparent: string | undefined;
  readonly startedAt: number;
  /** Known once the properties have been checked. */
  envelope: Envelope | undefined;
};

/** Carries out one command, whatever was sent, with exactly one settlement and one log line. Never rejects. */
export const commandConsumer = (deps: CommandConsumerDeps): CommandHandler => {
  const table: Table = {
    routes: commandRoutes(deps),
    knows: knownTenants(deps.application, deps.clock),
  };
  return async (message) => {
    const delivery = openDelivery(deps, message);
    const conclusion = await concluded(deps, table, delivery);
    const { outcome, settlement } = decisionOn(conclusion, message);
    tell(deps, delivery, conclusion, outcome);
    return settlement;
  };
};

const openDelivery = ({ ids, clock, tracing }: CommandConsumerDeps, message: CommandMessage): Delivery => {
  const requestId = commandRequestId(message, ids);
  const received = receivedTraceParent(message);
  const span = tracing?.start(`process ${commandLabel(message)}`, 'server', received, {
    'messaging.operation.name': 'process',
    'integration.request_id': requestId,
  });
  return {
    message,
    requestId,
    span,
    traceparent: span?.traceparent ?? received,
    startedAt: clock.monotonic(),
    envelope: undefined,
  };
};

const concluded = async (
  deps: CommandConsumerDeps,
  table: Table,
  delivery: Delivery,
): Promise<Conclusion> => {
  try {
    return await judged(deps, table, delivery);
  } catch (error) {
    const unexpected = unexpectedOf(error, deps.isDependencyLost);
    const told = toldOfFailure({ kind: unexpected.kind }, delivery.requestId, deps.clock.now());
    return { kind: 'failed', told, unexpected };
  }
};

/**
 * The order of the checks: properties, syntax and values of the body, the tenant, then whether it was carried out
 * before.
 */
const judged = async (
  deps: CommandConsumerDeps,
  { routes, knows }: Table,
  delivery: Delivery,
): Promise<Conclusion> => {
  const { message, requestId } = delivery;
  const refusal = (kind: CommandRefusalKind): Conclusion => ({
    kind: kind === 'poisoned' ? 'given-up' : 'refused',
    told: toldOfRefusal(kind, requestId),
  });
  const envelope = envelopeOf(message, requestId, delivery.traceparent);
  if (isLeft(envelope)) return refusal(envelope.left);
  delivery.envelope = envelope.right;
  const { type, messageId, ctx } = envelope.right;
  const body = jsonOf(bufferOf(message.body));
  if (isLeft(body) && isSentEncoded(message)) return refusal('unsupported-media-type');
  const work: Either<Failure, CommandWork> = isLeft(body)
    ? body
    : besideRepeated(body.right.repeated, routes[type](body.right.value));
  if (isLeft(work)) return { kind: 'refused', told: toldOfFailure(work.left, requestId, deps.clock.now()) };
  if (!(await knows(ctx))) return refusal('tenant-unknown');
  return carryOut(deps, ctx, { messageId, type, bodyHash: hashOf(message.body) }, work.right);
};

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const hashOf = (body: Uint8Array): string => createHash('sha256').update(body).digest('hex');

const tell = (
  { clock, telemetry, logger }: CommandConsumerDeps,
  { message, envelope, requestId, span, traceparent, startedAt }: Delivery,
  conclusion: Conclusion,
  outcome: CommandLogFields['outcome'],
): void => {
  const command = commandLabel(message);
  const durationMs = clock.monotonic() - startedAt;
  telemetry.commandFinished({ command, outcome, durationMs });
  const code = 'told' in conclusion ? conclusion.told.code : undefined;
  span?.end({ 'integration.outcome': outcome }, code);
  const unexpected = conclusion.kind === 'failed' ? conclusion.unexpected : undefined;
  logger[levelOf(outcome, unexpected?.kind)]({
    event: 'bus.command',
    request_id: requestId,
    trace_id: traceIdOf(traceparent),
    message_id: envelope === undefined ? undefined : redactText(envelope.messageId),
    command,
    outcome,
    retries: message.retries,
    duration_ms: Math.round(durationMs * 100) / 100,
    tenant: envelope?.ctx.tenantId,
    actor: envelope?.ctx.actor.id,
    code,
    error: unexpected,
  });
};

const levelOf = (
  outcome: CommandLogFields['outcome'],
  unexpected: 'internal' | 'dependency-lost' | undefined,
): 'info' | 'warn' | 'error' => {
  if (unexpected === 'internal') return 'error';
  return outcome === 'retried' || outcome === 'exhausted' ? 'warn' : 'info';
};
