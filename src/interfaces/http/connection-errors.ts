import type { Socket } from 'node:net';
import type { Clock, IdSource } from '../../domain/shared/clock.ts';
import type { EdgeFailure } from './failure.ts';
import { problemOf, problemReply } from './problem.ts';

/** Errors of Node's HTTP parser that mean something else than "not HTTP". */
const failures = new Map<unknown, EdgeFailure>([
  ['HPE_HEADER_OVERFLOW', { kind: 'headers-too-large' }],
  ['ERR_HTTP_REQUEST_TIMEOUT', { kind: 'request-timeout' }],
]);
const NOT_HTTP: EdgeFailure = { kind: 'malformed-request', detail: 'this is not valid HTTP' };

/** Answers on the bare socket what never became a request, and closes the connection: nobody knows where it stands. */
export const answerBrokenRequest =
  (ids: IdSource, clock: Clock) =>
  (error: Error & { readonly code?: unknown }, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const requestId = ids.uuid();
    const problem = problemOf(failures.get(error.code) ?? NOT_HTTP, requestId, clock.now());
    const { status, headers, body } = problemReply(problem);
    const lines = [`HTTP/1.1 ${status} ${statusText(problem.document['title'])}`];
    const all = [...headers, 'X-Request-Id', requestId, 'Connection', 'close'];
    for (let i = 0; i < all.length; i += 2) lines.push(`${all[i]}: ${all[i + 1]}`);
    const text = String(body);
    socket.end(`${lines.join('\r\n')}\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
  };

const statusText = (title: unknown): string => (typeof title === 'string' ? title : 'Error');
