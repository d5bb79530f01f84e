import type { ObjectReader } from './object-reader.ts';

/** A field name of HTTP (RFC 9110, 5.1), at most 64 characters. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

/**
 * Headers that are set or interpreted by connections, proxies or this service: their values do not come from the sender
 * alone, or mean something else.
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

/** The name in lower case, as used for lookups; empty when it is missing, which is reported. */
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

/** Longer than any accepted name, so that a name that is too long is reported as such. */
const LONGEST_NAME = 256;
