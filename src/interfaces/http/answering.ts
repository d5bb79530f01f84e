import { isLeft, left, type Either } from '../../domain/shared/fp.ts';
import { noteUnexpected, type Exchange } from './exchange.ts';
import type { Failure } from '../wire/failure.ts';
import { restOfBody } from './lingering.ts';
import { lineSink } from './line-sink.ts';
import { untilTaken } from './stalled-reader.ts';
import { traceIdOf } from '../wire/trace-parent.ts';
import { problemOf, problemReply } from '../wire/problem.ts';
import {
  everyAnswersHeaders,
  type FlatHeaders,
  type Reply,
  type StreamedReply,
  type WholeReply,
} from '../wire/reply.ts';
import type { ProblemCode } from '../wire/problem-table.ts';

export type Outcome = Either<Failure, Reply>;

/** Serves one request to its end, with exactly one answer and one log line whatever `serve` does. Never rejects. */
export const answer = async (
  exchange: Exchange,
  serve: (exchange: Exchange) => Promise<Outcome>,
): Promise<void> => {
  try {
    const outcome = await serve(exchange);
    if (isLeft(outcome)) refuse(exchange, outcome.left);
    else if ('stream' in outcome.right) await stream(exchange, outcome.right);
    else complete(exchange, outcome.right);
  } catch (error) {
    breakOff(exchange, error);
  }
};

/** Answers a failure with its problem document. */
const refuse = (exchange: Exchange, failure: Failure): void => {
  const problem = problemOf(failure, exchange.requestId, exchange.kit.clock.now());
  send(exchange, problemReply(problem));
  log(exchange, problem.status, problem.code, reasonOf(failure));
};

const reasonOf = (failure: Failure): string | undefined => {
  if (failure.kind === 'credential-refused') return failure.reason;
  if (failure.kind === 'trail-too-long') return failure.kind;
  if (failure.kind !== 'failed-call') return undefined;
  const { error } = failure;
  return error.kind === 'deadline-exceeded' && error.callerGone === true ? 'caller-gone' : error.kind;
};

/** An exception means a lost dependency or a bug; the caller learns which of the two, and nothing more. */
const breakOff = (exchange: Exchange, error: unknown): void => {
  const failure = noteUnexpected(exchange, error);
  if (!exchange.res.headersSent) return refuse(exchange, failure);
  exchange.res.destroy();
  log(exchange, exchange.res.statusCode);
};

const complete = (exchange: Exchange, reply: WholeReply): void => {
  send(exchange, reply);
  log(exchange, reply.status, undefined, exchange.refusal);
};

const stream = async (exchange: Exchange, reply: StreamedReply): Promise<void> => {
  const { res } = exchange;
  res.writeHead(reply.status, headersOf(exchange, reply.headers));
  await reply.stream(lineSink(exchange));
  const cutShort = exchange.hasStalled ? 'reader-stalled' : 'caller-gone';
  const reason = res.closed ? cutShort : undefined;
  end(exchange);
  log(exchange, reply.status, undefined, reason);
};

/** Writes the last part of an answer. */
const end = (exchange: Exchange, body?: string | Buffer, encoding: BufferEncoding = 'utf8'): void => {
  const { req, res, kit } = exchange;
  if (!req.complete && res.shouldKeepAlive) kit.unread.add(req);
  res.end(body, encoding);
  untilTaken(exchange);
};

const send = (exchange: Exchange, { status, headers: own, body, bytes, shared }: WholeReply): void => {
  const headers = headersOf(exchange, own);
  if (bytes !== undefined) {
    headers.push('Content-Length', String(bytes.length + (shared?.length ?? 0)));
    exchange.res.writeHead(status, headers);
    if (shared !== undefined) exchange.res.write(shared);
    end(exchange, bytes, 'latin1');
    return;
  }
  if (body !== undefined) headers.push('Content-Length', String(Buffer.byteLength(body)));
  const { req, res } = exchange;
  res.writeHead(status, headers);
  if (req.complete || res.shouldKeepAlive || body === undefined) end(exchange, body);
  else {
    res.write(body);
    void restOfBody(req).then(() => end(exchange));
  }
};

const headersOf = ({ requestId, kit }: Exchange, headers: FlatHeaders): string[] => {
  const all = everyAnswersHeaders(requestId);
  all.push(...headers);
  if (kit.traffic.phase() !== 'serving') all.push('Connection', 'close');
  return all;
};

const log = (exchange: Exchange, status: number, code?: ProblemCode, reason?: string): void => {
  const { kit, unexpected } = exchange;
  exchange.span?.end(
    { 'http.response.status_code': status, 'integration.tenant': exchange.tenant },
    status >= 500 ? (code ?? 'broken-off') : undefined,
  );
  kit.logger[levelOf(exchange, status)]({
    event: 'http.request',
    request_id: exchange.requestId,
    trace_id: traceIdOf(exchange.traceparent),
    method: exchange.req.method ?? '',
    route: exchange.route,
    status,
    duration_ms: Math.round((kit.clock.monotonic() - exchange.startedAt) * 100) / 100,
    tenant: exchange.tenant,
    actor: exchange.actor,
    code,
    reason,
    error: unexpected,
  });
};

const levelOf = ({ unexpected }: Exchange, status: number): 'info' | 'warn' | 'error' => {
  if (unexpected?.kind === 'internal') return 'error';
  return unexpected !== undefined || status >= 500 ? 'warn' : 'info';
};

/** For requests that are refused before they reach a route. */
export const refuseOutright = (exchange: Exchange, failure: Failure): Promise<void> =>
  answer(exchange, () => Promise.resolve(left(failure)));
