import { textOf, valueAt } from '../scheme/body-path.ts';
import { contentValue, type DeliveryContent } from './delivery-content.ts';
import { hasLostDigits, parsedByDigits } from './whole-digits.ts';

/** The text at a path of a body; of a whole number all the digits that were sent. Undefined when none is there. */
export const bodyTexts = (content: DeliveryContent): ((path: string) => string | undefined) => {
  const body = contentValue(content);
  let exact: unknown;
  return (path) => {
    const value = valueAt(body, path);
    // Read anew only for who asks for such a number: hardly any body has one where somebody looks.
    if (content.kind !== 'json' || !hasLostDigits(value)) return textOf(value);
    exact ??= parsedByDigits(content.text);
    return textOf(valueAt(exact, path));
  };
};
