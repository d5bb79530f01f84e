import type { Json, JsonObject } from '../../shared/json.ts';
import type { SignatureScheme } from './signature-scheme.ts';

/** As the API shows it; `schemeFrom` reads it back. A row keeps a scheme under the names of its type. */
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
