import type { Json, JsonObject } from '../../shared/json.ts';
import type { SignatureScheme } from './signature-scheme.ts';

/**
 * The scheme as shown by the API; `schemeFrom` parses it. Rows store schemes with the property names of the type
 * instead.
 */
export const schemeJson = (scheme: SignatureScheme): JsonObject => snakeFields(scheme);

const snakeFields = (fields: object): JsonObject =>
  Object.fromEntries(
    Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]: [string, Json]) => [
        name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
        typeof value === 'object' && value !== null ? snakeFields(value) : value,
      ]),
  );
