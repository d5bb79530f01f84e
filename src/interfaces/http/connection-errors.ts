import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { closeInTime } from './lingering.ts';
import { malformed, type EdgeFailure } from '../wire/failure.ts';
import { problemOf, problemReply } from '../wire/problem.ts';
import { everyAnswersHeaders } from '../wire/reply.ts';

/** Errors of Node's HTTP parser that mean something else than "not HTTP". */
const failures = new Map<unknown, EdgeFailure>([
  ['HPE_HEADER_OVERFLOW', { kind: 'headers-too-large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { kind: 'request-timeout' }],
]);
const NOT_HTTP = malformed('this is not valid HTTP');

type ParserError = Error & {
  readonly code?: unknown;
  /** What was being read, and how far that went well. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

/** The parser knows a list of methods. Of another one only the line that is whole shows that it is a request. */
const REQUEST_LINE = /[\w!#$%&'*+.^`|~-]+ [!-~]+ HTTP\/1\.[01]\r?\n/y;
const METHOD_LETTER = /[\w!#$%&'*+.^`|~-]/;

const failureOf = ({ code, rawPacket, bytesParsed = 0 }: ParserError): EdgeFailure => {
  if (code !== 'HPE_INVALID_METHOD' || rawPacket === undefined) return failures.get(code) ?? NOT_HTTP;
  const text = rawPacket.toString('latin1');
  let start = bytesParsed;
  while (METHOD_LETTER.test(text[start - 1] ?? '')) start -= 1;
  REQUEST_LINE.lastIndex = start;
  return REQUEST_LINE.test(text) ? { kind: 'method-unknown' } : NOT_HTTP;
};

/** Answers on the bare socket what never became a request, and closes the connection: nobody knows where it stands. */
export const answerBrokenRequest = (ids: IdSource, clock: Clock) => {
  const seen = new WeakSet<Socket>();
  return (error: ParserError, socket: Socket): void => {
    // The parser complains again of whatever comes after.
    if (seen.has(socket)) return;
    seen.add(socket);
    const failure = failureOf(error);
    if (error.code === 'ECONNRESET') socket.destroy();
    else afterEarlierAnswers(socket, () => answerOn(socket, failure, ids.uuid(), clock.now()));
  };
};

const NO_PROXY = malformed('this is no proxy: there is no tunnel');

/** For CONNECT, which Node hands over as a bare socket. */
export const refuseTunnel =
  (ids: IdSource, clock: Clock) =>
  (_request: IncomingMessage, socket: Duplex): void => {
    socket.on('error', () => socket.destroy());
    afterEarlierAnswers(socket, () => answerOn(socket, NO_PROXY, ids.uuid(), clock.now()));
  };

/** Where Node keeps the answer whose turn it is, and its own handler of such errors looks, too. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse<IncomingMessage> | null };

/**
 * What came whole before on the connection is answered before; where an answer has begun, there is no room for another.
 */
const afterEarlierAnswers = (socket: Answering, answer: () => void): void => {
  const current = socket._httpMessage;
  if (current === undefined || current === null) answer();
  else if (current.req.complete) current.once('close', () => afterEarlierAnswers(socket, answer));
  else if (current.headersSent) socket.end();
  else answer();
};

const answerOn = (socket: Duplex, failure: EdgeFailure, requestId: string, now: number): void => {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(failure, requestId, now);
  const { status, headers, body } = problemReply(problem);
  const lines = [`HTTP/1.1 ${status} ${statusText(problem.document['title'])}`];
  // Node dates all other answers (RFC 9110 section 6.6.1).
  const own = ['Date', new Date(now).toUTCString(), 'Connection', 'close'];
  const all = [...everyAnswersHeaders(requestId), ...headers, ...own];
  for (let i = 0; i < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}`);
  const text = String(body);
  socket.end(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  closeInTime(socket);
};

const statusText = (title: unknown): string => (typeof title === 'string' ? title : 'Error');
