import { expect } from 'chai';
import { createHmac, randomUUID, type BinaryLike } from 'node:crypto';
import { request } from 'node:http';
import type { ApiClient } from './api-client.ts';
import { startGateway, type Gateway } from './gateway.ts';
import { eventually, until } from './until.ts';
import type { Environment } from './service-process.ts';
import type { Data, PageOf } from './wire.ts';

type HeaderValue = string | readonly string[] | undefined;
export type SentHeaders = { readonly [name: string]: HeaderValue };

/** A delivery as sent: an array repeats the header once for each value, undefined omits it. */
export type Delivery = {
  readonly headers: SentHeaders;
  readonly body: string | Uint8Array;
  readonly method?: string;
  readonly query?: string;
};

export type Reply = {
  readonly status: number;
  readonly text: string;
  readonly header: (name: string) => string | undefined;
};

export type Registered = {
  readonly id: string;
  readonly api: ApiClient;
  readonly url: string;
  readonly webhook_token: string;
  readonly secret: string;
};

/** Each delivery reports a sender address of its own, so that no rate limit per address answers it. */
export const startForSenders = (change: Environment = {}): Promise<Gateway> =>
  startGateway({ TRUSTED_PROXIES: '127.0.0.0/8', RATE_LIMIT_WEBHOOKS_PER_MINUTE: '0', ...change });

type Created = {
  readonly id: string;
  readonly webhook_url: string;
  readonly webhook_token: string;
  readonly secret_key?: string;
};

/** Registers a webhook through the API, as its tenant would. */
export const registerWebhook = async (
  gateway: Gateway,
  source: string,
  fields: { readonly [field: string]: unknown } = {},
  tenant = 'senders',
): Promise<Registered> => {
  const api = await gateway.administrator(tenant);
  const body = { webhook_name: `${source} ${randomUUID()}`, source_service: source, ...fields };
  const answer = await api.post<Data<Created>>('/webhooks', body);
  expect(answer.status, answer.text).to.equal(201);
  const { id, webhook_url, webhook_token, secret_key } = answer.body.data;
  return { id, api, url: webhook_url, webhook_token, secret: secret_key ?? String(fields['secret_key']) };
};

let senders = 0;
/** An address of 198.18.0.0/15, which is reserved for benchmarks. */
const nextSender = (): string => `198.18.${(senders += 1) >> 8}.${senders & 255}`;

/** Returns a 503 as well. */
export const sendOnce = (
  url: string,
  { headers, body, method = 'POST', query }: Delivery,
): Promise<Reply> => {
  const given: SentHeaders = { 'x-forwarded-for': nextSender(), ...headers };
  const sent = Object.entries(given).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, typeof value === 'string' ? value : [...value]] as const],
  );
  const target = query === undefined ? url : `${url}?${query}`;
  return new Promise((resolve, reject) => {
    const outgoing = request(target, { method, headers: Object.fromEntries(sent) }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on('data', (chunk: Buffer) => chunks.push(chunk));
      answer.on('end', () =>
        resolve({
          status: answer.statusCode ?? 0,
          text: Buffer.concat(chunks).toString(),
          header: (name) => answer.headers[name]?.toString(),
        }),
      );
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
};

/** Retries as senders do: an overloaded machine may answer 503. */
export const send = (url: string, delivery: Delivery): Promise<Reply> =>
  until(
    () => sendOnce(url, delivery),
    ({ status }) => status !== 503,
  );

type Verdict = { readonly status: number | null; readonly reason: string | null };

/** What the trial, asked by the owner, reports about the same request. */
const trialOf = async ({ id, api, url }: Registered, sent: Delivery): Promise<string> => {
  const headers = Object.entries(sent.headers).flatMap(([name, value = []]) =>
    [value].flat().map((one) => [name, Buffer.from(one, 'latin1').toString()]),
  );
  const sample = {
    headers,
    token: url.split('/').at(-1),
    body_base64: Buffer.from(sent.body).toString('base64'),
    ...(sent.method !== undefined && { method: sent.method }),
    ...(sent.query !== undefined && { query: sent.query }),
  };
  const { status, text, body } = await api.post<Data<Verdict>>(`/webhooks/${id}/test`, sample);
  expect(status, text).to.equal(200);
  return `${body.data.status} ${body.data.reason}`;
};

const UNAUTHENTICATED = '401 {"ok":false,"error":"unauthenticated"}';

export type Refused = readonly [name: string, reason: string, delivery: Delivery];

/** Each is answered with the same 401; the reason appears only in the owner's trial and in the log. */
export const expectRefusals = async (hook: Registered, cases: readonly Refused[]): Promise<void> => {
  const answers: { [name: string]: string } = {};
  const trials: { [name: string]: string } = {};
  const names = new Map<string, string>();
  for (const [name, , delivery] of cases) {
    const id = randomUUID();
    names.set(id, name);
    trials[name] = await trialOf(hook, delivery);
    const headers = { ...delivery.headers, 'x-request-id': id };
    const { status, text } = await send(hook.url, { ...delivery, headers });
    answers[name] = `${status} ${text}`;
  }
  expect(answers).to.deep.equal(Object.fromEntries(cases.map(([name]) => [name, UNAUTHENTICATED])));
  expect(trials).to.deep.equal(Object.fromEntries(cases.map(([name, reason]) => [name, `401 ${reason}`])));
  const reasons = await eventually('the refusals in their log', async () => {
    const path = `/webhooks/${hook.id}/rejections?limit=100`;
    const { body } = await hook.api.get<PageOf<{ reason: string; request_id: string }>>(path);
    const found = body.data.filter(({ request_id }) => names.has(request_id));
    return found.length < names.size ? undefined : found;
  });
  expect(
    Object.fromEntries(reasons.map(({ reason, request_id }) => [names.get(request_id), reason])),
  ).to.deep.equal(Object.fromEntries(cases.map(([name, reason]) => [name, reason])));
};

export type Accepted = readonly [name: string, delivery: Delivery];

/** Each is accepted, and the owner's trial predicts it before it is sent. */
export const expectAccepted = async (hook: Registered, cases: readonly Accepted[]): Promise<void> => {
  const answers: { [name: string]: string } = {};
  for (const [name, delivery] of cases) {
    const trial = await trialOf(hook, delivery);
    answers[name] = `${(await send(hook.url, delivery)).status}, in a trial ${trial}`;
  }
  expect(answers).to.deep.equal(
    Object.fromEntries(cases.map(([name]) => [name, '200, in a trial null null'])),
  );
};

export type Kept = {
  readonly id: string;
  readonly state: string;
  readonly event_type: string | null;
  readonly external_id: string | null;
  readonly verification: { readonly method: string; readonly level: string };
  readonly flags: readonly string[];
  readonly client_address: string | null;
  readonly size: number;
};

/** Newest first, at most a hundred. */
export const keptOf = async ({ api, id }: Registered, filter = ''): Promise<readonly Kept[]> =>
  (await api.get<PageOf<Kept>>(`/webhooks/${id}/deliveries?limit=100&${filter}`)).body.data;

export const hmac = (
  secret: BinaryLike,
  body: string | Uint8Array,
  encoding: 'hex' | 'base64' | 'base64url' = 'hex',
  algorithm = 'sha256',
): string => createHmac(algorithm, secret).update(body).digest(encoding);

/** The text with its last digit changed. */
export const otherwise = (text: string): string => text.slice(0, -1) + (text.endsWith('0') ? '1' : '0');
