import type { IncomingMessage } from 'node:http';
import type { Application } from '../../../application/application.ts';
import type { AcceptedDelivery } from '../../../application/commands/accept-delivery.ts';
import { isEncodedBody, type Admitted, type Arrival } from '../../../application/webhooks/admitted.ts';
import type { RefusedDelivery } from '../../../application/webhooks/delivery-refusal.ts';
import type { Clock, Random } from '../../../domain/shared/clock.ts';
import { isLeft, isRight, left, right, type AsyncResult } from '../../../domain/shared/fp.ts';
import { headerPairs, oneHeader } from '../../../domain/webhook/request/raw-delivery.ts';
import type { Outcome } from '../answering.ts';
import { openEndpoint, type Route } from '../endpoint.ts';
import { noteUnexpected, type Exchange } from '../exchange.ts';
import type { BodyBudgets } from '../webhooks/body-budget.ts';
import { announcedBytes, readRawBody, freeBody } from '../webhooks/raw-body.ts';
import { deliveryDocs, handshakeDocs } from '../webhooks/delivery-docs.ts';
import { acceptedReply, handshakeReply, refusedReply } from '../webhooks/webhook-answers.ts';

export type WebhookIngestDeps = {
  readonly ingest: Application['ingest'];
  readonly clock: Clock;
  readonly random: Random;
  readonly budgets: BodyBudgets;
  readonly bodyDeadlineMs: number;
  /** The sender's address, also behind trusted proxies. */
  readonly clientAddressOf: (req: IncomingMessage) => string | undefined;
};

/** Up to this size, the unread rest of a body is skipped to keep the connection. */
const SMALL_REST = 64 * 1024;

/** Where senders deliver. No tenant header, no credential of ours, and no parser: the raw bytes are verified. */
export const webhookIngestRoutes = (deps: WebhookIngestDeps): readonly Route[] => [
  openEndpoint({
    method: 'post',
    path: '/webhooks/in/{token}',
    takesUndecoded: true,
    docs: {
      ...deliveryDocs,
      operationId: 'receiveDelivery',
      summary: 'Receive a webhook delivery',
      description:
        'Called by the sender. The body may have any content type and is verified byte for byte as sent. 200 is answered after the commit; a repeated delivery gets the same answer and is published only once.',
    },
    serve: (exchange) => receive(deps, exchange, exchange.params['token'] ?? ''),
  }),
  openEndpoint({
    method: 'get',
    path: '/webhooks/in/{token}',
    isForSome: true,
    docs: handshakeDocs,
    serve: (exchange) => greet(deps, exchange, exchange.params['token'] ?? ''),
  }),
  openEndpoint({
    method: 'post',
    path: '/webhooks/in',
    docs: {
      ...deliveryDocs,
      operationId: 'receiveDeliveryByHeader',
      summary: 'Receive a delivery from a sender that can set headers',
      description:
        'The token is sent in `X-Webhook-Token`, or in `Authorization` after `Bearer`, so it does not appear in logs of request paths.',
    },
    serve: (exchange) => receive(deps, exchange, tokenOfHeaders(exchange.req)),
  }),
];

const tokenOfHeaders = ({ rawHeaders }: IncomingMessage): string => {
  const headers = { rawHeaders: headerPairs(rawHeaders) };
  const own = oneHeader(headers, 'x-webhook-token');
  if (own.kind === 'value') return own.value;
  const bearer = own.kind === 'absent' ? oneHeader(headers, 'authorization') : own;
  return bearer.kind === 'value' ? (/^Bearer +(\S+)$/i.exec(bearer.value)?.[1] ?? '') : '';
};

const receive = async (deps: WebhookIngestDeps, exchange: Exchange, token: string): Promise<Outcome> => {
  const { ingest } = deps;
  const asked = ingest.admit(arrivalOf(deps, exchange, token));
  const admitted = await unlessLost(exchange, asked, ingest.unavailable);
  if (isLeft(admitted)) return right(refused(deps, exchange, admitted.left));
  exchange.tenant = admitted.right.found.config.tenantId;
  const accepted = await received(deps, exchange, admitted.right);
  return right(isLeft(accepted) ? refused(deps, exchange, accepted.left) : acceptedReply(accepted.right));
};

const greet = async (deps: WebhookIngestDeps, exchange: Exchange, token: string): Promise<Outcome> => {
  const { ingest } = deps;
  const asked = ingest.answerHandshake(arrivalOf(deps, exchange, token));
  const greeted = await unlessLost(exchange, asked, ingest.unavailable);
  if (isRight(greeted)) {
    exchange.tenant = greeted.right.tenantId;
    return right(handshakeReply(greeted.right.answer));
  }
  return greeted.left === 'no-handshake'
    ? left({ kind: 'method-not-allowed', allow: ['POST'] })
    : right(refused(deps, exchange, greeted.left));
};

/**
 * A bug is handled as on any route; when the database is lost, the sender gets the usual refusal of a delivery, and it
 * is counted as one.
 */
const unlessLost = async <E, A>(
  exchange: Exchange,
  work: AsyncResult<E, A>,
  refusal: () => RefusedDelivery,
): AsyncResult<E | RefusedDelivery, A> => {
  try {
    return await work;
  } catch (error) {
    if (noteUnexpected(exchange, error).kind !== 'dependency-lost') throw error;
    return left(refusal());
  }
};

const received = async (
  { ingest, budgets, clock, bodyDeadlineMs: deadlineMs }: WebhookIngestDeps,
  exchange: Exchange,
  admitted: Admitted,
): AsyncResult<RefusedDelivery, AcceptedDelivery> => {
  const { mostBytes, found } = admitted;
  const budget = budgets(found.config.tenantId);
  const started = clock.monotonic();
  const body = await readRawBody(exchange.req, { mostBytes, deadlineMs, budget });
  if (isLeft(body)) {
    const refusal =
      body.left === 'too-large' ? { kind: body.left, limitBytes: mostBytes } : { kind: body.left };
    return left(ingest.refuse(admitted, refusal));
  }
  const bytes = body.right.length;
  ingest.bodyRead(bytes, clock.monotonic() - started);
  const lost = () => ingest.refuse(admitted, { kind: 'storage-unavailable' });
  try {
    const accepted = await unlessLost(exchange, ingest.accept(admitted, body.right), lost);
    // After a time-out the database client may still be sending these bytes: leave them to the garbage collector.
    if (isRight(accepted) || accepted.left.refusal.kind !== 'storage-unavailable') freeBody(body.right);
    return accepted;
  } finally {
    budget.giveBack(bytes);
  }
};

const arrivalOf = (
  { clientAddressOf, clock }: WebhookIngestDeps,
  { req, requestId }: Exchange,
  token: string,
): Arrival => {
  const rawHeaders = headerPairs(req.rawHeaders);
  const queryAt = (req.url ?? '').indexOf('?');
  return {
    token,
    method: req.method ?? '',
    rawHeaders,
    ...(queryAt >= 0 && { query: (req.url ?? '').slice(queryAt + 1) }),
    receivedAt: new Date(clock.now()),
    clientAddress: clientAddressOf(req),
    requestId,
    announcedBytes: announcedBytes(req),
    isEncoded: isEncodedBody({ rawHeaders }),
  };
};

/** A sender that is still sending a large body is cut off: its connection ends with the answer. */
const refused = ({ random }: WebhookIngestDeps, exchange: Exchange, refusal: RefusedDelivery) => {
  const { req, res } = exchange;
  exchange.refusal = refusal.refusal.kind;
  if (!req.complete && (announcedBytes(req) ?? Infinity) > SMALL_REST) res.shouldKeepAlive = false;
  return refusedReply(refusal, random);
};
