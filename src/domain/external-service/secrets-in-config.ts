import { isSecretName, redactText } from '../audit/redaction.ts';
import type { FieldProblem } from '../shared/field-problem.ts';
import { pointerStep } from '../shared/json-pointer.ts';
import type { Json, JsonObject } from '../shared/json.ts';

const MOST_PROBLEMS = 50;
const DETAIL = 'config is stored and shown as it is: secrets belong into api_key or credentials';

/** Finds everything in a `config` that is named like a secret or looks like one. The problems say where, never what. */
export const secretsInConfig = (config: JsonObject): readonly FieldProblem[] =>
  secretsIn(config, '/config')
    .slice(0, MOST_PROBLEMS)
    .map((pointer) => ({ pointer, detail: DETAIL }));

const secretsIn = (value: Json, pointer: string): readonly string[] => {
  if (typeof value === 'string') return redactText(value) === value ? [] : [pointer];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, Json]) => {
    const at = `${pointer}/${pointerStep(name)}`;
    return isSecret(name, inner) ? [at] : secretsIn(inner, at);
  });
};

/** Numbers and booleans are settings whatever their name, and `token_url` is only where tokens come from. */
const isSecret = (name: string, value: Json): boolean =>
  isSecretName(name) &&
  !name.endsWith('_url') &&
  (typeof value === 'string' ? value !== '' : isFilled(value));

const isFilled = (value: Json): boolean => typeof value === 'object' && value !== null;
