import * as t from 'io-ts';
import { isLeft, isRight, type Either } from '../../../domain/shared/fp.ts';
import type { JsonObject } from '../../../domain/shared/json.ts';

/** A schema of JSON Schema 2020-12, the dialect of OpenAPI 3.1. */
export type JsonSchema = JsonObject;
/** Turns a nested codec into its schema, or into a reference to it. */
export type Describe = (codec: t.Mixed) => JsonSchema;
/** A codec of this folder: decodes `A` from anything, and can describe what it accepts. */
export type Codec<A> = t.Type<A, unknown>;

const SCHEMA = Symbol('schema');
const COMPONENT = Symbol('component');
type Annotated = t.Mixed & {
  readonly [SCHEMA]?: (describe: Describe) => JsonSchema;
  readonly [COMPONENT]?: string;
};

/** The schema that a codec carries; undefined for codecs of io-ts itself. */
export const schemaCarriedBy = (codec: Annotated): ((describe: Describe) => JsonSchema) | undefined =>
  codec[SCHEMA];
export const componentNameOf = (codec: Annotated): string | undefined => codec[COMPONENT];

/** Lists the codec once under `components/schemas`; every use of it becomes a reference. */
export const component = <C extends t.Mixed>(name: string, codec: C): C =>
  Object.assign(codec, { [COMPONENT]: name });

/** Makes a codec from its rule and its schema. Codecs do not encode here: answers are made by the presenters. */
export const codecOf = <A>(
  validate: (input: unknown, context: t.Context) => t.Validation<A>,
  schema: (describe: Describe) => JsonSchema,
): Codec<A> => {
  const is = (input: unknown): input is A => isRight(validate(input, []));
  return Object.assign(new t.Type<A, unknown>('value', is, validate, t.identity), { [SCHEMA]: schema });
};

/** A codec for one value: `read` returns the value, or a plain sentence that says what is required. */
export const leaf = <A>(schema: JsonSchema, read: (input: unknown) => Either<string, A>): Codec<A> =>
  codecOf(
    (input, context) => {
      const value = read(input);
      return isLeft(value) ? t.failure(input, context, value.left) : t.success(value.right);
    },
    () => schema,
  );

/** `null` is a value of its own: in a merge patch it clears the field. */
export const nullable = <A>(inner: Codec<A>): Codec<A | null> =>
  codecOf<A | null>(
    (input, context) => (input === null ? t.success(null) : inner.validate(input, context)),
    (describe) => orNull(describe(inner)),
  );

const orNull = ({ description, ...schema }: JsonSchema): JsonSchema => ({
  ...(typeof schema['type'] !== 'string' || 'enum' in schema
    ? { anyOf: [schema, { type: 'null' }] }
    : { ...schema, type: [schema['type'], 'null'] }),
  ...(description === undefined ? {} : { description }),
});

/** Adds keywords such as a description or an example to the schema of a codec. */
export const noted = <A>(notes: JsonSchema, inner: Codec<A>): Codec<A> =>
  codecOf(
    (input, context) => inner.validate(input, context),
    (describe) => ({ ...describe(inner), ...notes }),
  );

/** Adds a description for readers: unit and range where the schema does not state them, and the meaning of null. */
export const described = <A>(description: string, inner: Codec<A>): Codec<A> => noted({ description }, inner);

export const mapped = <A, B>(inner: Codec<A>, change: (value: A) => B): Codec<B> =>
  codecOf(
    (input, context) => {
      const value = inner.validate(input, context);
      return isLeft(value) ? value : t.success(change(value.right));
    },
    (describe) => describe(inner),
  );

/** One of several shapes. `choose` tells which one was meant, so that problems are reported for that one only. */
export const anyShape = <A>(shapes: readonly Codec<A>[], choose: (input: unknown) => Codec<A>): Codec<A> =>
  codecOf(
    (input, context) => choose(input).validate(input, context),
    (describe) => ({ anyOf: shapes.map(describe) }),
  );

export const listOf = <A>(
  inner: Codec<A>,
  { min = 0, max }: { readonly min?: number; readonly max: number },
): Codec<readonly A[]> => {
  const items = t.readonlyArray(inner);
  return codecOf(
    (input, context) =>
      Array.isArray(input) && input.length >= min && input.length <= max
        ? items.validate(input, context)
        : t.failure(input, context, `a list of ${min} to ${max} elements`),
    (describe) => ({
      type: 'array',
      items: describe(inner),
      ...(min > 0 ? { minItems: min } : {}),
      maxItems: max,
    }),
  );
};
