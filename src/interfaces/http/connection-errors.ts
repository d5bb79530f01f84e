import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import { closeInTime } from './lingering.ts';
import { malformed, type EdgeFailure } from '../wire/failure.ts';
import { problemOf, problemReply } from '../wire/problem.ts';
import { everyAnswersHeaders } from '../wire/reply.ts';

/** Errors of Node's HTTP parser that do not mean "not HTTP". */
const failures = new Map<unknown, EdgeFailure>([
  ['HPE_HEADER_OVERFLOW', { kind: 'headers-too-large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { kind: 'request-timeout' }],
]);
const NOT_HTTP = malformed('this is not valid HTTP');

type ParserError = Error & {
  readonly code?: unknown;
  /** The data being parsed, and how many bytes were parsed successfully. */
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

/**
 * Node's parser knows a fixed list of methods. With any other, only a complete request line shows that it is a request.
 */
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

/**
 * Answers on the raw socket what never became a request, and closes the connection, since it is unknown where the next
 * request would begin.
 */
export const answerBrokenRequest = (ids: IdSource, clock: Clock) => {
  const seen = new WeakSet<Socket>();
  return (error: ParserError, socket: Socket): void => {
    // The parser reports an error again for whatever follows.
    if (seen.has(socket)) return;
    seen.add(socket);
    const failure = failureOf(error);
    if (error.code === 'ECONNRESET') socket.destroy();
    else afterEarlierAnswers(socket, () => answerOn(socket, failure, ids.uuid(), clock.now()));
  };
};

const NO_PROXY = malformed('this server is not a proxy: CONNECT is not supported');

/** For CONNECT requests, which Node hands over as a raw socket. */
export const refuseTunnel =
  (ids: IdSource, clock: Clock) =>
  (_request: IncomingMessage, socket: Duplex): void => {
    socket.on('error', () => socket.destroy());
    afterEarlierAnswers(socket, () => answerOn(socket, NO_PROXY, ids.uuid(), clock.now()));
  };

/** Where Node keeps the response whose turn it is; its own handler of such errors looks there, too. */
type Answering = Duplex & { readonly _httpMessage?: ServerResponse<IncomingMessage> | null };

/**
 * Complete requests received earlier on the connection are answered first. If an answer has begun already, no other one
 * can be sent.
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
  // Node adds a Date to all other answers (RFC 9110 section 6.6.1).
  const own = ['Date', new Date(now).toUTCString(), 'Connection', 'close'];
  const all = [...everyAnswersHeaders(requestId), ...headers, ...own];
  for (let i = 0; i < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}`);
  const text = String(body);
  socket.end(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  closeInTime(socket);
};

const statusText = (title: unknown): string => (typeof title === 'string' ? title : 'Error');
