import { textOf, valueAt } from '../scheme/body-path.ts';
import { contentValue, type DeliveryContent } from './delivery-content.ts';
import { hasLostDigits, parsedByDigits } from './whole-digits.ts';

/**
 * Returns a function that reads the text at a path of a body, or undefined when there is none. Whole numbers keep all
 * digits that were sent.
 */
export const bodyTexts = (content: DeliveryContent): ((path: string) => string | undefined) => {
  const body = contentValue(content);
  let exact: unknown;
  return (path) => {
    const value = valueAt(body, path);
    // The body is parsed again only for such a number, which is rare where somebody looks.
    if (content.kind !== 'json' || !hasLostDigits(value)) return textOf(value);
    exact ??= parsedByDigits(content.text);
    return textOf(valueAt(exact, path));
  };
};
