import * as t from 'io-ts';
import type { Answered } from '../../../application/provider-call/complete-operation.ts';
import type { GeocodeMatches } from '../../../domain/provider/geocoder.ts';
import { component, described, nullable } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import type { Failure } from '../failure.ts';
import { problemOf } from '../problem.ts';
import { metaAnswer, metaOf } from './call-meta.ts';
import { matchAnswer, matchesOf } from './matches.ts';
import { problemAnswer } from './problem-answer.ts';
import { integerAnswer, textOrNull } from './times-and-money.ts';

/** The result for one address of a batch; a line of the streamed answer. */
export const batchItemAnswer = component(
  'BatchItem',
  answerObject(
    {
      index: described('Position in the request, from 0.', integerAnswer),
      address: described('The address as sent; null if it was not a text.', textOrNull),
      status: described(
        '`ok`: the item has `matches`; `error`: the item has `problem`.',
        oneOf(['ok', 'error']),
      ),
      meta: described(
        'How the answer to this address was obtained; null if it was refused without a call.',
        nullable(metaAnswer),
      ),
    },
    {
      matches: described('Best first; empty if no such place is known.', t.readonlyArray(matchAnswer)),
      problem: described('The problem with this address alone.', problemAnswer),
    },
  ),
);
export type BatchItem = { readonly status: 'ok' | 'error' } & { readonly [member: string]: unknown };

type Asked = { readonly index: number; readonly address: unknown };
const echoOf = ({ index, address }: Asked) => ({
  index,
  address: typeof address === 'string' ? address : null,
});

export const answeredItem = (
  asked: Asked,
  { value, report }: Answered<GeocodeMatches>,
  requestId: string,
): BatchItem => ({
  ...echoOf(asked),
  status: 'ok',
  ...matchesOf(value),
  meta: metaOf(report, value.attribution, requestId),
});

export const failedItem = (asked: Asked, failure: Failure, requestId: string, now: number): BatchItem => ({
  ...echoOf(asked),
  status: 'error',
  problem: problemOf(failure, requestId, now).document,
  meta: failure.kind === 'failed-call' ? metaOf(failure.report, null, requestId) : null,
});

export const batchMetaAnswer = component(
  'BatchMeta',
  answerObject(
    {
      total: described('Addresses in the request.', integerAnswer),
      ok: described('Addresses that were answered.', integerAnswer),
      error: described('Addresses that failed.', integerAnswer),
      request_id: described('As in `X-Request-Id`.', t.string),
    },
    {},
  ),
);
export const batchMetaOf = (
  items: readonly BatchItem[],
  requestId: string,
): t.TypeOf<typeof batchMetaAnswer> => {
  const good = items.filter((item) => item.status === 'ok').length;
  return { total: items.length, ok: good, error: items.length - good, request_id: requestId };
};
