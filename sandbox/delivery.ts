import type { ServerResponse } from 'node:http';

import type { Delivery } from './faults.ts';
import type { Answer } from './stand-in.ts';
import type { Timers } from './timers.ts';

const hugeBytes = 100 * 1024 * 1024;
const hugeChunk = Buffer.alloc(64 * 1024, 'x');
const dripMs = 1_000;

const whole = (response: ServerResponse, { status, headers, body }: Answer): void => {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) });
  response.end(body);
};

const drip = (
  response: ServerResponse,
  { status, headers, body }: Answer,
  timers: Pick<Timers, 'every'>,
): void => {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.flushHeaders();
  let sent = 0;
  const stop = timers.every(dripMs, () => {
    response.write(bytes.subarray(sent, sent + 1));
    sent += 1;
    if (sent < bytes.length) return;
    stop();
    response.end();
  });
  response.once('close', stop);
};

/** Half of the promised body, then a TCP reset. */
const reset = (response: ServerResponse, { status, headers, body }: Answer): void => {
  const bytes = Buffer.from(body);
  response.writeHead(status, { ...headers, 'content-length': bytes.length });
  response.write(bytes.subarray(0, Math.max(1, Math.floor(bytes.length / 2))), () => {
    response.socket?.resetAndDestroy();
  });
};

/** A JSON string of 100 MiB without a content length, at the pace of the reader. */
const huge = (response: ServerResponse, { status, headers }: Answer): void => {
  response.writeHead(status, headers);
  response.write('{"results":["');
  let sent = 0;
  const more = (): void => {
    while (!response.destroyed && sent < hugeBytes) {
      sent += hugeChunk.length;
      if (!response.write(hugeChunk)) return void response.once('drain', more);
    }
    if (!response.destroyed) response.end('"],"status":"OK"}');
  };
  more();
};

export const deliver = (
  response: ServerResponse,
  answer: Answer,
  how: Delivery,
  timers: Pick<Timers, 'every'>,
): void => {
  switch (how) {
    case 'whole':
      return whole(response, answer);
    case 'drip':
      return drip(response, answer, timers);
    case 'reset':
      return reset(response, answer);
    case 'huge':
      return huge(response, answer);
    case 'drop':
      return void response.socket?.destroy();
    case 'hang':
      return undefined;
  }
};
