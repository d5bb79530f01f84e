import * as t from 'io-ts';
import { answerObject } from '../../wire/codecs/object-codec.ts';
import { described } from '../../wire/codecs/codec.ts';
import { metaAnswer } from '../../wire/presenters/call-meta.ts';
import { textOrNull } from '../../wire/presenters/times-and-money.ts';

/** Names under `components/headers`. */
export type HeaderDoc =
  | 'ETag'
  | 'Location'
  | 'Retry-After'
  | 'Idempotency-Replayed'
  | 'WWW-Authenticate'
  | 'Allow'
  | 'Content-Disposition'
  | 'Accept'
  | 'Accept-Encoding'
  | 'Accept-Patch'
  | 'X-Slack-No-Retry'
  | 'RateLimit-Limit'
  | 'RateLimit-Remaining'
  | 'RateLimit-Reset'
  | CallHeaderDoc;
export const callHeaderDocs = [
  'X-Integration-Provider',
  'X-Integration-Attempts',
  'X-Integration-Cost',
  'X-Integration-Log-Id',
  'Cache-Status',
  'Age',
  'Server-Timing',
  'RateLimit',
  'RateLimit-Policy',
] as const;
type CallHeaderDoc = (typeof callHeaderDocs)[number];

/** One answer of a route other than a problem. */
export type AnswerDoc = {
  /** 2XX: any other success status, where a tenant chooses it. */
  readonly status: number | '2XX';
  readonly description: string;
  /** By media type; absent for an answer without a body. */
  readonly content?: { readonly [mediaType: string]: t.Mixed };
  readonly headers?: readonly HeaderDoc[];
};

const JSON_TYPE = 'application/json';

export const dataAnswer = (
  description: string,
  data: t.Mixed,
  { status = 200, headers = [] }: { readonly status?: number; readonly headers?: readonly HeaderDoc[] } = {},
): AnswerDoc => ({
  status,
  description,
  content: { [JSON_TYPE]: answerObject({ data: described(description, data) }, {}) },
  headers,
});

const META = 'How the answer was obtained; the headers contain the same information.';

/** The answer of an integration call: data, how it came about, and the headers that say the same. */
export const callAnswer = (description: string, data: t.Mixed): AnswerDoc => ({
  status: 200,
  description,
  content: {
    [JSON_TYPE]: answerObject({ data: described(description, data), meta: described(META, metaAnswer) }, {}),
  },
  headers: callHeaderDocs,
});

const pagePosition = described(
  'How to get the next page.',
  answerObject(
    {
      next_cursor: described('Send it as `cursor` to get the next page; null on the last page.', textOrNull),
    },
    {},
  ),
);

/** `meta`: additional information about the list. */
export const pageAnswer = (description: string, item: t.Mixed, meta?: t.Mixed): AnswerDoc => ({
  status: 200,
  description,
  content: {
    [JSON_TYPE]: answerObject(
      {
        data: described('At most `limit` items; a page may contain fewer.', t.readonlyArray(item)),
        page: pagePosition,
        ...(meta && { meta }),
      },
      {},
    ),
  },
});

export const emptyAnswer = (
  status: number,
  description: string,
  headers: readonly HeaderDoc[] = [],
): AnswerDoc => ({
  status,
  description,
  headers,
});
