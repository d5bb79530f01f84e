import type { IncomingHttpHeaders } from 'node:http';

export const JSON_TYPE = 'application/json';
export const MERGE_PATCH_TYPE = 'application/merge-patch+json';

/** Parameters other than `charset=utf-8` change nothing in JSON and are ignored, as RFC 8259 says. */
export const isAccepted = (headers: IncomingHttpHeaders, accepted: readonly string[]): boolean => {
  const type = headers['content-type'] ?? '';
  const { 'content-encoding': encoding = 'identity', 'transfer-encoding': coding = 'chunked' } = headers;
  if (encoding.toLowerCase() !== 'identity' || coding.toLowerCase() !== 'chunked') return false;
  if (accepted.includes(type)) return true;
  const [name = '', ...parameters] = type.toLowerCase().split(';');
  const charset = parameters.map((text) => text.trim()).find((text) => text.startsWith('charset='));
  return accepted.includes(name.trim()) && (charset === undefined || /^charset="?utf-?8"?$/.test(charset));
};
