import type { ProviderAccess } from '../../../domain/provider/provider-access.ts';
import type { ProviderError } from '../../../domain/provider/provider-error.ts';
import { isLeft, left, type Either } from '../../../domain/shared/fp.ts';
import type { HttpAnswer } from '../http-answer.ts';
import type { ProviderHttp } from '../provider-http.ts';

/** What became of a request; `sent` tells whether any of it may have reached the provider. */
export type Transported = { readonly outcome: Either<ProviderError, HttpAnswer>; readonly sent: boolean };

/** The transport below Google's client library: its requests use the same guarded connections as all others. */
export type ClientTransport = {
  /** Options that keep the library from using a transport of its own. */
  readonly options: {
    readonly fetchImplementation: typeof fetch;
    readonly noProxy: RegExp[];
    readonly retry: false;
    readonly responseType: 'text';
    readonly validateStatus: () => true;
  };
  /** Undefined if the library sent nothing. */
  readonly transported: () => Transported | undefined;
};

/** Ends the library's work when there is no answer; the reason is kept here, out of its messages. */
const NOT_TRANSPORTED = 'not transported';

/** `mayHold`: asked for each piece of the answer whether there is room for it. */
export const clientTransport = (
  http: ProviderHttp,
  access: ProviderAccess,
  mayHold?: (bytes: number) => boolean,
): ClientTransport => {
  let sent = false;
  let outcome: Either<ProviderError, HttpAnswer> | undefined;

  const send = async (url: string, init: RequestInit): Promise<Response> => {
    const { body, headers } = bodyOf(init);
    outcome = await http.send(access, {
      method: methodOf(init.method),
      url,
      headers,
      ...(body === undefined ? {} : { body }),
      ...(mayHold === undefined ? {} : { mayHold }),
      onSending: () => {
        sent = true;
      },
    });
    if (isLeft(outcome)) throw new Error(NOT_TRANSPORTED);
    return responseOf(outcome.right);
  };
  const fetchImplementation: typeof fetch = (input, init = {}) =>
    send(input instanceof Request ? input.url : String(input), init);

  return {
    options: {
      fetchImplementation,
      // Ignores proxy variables of the environment, so that not even invalid ones matter.
      noProxy: [/^/],
      retry: false,
      // Text in, text out: we parse it ourselves, because the library hides a body that is not JSON.
      responseType: 'text',
      validateStatus: () => true,
    },
    transported: () => (outcome === undefined ? undefined : { outcome, sent }),
  };
};

/** If the library failed by itself, before it sent anything, that is a bug, whose stack is kept. */
export const outcomeOf = async (transport: ClientTransport, work: Promise<unknown>): Promise<Transported> => {
  try {
    await work;
  } catch (error) {
    if (transport.transported() === undefined) throw error;
  }
  return (
    transport.transported() ?? {
      outcome: left({ kind: 'provider-unavailable', message: NOT_TRANSPORTED }),
      sent: false,
    }
  );
};

const METHODS = ['GET', 'POST', 'PUT'] as const;
const methodOf = (method = 'GET'): (typeof METHODS)[number] => {
  const known = METHODS.find((one) => one === method.toUpperCase());
  if (known === undefined) throw new TypeError(`no method of the Sheets API: ${method}`);
  return known;
};

const bodyOf = (init: RequestInit) => {
  const headers = Object.fromEntries(new Headers(init.headers));
  if (init.body === undefined || init.body === null) return { body: undefined, headers };
  if (typeof init.body === 'string') return { body: init.body, headers };
  if (!(init.body instanceof URLSearchParams)) throw new TypeError('a body that is neither text nor a form');
  const form = { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' };
  return { body: init.body.toString(), headers: { ...headers, ...form } };
};

/** Statuses with which a Response must not have a body. */
const EMPTY = [204, 205, 304];

const responseOf = ({ status, contentType, text }: HttpAnswer): Response =>
  new Response(EMPTY.includes(status) ? null : text, {
    status,
    headers: contentType === '' ? {} : { 'content-type': contentType },
  });
