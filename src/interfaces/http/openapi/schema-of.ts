import * as t from 'io-ts';
import { isJsonObject } from '../../../domain/shared/json.ts';
import { componentNameOf, schemaCarriedBy, type JsonSchema } from '../../wire/codecs/codec.ts';

/** Writes schemas, and collects the named ones for `components/schemas`. */
export type SchemaWriter = {
  readonly schemaOf: (codec: t.Mixed) => JsonSchema;
  readonly components: () => JsonSchema;
};

/** Derives JSON Schema from the codecs, so that validation and documentation cannot differ. */
export const schemaWriter = (): SchemaWriter => {
  const named = new Map<string, JsonSchema>();
  const schemaOf = (codec: t.Mixed): JsonSchema => {
    const name = componentNameOf(codec);
    if (name === undefined) return written(codec);
    if (!named.has(name)) named.set(name, written(codec));
    return { $ref: `#/components/schemas/${name}` };
  };
  const written = (codec: t.Mixed): JsonSchema =>
    schemaCarriedBy(codec)?.(schemaOf) ?? schemaOfPlain(codec, schemaOf);
  return { schemaOf, components: () => Object.fromEntries([...named].toSorted(byName)) };
};

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);

/** The codecs of io-ts itself, as far as answers use them. A new one must be added here before it can be documented. */
const schemaOfPlain = (codec: t.Mixed, schemaOf: (inner: t.Mixed) => JsonSchema): JsonSchema => {
  if (codec instanceof t.StringType) return { type: 'string' };
  if (codec instanceof t.NumberType) return { type: 'number' };
  if (codec instanceof t.BooleanType) return { type: 'boolean' };
  if (codec instanceof t.ReadonlyArrayType) {
    const items: t.Mixed = codec.type;
    return { type: 'array', items: schemaOf(items) };
  }
  throw new Error(`codec ${codec.name} has no schema`);
};

/** Query parameters are the properties of the query's codec. */
export const parametersOf = (schema: JsonSchema): readonly JsonSchema[] => {
  const { properties } = schema;
  if (typeof properties !== 'object' || properties === null || Array.isArray(properties)) return [];
  return Object.entries(properties).map(([name, inner]) => {
    if (!isJsonObject(inner)) return { name, in: 'query' };
    const { description = '', ...schema } = inner;
    return { name, in: 'query', description, schema };
  });
};
