import * as t from 'io-ts';
import { windowTypes } from '../../../domain/rate-limit/quota.ts';
import { component, noted } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { oneOf } from '../codecs/values.ts';
import { attemptAnswer, metaAnswer } from './call-meta.ts';
import { integerAnswer, timeAnswer } from './times-and-money.ts';

/** Where one quota window stands. */
export const windowFields = {
  window_type: oneOf(windowTypes),
  limit: integerAnswer,
  used: integerAnswer,
  remaining: integerAnswer,
  resets_at: timeAnswer,
};

/** The shape of every problem document: what problem.ts makes. */
export const problemAnswer = component(
  'Problem',
  answerObject(
    {
      type: noted({ format: 'uri' }, t.string),
      title: t.string,
      status: integerAnswer,
      detail: t.string,
      code: noted({ description: 'Stable name for programs.' }, t.string),
      request_id: t.string,
    },
    {
      errors: t.readonlyArray(
        answerObject(
          { pointer: noted({ description: 'JSON pointer into the body.' }, t.string), detail: t.string },
          { parameter: noted({ description: 'Set for a parameter of path or query.' }, t.string) },
        ),
      ),
      window: answerObject({ service_name: t.string, ...windowFields }, {}),
      attempts: t.readonlyArray(attemptAnswer),
      meta: metaAnswer,
    },
  ),
);
