import * as t from 'io-ts';
import type { SampleDelivery } from '../../../application/queries/try-delivery.ts';
import { isLeft, isRight, left, right } from '../../../domain/shared/fp.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';
import { codecOf, component, described, leaf, listOf, mapped, noted, type Codec } from './codec.ts';
import { strictObject } from './object-codec.ts';
import { moment, plainText } from './values.ts';

const MOST_HEADERS = 200;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
// oxlint-disable-next-line no-control-regex -- what no header can hold is what this looks for
const NO_VALUE = /[\u0000\r\n]/;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const headerPair = leaf<readonly [string, string]>(
  {
    type: 'array',
    items: { type: 'string' },
    minItems: 2,
    maxItems: 2,
    description: 'Name and value, in UTF-8.',
  },
  (input) => {
    if (!Array.isArray(input) || input.length !== 2) return left('a name and a value');
    const [name, value]: readonly unknown[] = input;
    if (typeof name !== 'string' || !TOKEN.test(name)) return left('the name is not one of a header');
    if (typeof value !== 'string' || NO_VALUE.test(value) || !value.isWellFormed())
      return left('the value is not one of a header');
    return right([name, asReceived(value)]);
  },
);

const pairs = listOf(headerPair, { max: MOST_HEADERS });
/** Most programs hold headers in an object, in which no name can occur twice. */
const headers = codecOf<readonly (readonly [string, string])[]>(
  (input, context) =>
    isJsonObject(input)
      ? t.failure(input, context, 'a list of pairs, as in [["X-GitHub-Event","push"]]')
      : pairs.validate(input, context),
  (describe) => describe(pairs),
);

/**
 * As a server would receive it: HTTP trims blanks around a value, and Node decodes its bytes as Latin-1. A regular
 * expression for the blanks would take quadratic time.
 */
const asReceived = (value: string): string => {
  let [from, to] = [0, value.length];
  while (isBlank(value[from])) from += 1;
  while (to > from && isBlank(value[to - 1])) to -= 1;
  return Buffer.from(value.slice(from, to), 'utf8').toString('latin1');
};

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\t';

const text = leaf<Buffer>(
  { type: 'string', description: 'The body as text, in UTF-8; default: empty.' },
  (input) => {
    if (typeof input !== 'string') return left('text, also where it is JSON: its bytes are what is signed');
    return input.isWellFormed()
      ? right(Buffer.from(input, 'utf8'))
      : left('text without half surrogate pairs');
  },
);
const base64 = leaf<Buffer>(
  {
    type: 'string',
    contentEncoding: 'base64',
    description: 'The body as bytes; cannot be combined with `body`.',
  },
  (input) =>
    typeof input === 'string' && BASE64.test(input) ? right(Buffer.from(input, 'base64')) : left('base64'),
);

/** Two bodies are one too many; other problems are reported except those of the second body. */
const oneBody = <A>(inner: Codec<A>): Codec<A> =>
  codecOf(
    (input, context) => {
      const value = inner.validate(input, context);
      if (!hasTwoBodies(input)) return value;
      const second = {
        value: input,
        context: t.appendContext(context, 'body_base64', base64),
        message: 'must not stand beside body',
      };
      return t.failures([...(isLeft(value) ? value.left : []), second]);
    },
    (describe) => describe(inner),
  );

const hasTwoBodies = (input: unknown): boolean =>
  isJsonObject(input) && Object.hasOwn(input, 'body') && isRight(base64.decode(input['body_base64']));

/** A request to a webhook, as its sender made it or would make it. */
export const sampleBody: Codec<SampleDelivery> = component(
  'WebhookSample',
  mapped(
    oneBody(
      strictObject(
        {
          headers: described('In the order received; a name may occur several times.', headers),
        },
        {
          method: noted(
            { default: 'POST', description: 'HTTP method of the request.' },
            plainText({ min: 1, max: 16 }),
          ),
          token: described(
            'Token from the address; omitted: it is not checked.',
            plainText({ min: 1, max: 128 }),
          ),
          query: described('The part of the address after `?`.', plainText({ min: 0, max: 2_048 })),
          body: text,
          body_base64: base64,
          client_address: described(
            'Address of the sender; omitted: it is not checked.',
            plainText({ min: 1, max: 64 }),
          ),
          received_at: described('Time of receipt, for checking signed timestamps; default: now.', moment),
        },
      ),
    ),
    (sample): SampleDelivery => ({
      method: sample.method ?? 'POST',
      token: sample.token,
      rawHeaders: sample.headers,
      ...(sample.query === undefined ? {} : { query: sample.query }),
      body: sample.body ?? sample.body_base64 ?? Buffer.alloc(0),
      clientAddress: sample.client_address,
      receivedAt: sample.received_at === undefined ? undefined : new Date(sample.received_at),
    }),
  ),
);
