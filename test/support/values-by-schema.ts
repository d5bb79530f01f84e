import fc from 'fast-check';

export type Schema = { readonly [keyword: string]: unknown };

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const numberOf = (value: unknown, standard: number): number => (typeof value === 'number' ? value : standard);
const schemasIn = (value: unknown): readonly (readonly [string, Schema])[] =>
  Object.entries(isSchema(value) ? value : {}).filter((entry): entry is [string, Schema] =>
    isSchema(entry[1]),
  );

const MOST_LETTERS = 40;
const anything = fc.jsonValue({ maxDepth: 1 });

const textBy = ({ format, pattern, minLength, maxLength }: Schema): fc.Arbitrary<unknown> => {
  if (format === 'uuid') return fc.uuid();
  if (format === 'uri') return fc.constant('https://maps.test/api');
  if (format === 'date') return fc.constant('2026-01-31');
  if (format === 'date-time')
    return fc
      .date({ min: new Date('2020-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
      .map((moment) => moment.toISOString());
  const [min, max] = [numberOf(minLength, 0), numberOf(maxLength, MOST_LETTERS)];
  if (typeof pattern === 'string')
    return fc
      .stringMatching(new RegExp(pattern, 'u'), { size: 'small' })
      .filter((text) => Array.from(text).length <= max);
  const text = fc.string({ minLength: min, maxLength: Math.min(max, MOST_LETTERS), unit: 'grapheme' });
  // The longest possible text, of characters with two UTF-16 units each.
  return max <= 1_000 ? fc.oneof(text, fc.constant('🏠'.repeat(max))) : text;
};

/** Values valid under a schema of the document; rules that no schema can express may still be violated. */
export const valuesBy = (schema: Schema, resolved: (reference: string) => Schema): fc.Arbitrary<unknown> => {
  const inner = (one: Schema): fc.Arbitrary<unknown> => valuesBy(one, resolved);
  if (typeof schema['$ref'] === 'string') return inner(resolved(schema['$ref']));
  if ('const' in schema) return fc.constant(schema['const']);
  if (Array.isArray(schema['enum'])) return fc.constantFrom<unknown[]>(...(schema['enum'] as unknown[]));
  const { anyOf: shapes, ...common } = schema;
  if (Array.isArray(shapes))
    return fc.oneof(...shapes.filter(isSchema).map((shape) => inner({ ...common, ...shape })));
  const types = Array.isArray(schema['type']) ? (schema['type'] as unknown[]) : [schema['type']];
  return fc.oneof(...types.map((type) => ofType(type, schema, inner)));
};

const ofType = (
  type: unknown,
  schema: Schema,
  inner: (one: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> => {
  const [min, max] = [numberOf(schema['minimum'], -1e9), numberOf(schema['maximum'], 1e9)];
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.oneof(
        fc.maxSafeInteger().map((value) => min + (Math.abs(value) % (max - min + 1))),
        fc.constantFrom(min, max),
      );
    case 'number':
      return fc.double({ min, max, noNaN: true }).map((value) => Number(value.toFixed(6)));
    case 'string':
      return textBy(schema);
    case 'array':
      return fc.array(isSchema(schema['items']) ? inner(schema['items']) : anything, {
        minLength: numberOf(schema['minItems'], 0),
        maxLength: Math.max(3, numberOf(schema['minItems'], 0)),
      });
    case 'object':
      return 'properties' in schema
        ? fc.record(
            Object.fromEntries(schemasIn(schema['properties']).map(([name, one]) => [name, inner(one)])),
            { requiredKeys: (schema['required'] ?? []) as string[] },
          )
        : fc.dictionary(fc.string({ unit: 'grapheme-ascii' }), anything, { maxKeys: 3 });
    default:
      return anything;
  }
};

/** The value with one member removed, added or of another type; or a completely different value. */
export const spoiled = (value: unknown): fc.Arbitrary<unknown> => {
  const members = isSchema(value) ? Object.keys(value) : [];
  const some = fc.constantFrom<unknown[]>(null, true, 1.5, -1, '', '\u0000', 'x'.repeat(70_000), [], {}, [
    [],
  ]);
  if (!isSchema(value) || members.length === 0) return some;
  const member = fc.constantFrom(...members);
  return fc.oneof(
    fc.tuple(member, some).map(([name, other]) => ({ ...value, [name]: other })),
    member.map((name) => Object.fromEntries(Object.entries(value).filter(([other]) => other !== name))),
    fc.constant({ ...value, unheard_of: 1 }),
    some,
  );
};
