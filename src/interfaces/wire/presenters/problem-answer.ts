import * as t from 'io-ts';
import { component, described, noted } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { attemptAnswer, metaAnswer } from './call-meta.ts';
import { windowFields } from './quota-window.ts';
import { integerAnswer } from './times-and-money.ts';

const wrongAnswer = answerObject(
  {
    pointer: described('JSON pointer into the body.', t.string),
    detail: described('What is wrong there, or what is expected instead.', t.string),
  },
  { parameter: described('Name of the parameter, if the error is in the path or the query.', t.string) },
);
const windowAnswer = answerObject(
  {
    service_name: described(
      'The service that the window belongs to; `tenant:` and a service type for a window of the tenant.',
      t.string,
    ),
    ...windowFields,
  },
  {},
);

/** The shape of every problem document, as made by problem.ts. */
export const problemAnswer = component(
  'Problem',
  answerObject(
    {
      type: noted({ format: 'uri', description: 'A URN that ends with `code`.' }, t.string),
      title: described('Human-readable kind of the problem; the same for each `code`.', t.string),
      status: described('The HTTP status.', integerAnswer),
      detail: described('Human-readable explanation of what was wrong this time.', t.string),
      code: described('Stable name for programs.', t.string),
      request_id: described('As in `X-Request-Id`.', t.string),
    },
    {
      errors: described(
        'Everything that is wrong with the request: for `invalid-input`, and for `request-rejected` if it is known.',
        t.readonlyArray(wrongAnswer),
      ),
      window: described('For `quota-exceeded`: the window that is used up.', windowAnswer),
      attempts: described(
        'Providers that were asked or skipped, in this order.',
        t.readonlyArray(attemptAnswer),
      ),
      meta: described('If a call was made: how its result was obtained.', metaAnswer),
    },
  ),
);
