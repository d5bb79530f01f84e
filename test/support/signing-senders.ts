import { hmac, type Delivery, type Registered, type SentHeaders } from './sending-webhook.ts';

const seconds = (): number => Math.floor(Date.now() / 1000);

/** Makes a sender's signed delivery from a body; `more` adds headers. */
export type Sender = (hook: Registered, body: string, more?: SentHeaders) => Delivery;

export const github: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-hub-signature-256': `sha256=${hmac(hook.secret, body)}`, ...more },
});
export const stripe: Sender = (hook, body) => {
  const t = seconds();
  return { body, headers: { 'stripe-signature': `t=${t},v1=${hmac(hook.secret, `${t}.${body}`)}` } };
};
export const telegram: Sender = (hook, body) => ({
  body,
  headers: { 'x-telegram-bot-api-secret-token': hook.secret },
});
export const standard: Sender = (hook, body, more = {}) => {
  const [id, t] = [String(more['webhook-id']), seconds()];
  const signature = hmac(
    Buffer.from(hook.secret.slice('whsec_'.length), 'base64'),
    `${id}.${t}.${body}`,
    'base64',
  );
  return {
    body,
    headers: { 'webhook-timestamp': String(t), 'webhook-signature': `v1,${signature}`, ...more },
  };
};
export const slack: Sender = (hook, body, more = {}) => {
  const t = seconds();
  const headers = {
    'x-slack-request-timestamp': String(t),
    'x-slack-signature': `v0=${hmac(hook.secret, `v0:${t}:${body}`)}`,
  };
  return { body, headers: { 'content-type': 'application/json', ...headers, ...more } };
};
export const gitlab: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-gitlab-token': hook.secret, ...more },
});
export const shopify: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-shopify-hmac-sha256': hmac(hook.secret, body, 'base64'), ...more },
});
export const bitbucket: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-hub-signature': `sha256=${hmac(hook.secret, body)}`, ...more },
});
export const TWILIO_URL = 'https://hooks.example.com/in';
/** For a form in which each name occurs once; with `TWILIO_URL` as the public URL. */
export const twilio: Sender = (hook, body, more = {}) => {
  const fields = [...new URLSearchParams(body)].map(([name, value]) => name + value).toSorted();
  return {
    body,
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-twilio-signature': hmac(hook.secret, TWILIO_URL + fields.join(''), 'base64', 'sha1'),
      ...more,
    },
  };
};
/** For a scheme whose header is x-sig. */
export const custom: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-sig': hmac(hook.secret, body), ...more },
});
/** For a scheme whose header is x-own. */
export const token: Sender = (hook, body, more = {}) => ({
  body,
  headers: { 'x-own': hook.secret, ...more },
});
