import type { IncomingMessage } from 'node:http';

const HOST = /^(?:[\w.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?$/;

/**
 * The base URL at which callers reach this service, without a trailing slash. Without `PUBLIC_URL` it is taken from the
 * request's Host, which suits a laptop; forwarding headers are not trusted here.
 */
export const requestBase = (publicUrl: string | undefined, req: IncomingMessage): string => {
  const host = req.headers.host ?? '';
  return publicUrl ?? (HOST.test(host) ? `http://${host}` : '');
};
