import * as t from 'io-ts';
import type { LogFilter } from '../../../domain/audit/call-log-reader.ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';
import { codecOf, described, type Codec } from './codec.ts';
import { momentOrDay } from './values.ts';

/** In a query, an unescaped "+" has become a space by now. */
const momentText = codecOf<number>(
  (input, context) =>
    momentOrDay.validate(typeof input === 'string' ? input.replace(' ', '+') : input, context),
  (describe) => describe(momentOrDay),
);

export const from = described(
  'Start of the period, inclusive; a date means 00:00 UTC of that day.',
  momentText,
);
export const to = described('End of the period, exclusive; a date means 00:00 UTC of that day.', momentText);

type Period = { readonly from?: number; readonly to?: number };

/**
 * A period that ends before it starts never finds anything: the two were probably swapped. Reported together with all
 * other problems.
 */
export const forward = <A extends Period>(inner: Codec<A>): Codec<A> =>
  codecOf(
    (input, context) => {
      const value = inner.validate(input, context);
      const { from, to } = isLeft(value) ? endsIn(input) : value.right;
      if (from === undefined || to === undefined || from < to) return value;
      const error = {
        value: input,
        context: t.appendContext(context, 'to', momentOrDay),
        message: BACKWARDS,
      };
      return t.failures([...(isLeft(value) ? value.left : []), error]);
    },
    (describe) => describe(inner),
  );
const BACKWARDS = 'must lie after from';

/** The bounds, as far as they can be parsed despite other problems. */
const endsIn = (input: unknown): Period => {
  if (!isJsonObject(input)) return {};
  const [first, last] = [momentText.decode(input['from']), momentText.decode(input['to'])];
  return isLeft(first) || isLeft(last) ? {} : { from: first.right, to: last.right };
};

export const periodOf = (query: Period): Pick<LogFilter, 'from' | 'to'> => ({
  ...(query.from === undefined ? {} : { from: query.from }),
  ...(query.to === undefined ? {} : { to: query.to }),
});
