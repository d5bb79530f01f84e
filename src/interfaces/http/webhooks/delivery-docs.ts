import * as t from 'io-ts';
import { described } from '../../wire/codecs/codec.ts';
import { answerObject } from '../../wire/codecs/object-codec.ts';
import { problemAnswer } from '../../wire/presenters/problem-answer.ts';
import type { AnswerDoc, HeaderDoc } from '../openapi/answers.ts';
import { isPermanent, refusalRows } from './webhook-answers.ts';

const statuses = [...new Set(Object.values(refusalRows).map(({ status }) => status))].toSorted(
  (a, b) => a - b,
);

const refusalAnswer = (status: number): AnswerDoc => ({
  status,
  description: 'Refused. Only the owner of the webhook can see the reason: `GET /webhooks/{id}/rejections`.',
  content: {
    'application/json': answerObject(
      {
        ok: described('Always false.', t.boolean),
        error: described('Stable name of the refusal, such as `unauthenticated`.', t.string),
      },
      {},
    ),
    ...(BEFORE_ROUTING.has(status) && { 'application/problem+json': problemAnswer }),
  },
  headers: headersOf(status),
});

/** Requests refused before routing get a problem document, as everywhere else. */
const BEFORE_ROUTING = new Set([400, 408, 503]);

const headersOf = (status: number): readonly HeaderDoc[] => {
  if (status === 429) return [...WAIT, ...RATE];
  if (status === 503) return WAIT;
  if (status === 401) return ['X-Slack-No-Retry', 'WWW-Authenticate'];
  if (status === 415) return ['X-Slack-No-Retry', 'Accept-Encoding'];
  return isPermanent(status) ? ['X-Slack-No-Retry'] : [];
};

const WAIT = ['Retry-After'] as const;
/** Sent when the rate limit of the tenant is exhausted. */
const RATE = [
  'RateLimit',
  'RateLimit-Policy',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
] as const;

/** The answers that senders may get, at both addresses for deliveries. */
export const deliveryDocs = {
  tag: 'Webhooks' as const,
  answers: [
    {
      status: 200,
      description:
        'The delivery is stored durably, or repeats one that is. The body is empty for Telegram, for Twilio unless `response` is XML, and for modals and commands of Slack; a handshake gets its challenge back.',
      content: {
        // The answer to Discord's ping has a type.
        'application/json': answerObject(
          {},
          {
            ok: described('Always true; omitted in the answer to a ping.', t.boolean),
            type: described('1: the pong that Discord expects.', t.number),
          },
        ),
        '*/*': t.string,
      },
    },
    {
      status: '2XX' as const,
      description:
        'As 200, with the answer configured in `response` of the webhook; 204 for events of Discord.',
      content: { '*/*': t.string },
    },
    ...statuses.map(refusalAnswer),
  ],
};

/** For the GET that `handshake` of a custom scheme may require. */
export const handshakeDocs = {
  operationId: 'answerHandshake',
  tag: 'Webhooks' as const,
  summary: 'Answer the verification request of a sender',
  description:
    'Only for a custom source whose `scheme.handshake` is in the query; for all other webhooks the answer is 405.',
  answers: [
    {
      status: 200,
      description: 'The challenge from the query, as text.',
      content: { 'text/plain': t.string },
    },
    // A wrong verification word is a 403, since there is no signature that could be wrong.
    ...statuses.filter((status) => status !== 401).map(refusalAnswer),
  ],
  problems: [405],
};
