import type { ObjectReader } from './object-reader.ts';

/** A field name of HTTP (RFC 9110, 5.1), at most 64 characters. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

/**
 * Names that a connection, a proxy or this service sets or reads: what stands there was not written by the
 * sender alone, or means something else.
 */
const NOT_THE_SENDERS = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'cookie',
  'expect',
  'forwarded',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'set-cookie',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-management-company-id',
  'x-real-ip',
  'x-request-id',
]);

/** What is wrong with the name of a header that a scheme reads; undefined when nothing is. */
const headerNameProblem = (name: string): string | undefined => {
  if (!TOKEN.test(name)) return 'a header name: letters, digits and "-", at most 64';
  const lower = name.toLowerCase();
  return NOT_THE_SENDERS.has(lower) || lower.startsWith('x-forwarded-')
    ? `${lower} is set by connections, proxies or this service, not by the sender`
    : undefined;
};

/** In lower case, as deliveries are looked into; empty when none is given. */
export const requiredHeader = (reader: ObjectReader, name: string): string => {
  if (!reader.has(name)) reader.problem(name, 'required: the name of a header');
  return optionalHeader(reader, name) ?? '';
};

export const optionalHeader = (reader: ObjectReader, name: string): string | undefined => {
  const header = reader.text(name, LONGEST_NAME);
  if (header === undefined) return undefined;
  const detail = headerNameProblem(header);
  if (detail !== undefined) reader.problem(name, detail);
  return header.toLowerCase();
};

/** More than any that is taken, so that a name too long is told as such. */
const LONGEST_NAME = 256;
