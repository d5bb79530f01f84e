import { deliveryRequest } from './deliveries.ts';
import type { Addresses, Target } from './job.ts';

const HOUSES = 4_000;
const SYLLABLES = ['ba', 'do', 'ke', 'li', 'mo', 'na', 'pe', 'ru', 'sa', 'to', 'vi', 'zu'];
const STREETS = SYLLABLES.flatMap((first) =>
  SYLLABLES.flatMap((second) => SYLLABLES.map((third) => `${first}${second}${third}`)),
);

/** A separate house for each of some seven million numbers, which the sandbox can locate exactly. */
export const addressAt = (number: number): string => {
  const street = STREETS[Math.floor(number / HOUSES) % STREETS.length];
  return `Tashkent, ${street} Street, ${1 + (number % HOUSES)}`;
};

/** Complete HTTP/1.1 requests in their wire format, one after the other. */
export const requestsOf = (target: Target, addresses: Addresses): (() => Buffer) => {
  if (addresses.kind === 'hot') {
    const written = Array.from({ length: addresses.count }, (_, number) => requestFor(target, number));
    let next = 0;
    return () => written[next++ % written.length] as Buffer;
  }
  let next = addresses.from;
  return () => requestFor(target, next++);
};

const requestFor = (target: Target, number: number): Buffer => {
  if (target.kind === 'webhook') return deliveryRequest(target, number);
  if (target.kind === 'sheet') return cellsRequest(target, number);
  const address = addressAt(number);
  if (target.kind === 'google') {
    const query = new URLSearchParams({ address, language: 'ru', key: target.key });
    return Buffer.from(`GET /maps/api/geocode/json?${query.toString()} HTTP/1.1\r\nHost: sandbox\r\n\r\n`);
  }
  const body = JSON.stringify({ address });
  const headers = {
    Host: 'gateway',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...target.headers,
  };
  return Buffer.from(`POST /geocoding/geocode HTTP/1.1\r\n${linesOf(headers)}\r\n${body}`);
};

const cellsRequest = ({ path, headers }: Extract<Target, { kind: 'sheet' }>, number: number): Buffer =>
  Buffer.from(
    `GET ${path}/A${number + 1}:E${number + 1} HTTP/1.1\r\n${linesOf({ Host: 'gateway', ...headers })}\r\n`,
  );

const linesOf = (headers: Readonly<Record<string, string>>): string =>
  Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('');
