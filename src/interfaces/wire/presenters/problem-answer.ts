import * as t from 'io-ts';
import { component, described, noted } from '../codecs/codec.ts';
import { answerObject } from '../codecs/object-codec.ts';
import { attemptAnswer, metaAnswer } from './call-meta.ts';
import { windowFields } from './quota-window.ts';
import { integerAnswer } from './times-and-money.ts';

const wrongAnswer = answerObject(
  {
    pointer: described('JSON pointer into the body.', t.string),
    detail: described('What is wrong there, or what is asked instead.', t.string),
  },
  { parameter: described('Its name when it stands in the path or the query.', t.string) },
);
const windowAnswer = answerObject(
  {
    service_name: described(
      'The service whose window it is; `tenant:` and a type for a window of the tenant.',
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
      title: described('The kind of the problem, for people; the same for each `code`.', t.string),
      status: described('The HTTP status.', integerAnswer),
      detail: described('What was wrong this time, for people.', t.string),
      code: described('Stable name for programs.', t.string),
      request_id: described('As in `X-Request-Id`.', t.string),
    },
    {
      errors: described(
        'All that is wrong with the request: of `invalid-input`, and of `request-rejected` where that is known.',
        t.readonlyArray(wrongAnswer),
      ),
      window: described('The window that is used up, of `quota-exceeded`.', windowAnswer),
      attempts: described('Providers asked or held back, in this order.', t.readonlyArray(attemptAnswer)),
      meta: described('How it came about, of a call that was made.', metaAnswer),
    },
  ),
);
