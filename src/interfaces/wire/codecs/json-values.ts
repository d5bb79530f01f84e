import { left, right } from '../../../domain/shared/fp.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../domain/shared/json.ts';
import { leaf, type Codec, type JsonSchema } from './codec.ts';

/** PostgreSQL's jsonb accepts neither NUL nor lone surrogates, in keys or in values. */
const isStorableText = (text: string): boolean => !text.includes('\u0000') && text.isWellFormed();

/** Beyond 2^53 - 1 digits were already lost in parsing: another account or folder would be stored silently. */
const isStorableNumber = (value: number): boolean =>
  Number.isInteger(value) ? Number.isSafeInteger(value) : Number.isFinite(value);

const isStorable = (value: unknown): value is Json => {
  if (typeof value === 'string') return isStorableText(value);
  if (typeof value === 'number') return isStorableNumber(value);
  if (Array.isArray(value)) return value.every(isStorable);
  if (isJsonObject(value))
    return Object.entries(value).every(
      ([key, inner]) => key !== '__proto__' && isStorableText(key) && isStorable(inner),
    );
  return value === null || typeof value === 'boolean';
};

/** A JSON object stored as it came, up to a size of its JSON text. The depth limit of bodies bounds the recursion. */
export const storedObject = (maxBytes: number, notes: JsonSchema): Codec<JsonObject> =>
  leaf<JsonObject>({ type: 'object', ...notes }, (input) => {
    if (!isJsonObject(input)) return left('must be an object');
    if (!isStorable(input))
      return left('holds a character, or a number beyond 2^53 - 1, that cannot be stored');
    return Buffer.byteLength(JSON.stringify(input)) > maxBytes
      ? left(`at most ${maxBytes} bytes as JSON`)
      : right(input as JsonObject);
  });
