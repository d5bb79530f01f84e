import * as t from 'io-ts';
import { isLeft } from '../../../domain/shared/fp.ts';
import { codecOf, type Codec, type Describe, type JsonSchema } from './codec.ts';
import { isJsonObject } from '../../../domain/shared/json.ts';

type Fields = { readonly [field: string]: t.Mixed };
type Decoded<R extends Fields, O extends Fields> = { readonly [K in keyof R]: t.TypeOf<R[K]> } & {
  readonly [K in keyof O]?: t.TypeOf<O[K]>;
};

/** A JSON object of a request: unknown fields are refused, each of them by name, together with all other problems. */
export const strictObject = <R extends Fields, O extends Fields>(
  required: R,
  optional: O,
): Codec<Decoded<R, O>> => objectCodec(required, optional, true);

/** A JSON object of an answer: callers must expect fields to be added. */
export const answerObject = <R extends Fields, O extends Fields>(
  required: R,
  optional: O,
): Codec<Decoded<R, O>> => objectCodec(required, optional, false);

const objectCodec = <R extends Fields, O extends Fields>(
  required: R,
  optional: O,
  closed: boolean,
): Codec<Decoded<R, O>> => {
  const fields: Fields = { ...required, ...optional };
  const mustHave = Object.keys(required);
  return codecOf(
    (input, context) => {
      if (!isJsonObject(input)) return t.failure(input, context, 'must be an object');
      const output: { [field: string]: unknown } = {};
      const errors = [
        ...mustHave
          .filter((field) => !Object.hasOwn(input, field))
          .map((field) => errorAt(context, field, 'is required')),
        ...decodedInto(output, input, fields, context, closed),
      ];
      // `decodedInto` has put exactly the decoded fields into `output`, which the compiler cannot see.
      return errors.length > 0 ? t.failures(errors) : t.success(output as Decoded<R, O>);
    },
    objectSchema(fields, mustHave, closed),
  );
};

const decodedInto = (
  output: { [field: string]: unknown },
  input: { readonly [key: string]: unknown },
  fields: Fields,
  context: t.Context,
  closed: boolean,
): readonly t.ValidationError[] => {
  const errors: t.ValidationError[] = [];
  for (const field of Object.keys(input)) {
    const inner = Object.hasOwn(fields, field) ? fields[field] : undefined;
    if (inner !== undefined) {
      const value = inner.validate(input[field], t.appendContext(context, field, inner));
      // Not spread into arguments: a body of 1 MiB can contain more problems than fit on the stack.
      if (isLeft(value)) for (const error of value.left) errors.push(error);
      else output[field] = value.right;
    } else if (closed) errors.push(errorAt(context, field, 'is not known here'));
  }
  return errors;
};

const errorAt = (context: t.Context, field: string, message: string): t.ValidationError => ({
  value: undefined,
  context: t.appendContext(context, field, t.unknown),
  message,
});

const objectSchema =
  (fields: Fields, required: readonly string[], closed: boolean) =>
  (describe: Describe): JsonSchema => ({
    type: 'object',
    properties: Object.fromEntries(Object.entries(fields).map(([name, codec]) => [name, describe(codec)])),
    ...(required.length > 0 ? { required } : {}),
    ...(closed ? { additionalProperties: false } : {}),
  });
