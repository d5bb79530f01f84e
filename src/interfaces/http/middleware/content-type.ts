import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

/**
 * As RFC 8259 says, parameters have no meaning for JSON: they are ignored, except for a `charset` that is not UTF-8.
 */
export const isAccepted = (headers: IncomingHttpHeaders, accepted: readonly string[]): boolean => {
  const type = headers['content-type'] ?? '';
  const { 'content-encoding': encoding = 'identity', 'transfer-encoding': coding = 'chunked' } = headers;
  if (encoding.toLowerCase() !== 'identity' || coding.toLowerCase() !== 'chunked') return false;
  if (accepted.includes(type)) return true;
  const [name = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return accepted.includes(name.trim()) && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
};

/**
 * Node keeps the first of several Content-Type headers; a proxy in front that filters by type may have used another.
 */
export const hasOtherTypes = ({ headers, rawHeaders }: IncomingMessage): boolean => {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i];
    if (name?.length !== 12 || name.toLowerCase() !== 'content-type') continue;
    if (rawHeaders[i + 1] !== headers['content-type']) return true;
  }
  return false;
};
